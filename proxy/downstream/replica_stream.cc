// A replica session's stream: the log's bytes, out of memory as long as they are there, out of a
// segment where the replica is far behind.
#include "proxy/downstream/replica_session.h"

namespace relay {
namespace {

constexpr std::size_t kColdStride = 256 * 1024;
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
  feed_ = serving_.feeders.attach(socket_.native_handle(), cursor_->position(),
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

// One stride out of a segment. The bytes are read and verified on a reader's thread; nobody else
// waits for that disk.
asio::awaitable<void> ReplicaSession::send_cold() {
  const std::optional<SegmentInfo> segment = generation_->log.segment_at(cursor_->position());
  if (!segment) {
    if (cursor_->next().found != LogCursor::Found::kCold) co_return;  // it moved meanwhile
    co_return close(Ended::kStorage, "the log has lost the bytes it needs next");
  }
  if (!cold_) cold_ = std::make_unique<ColdReader>(serving_.generations.file_system());
  const std::string path = generation_->log.path_of(segment->base);
  const Offset at = cursor_->position();
  std::string buffer(kColdStride, '\0');
  auto read = [&] { return cold_->read(path, segment->base, at, segment->end, buffer); };
  const Result<std::size_t> got = co_await offload(serving_.generations.readers(), read);
  if (closed_) co_return;
  if (!got) co_return co_await cannot_read(segment->base, got.error());
  torn_at_.reset();
  // Counted before they are sent: its ack can be here before we are told that the send is done.
  cursor_->advance(*got);
  co_await send(std::string_view(buffer).substr(0, *got));
  serving_.counters.sent_cold_bytes += *got;
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
