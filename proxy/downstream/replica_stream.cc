// A replica session's stream: the log's bytes, out of memory as long as they are there, out of a
// segment where the replica is far behind.
#include "proxy/downstream/replica_session.h"

namespace relay {
namespace {

constexpr std::uint64_t kColdTurn = 1024 * 1024;  // then others get their turn
constexpr auto kLookAgain = std::chrono::seconds(1);

using std::chrono::steady_clock;

// Of our process or machine; it says nothing about the file.
bool is_shortage(const ErrorCode& error) {
  return error == boost::system::errc::too_many_files_open ||
         error == boost::system::errc::too_many_files_open_in_system ||
         error == boost::system::errc::not_enough_memory;
}

}  // namespace

asio::awaitable<void> ReplicaSession::stream() {
  enter(ReplicaState::kCatchingUp);
  while (!closed_) {
    switch (cursor_->next().found) {
      case LogCursor::Found::kBytes:
      case LogCursor::Found::kCaughtUp:
        cold_.reset();
        bulk_.reset();
        co_await feed_from_memory();
        break;
      case LogCursor::Found::kCold:
        co_await send_cold();
        break;
      case LogCursor::Found::kOvertaken:
        co_return close(Ended::kLogTrimmed, "the log no longer holds what it needs next");
    }
  }
}

// Until the bytes that it needs next are no longer in memory, or its connection is at its end.
asio::awaitable<void> ReplicaSession::feed_from_memory() {
  moved_ = steady_clock::now();
  feed_ =
      serving_.feeders.attach(stream_.socket().native_handle(), stream_.tls(), cursor_->position(),
                              generation_->log.tail(), [this] { wake_.wake_all(); });
  while (!closed_ && !feed_->ended()) {
    if (feed_->has_caught_up()) enter(ReplicaState::kOnline);
    co_await wake_.wait();
  }
  serving_.feeders.detach(feed_);
  if (closed_) co_return;
  const std::shared_ptr<Feed> ended = std::move(feed_);
  cursor_->advance(ended->sent().since(cursor_->position()));
  if (ended->ended() != FeedEnd::kFailed) co_return;
  if (is_shortage(ended->error())) {
    co_return close(Ended::kStorage, "no feeder for it: " + ended->error().message());
  }
  close(ended_by(ended->error()), ended->error().message());
}

// One turn out of a segment: read, verified and sent on a reader's thread. Nobody else waits for
// that disk.
asio::awaitable<void> ReplicaSession::send_cold() {
  const std::optional<SegmentInfo> segment = generation_->log.segment_at(cursor_->position());
  if (!segment) {
    if (cursor_->next().found != LogCursor::Found::kCold) co_return;  // it moved meanwhile
    co_return close(Ended::kStorage, "the log has lost the bytes it needs next");
  }
  if (!cold_) cold_ = std::make_unique<ColdReader>(serving_.generations.file_system());
  if (!bulk_) bulk_.emplace(stream_.socket().native_handle(), stream_.tls());
  const std::string path = generation_->log.path_of(segment->base);
  const Offset at = cursor_->position();
  auto work = [&] {
    return bulk_->send_log(*cold_, path, segment->base, at, segment->end, kColdTurn);
  };
  const BulkSender::Outcome outcome = co_await offload(serving_.generations.readers(), work);
  cursor_->advance(outcome.sent);
  serving_.counters.sent_cold_bytes += outcome.sent;
  if (closed_) co_return;
  if (outcome.sent > 0) torn_at_.reset();
  if (outcome.send_error) {
    co_return close(ended_by(outcome.send_error), outcome.send_error.message());
  }
  if (outcome.blocked) {
    co_await until_writable();
  } else if (outcome.read_error && outcome.sent == 0) {
    co_await cannot_read(segment->base, outcome.read_error);
  }
}

asio::awaitable<void> ReplicaSession::cannot_read(Offset segment, ErrorCode error) {
  ReplicationLog& log = generation_->log;
  const Offset at = cursor_->position();
  cold_.reset();
  if (log.begin() > at) {
    co_return close(Ended::kLogTrimmed, "the log no longer holds what it needs next");
  }
  if (error == DataError::kTorn && torn_at_ != at) {
    // The log may have been cut while it was read; once the disk's side has said so, it names the
    // segment where the bytes are now.
    torn_at_ = at;
    co_await log.progress().wait_for(kLookAgain);
    co_return;
  }
  if (is_shortage(error)) {
    serving_.generations.health().count("read");
    co_await wake_.wait_for(kLookAgain);  // or the replica would be back at once
    co_return close(Ended::kStorage, "the log cannot be read now: " + error.message());
  }
  serving_.generations.set_aside(generation_, segment);
  close(Ended::kStorage, "the log is damaged: " + error.message());
}

}  // namespace relay
