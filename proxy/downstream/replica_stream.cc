// A replica session's stream: the log's bytes, out of memory as long as they are there, out of a
// segment where the replica is far behind.
#include "proxy/downstream/replica_session.h"

#include <boost/asio/post.hpp>

namespace relay {
namespace {

constexpr std::size_t kPumpTurn = 4 * 1024 * 1024;  // then others get their turn
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

Pumped ReplicaSession::pump() {
  std::size_t sent = 0;
  while (true) {
    const LogCursor::Next next = cursor_->next();
    switch (next.found) {
      case LogCursor::Found::kCaughtUp:
        return Pumped::kCaughtUp;
      case LogCursor::Found::kCold:
        return Pumped::kCold;
      case LogCursor::Found::kOvertaken:
        return Pumped::kOvertaken;
      case LogCursor::Found::kBytes:
        break;
    }
    if (sent >= kPumpTurn) return Pumped::kMore;
    const std::size_t n =
        socket_.write_some(asio::buffer(next.bytes.data(), next.bytes.size()), send_error_);
    if (send_error_ == asio::error::would_block || send_error_ == asio::error::try_again) {
      return Pumped::kBlocked;
    }
    if (send_error_) return Pumped::kFailed;
    cursor_->advance(n);
    sent += n;
    serving_.counters.sent_stream_bytes += n;
  }
}

void ReplicaSession::unparked(Pumped) {
  parked_ = false;
  wake_.wake_all();
}

asio::awaitable<void> ReplicaSession::stream() {
  enter(ReplicaState::kCatchingUp);
  socket_.non_blocking(true);
  while (!closed_) {
    switch (pump()) {
      case Pumped::kCaughtUp:
        enter(ReplicaState::kOnline);
        cold_.reset();
        parked_ = true;
        serving_.feeder.park(*this);
        while (parked_ && !closed_) co_await wake_.wait();
        break;
      case Pumped::kMore:
        co_await asio::post(socket_.get_executor(), asio::use_awaitable);
        break;
      case Pumped::kBlocked:
        sending_since_ = steady_clock::now();
        co_await socket_.async_wait(asio::ip::tcp::socket::wait_write, asio::use_awaitable);
        sending_since_.reset();
        break;
      case Pumped::kCold:
        co_await send_cold();
        break;
      case Pumped::kOvertaken:
        co_return close(Ended::kLogTrimmed, "the log no longer holds what it needs next");
      case Pumped::kFailed:
        co_return close(ended_by(send_error_), send_error_.message());
    }
  }
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
  serving_.counters.sent_stream_bytes += *got;
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
