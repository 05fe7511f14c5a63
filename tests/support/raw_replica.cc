#include "tests/support/raw_replica.h"

#include <stdexcept>
#include <vector>

namespace relay::test {

namespace {

constexpr auto kAckInterval = 1s;
constexpr auto kAskAgain = 100ms;
constexpr auto kPollInterval = 10ms;
constexpr std::size_t kReadSize = 256 * 1024;

}  // namespace

RawReplica::RawReplica(RawReplicaOptions options)
    : options_(std::move(options)),
      is_stalled_(options_.starts_stalled),
      reader_(
          ReplicationReader::Beginning::kAnswer,
          [this](std::string_view bytes) {
            snapshot_hash_.add(bytes);
            if (options_.keeps_snapshot) snapshot_ += bytes;
          },
          [this](std::string_view bytes) {
            stream_hash_.add(bytes);
            if (options_.keeps_stream) stream_ += bytes;
          }),
      thread_([this] { run(); }) {}

RawReplica::~RawReplica() {
  is_stopping_ = true;
  changed_.notify_all();
  thread_.join();
}

void RawReplica::introduce(RedisClient& link) {
  link.require({"PING"});
  link.command({"REPLCONF", "listening-port", "1"});
  Words capabilities = {"REPLCONF"};
  for (const auto& capa : options_.capas) {
    capabilities.insert(capabilities.end(), {"capa", capa});
  }
  if (capabilities.size() > 1) link.require(capabilities);
  if (options_.rdb_only) link.require({"REPLCONF", "rdb-only", "1"});
  link.send(question());
}

std::string RawReplica::question() const {
  return options_.legacy_sync ? to_request({"SYNC"})
                              : to_request({"PSYNC", options_.psync_id, options_.psync_offset});
}

void RawReplica::run() {
  try {
    auto link = std::make_unique<RedisClient>(options_.port, options_.password);
    if (options_.starts_stalled) link->socket().set_receive_buffer(16 * 1024);
    introduce(*link);
    auto& socket = link->socket();
    {
      const std::lock_guard lock(mutex_);
      link_ = std::move(link);
    }
    std::vector<char> buffer(kReadSize);
    auto last_ack = std::chrono::steady_clock::now();
    std::uint64_t acked = 0;
    while (!is_stopping_) {
      if (may_read() && socket.is_readable(kPollInterval)) {
        const auto count = socket.receive(buffer.data(), buffer.size());
        const std::lock_guard lock(mutex_);
        if (count == 0) {
          is_closed_ = true;
          return;
        }
        take({buffer.data(), count});
      }
      const auto now = std::chrono::steady_clock::now();
      const std::lock_guard lock(mutex_);
      if (reader_.answer().starts_with("-NOMASTERLINK") && now - last_ack >= kAskAgain) {
        last_ack = now;
        reader_.ask_again();
        link_->send(question());
      }
      if (!options_.acks || options_.rdb_only ||
          reader_.state() != ReplicationReader::State::kStream) {
        continue;
      }
      if (end_locked() != acked || now - last_ack >= kAckInterval) {
        acked = end_locked();
        last_ack = now;
        link_->send(to_request({"REPLCONF", "ACK", std::to_string(acked)}));
      }
    }
  } catch (const std::exception& e) {
    const std::lock_guard lock(mutex_);
    error_ = e.what();
    is_closed_ = true;
  }
}

// A stalled one still acknowledges, so it is looked at again and again.
bool RawReplica::may_read() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPollInterval, [this] { return !is_stalled_ || is_stopping_; });
  return !is_stalled_;
}

void RawReplica::take(std::string_view bytes) { reader_.feed(bytes); }

std::uint64_t RawReplica::end_locked() const {
  const auto begin =
      reader_.is_continued() ? std::stoull(options_.psync_offset) - 1 : reader_.full_sync_offset();
  return begin + stream_hash_.bytes();
}

RawReplica::Progress RawReplica::progress() const {
  const std::lock_guard lock(mutex_);
  Progress result;
  result.state = reader_.state();
  result.answer = reader_.answer();
  result.id = reader_.id();
  result.is_full = reader_.is_full();
  result.is_continued = reader_.is_continued();
  result.has_mark = reader_.has_mark();
  result.is_snapshot_whole = reader_.is_snapshot_whole();
  result.end = end_locked();
  result.begin = result.end - stream_hash_.bytes();
  result.snapshot_bytes = reader_.snapshot_bytes();
  result.snapshot_hash = snapshot_hash_.value();
  result.stream_bytes = stream_hash_.bytes();
  result.stream_hash = stream_hash_.value();
  result.glued_to_mark = reader_.glued_to_mark();
  result.newlines = reader_.newlines();
  result.is_closed = is_closed_;
  result.error = error_;
  return result;
}

std::string RawReplica::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

std::string RawReplica::stream() const {
  const std::lock_guard lock(mutex_);
  return stream_;
}

void RawReplica::wait_for_answer() const {
  wait_until(
      [this] {
        const auto now = progress();
        return now.is_full || now.is_closed ||
               (!now.answer.empty() && !now.answer.starts_with("-NOMASTERLINK"));
      },
      kPatience, "an answer to PSYNC");
}

void RawReplica::wait_for_snapshot() const {
  wait_until([this] { return progress().is_snapshot_whole || progress().is_closed; }, kPatience,
             "a whole snapshot");
  if (!progress().is_snapshot_whole) {
    throw std::runtime_error("the link was closed before the snapshot was whole: " +
                             progress().answer + " " + progress().error);
  }
}

void RawReplica::wait_for_offset(std::uint64_t offset) const {
  wait_until([&] { return progress().end >= offset || progress().is_closed; }, kPatience,
             [&] {
               return "offset " + std::to_string(offset) + " (it has " +
                      std::to_string(progress().end) + ")";
             });
  if (progress().end < offset) {
    throw std::runtime_error("the link was closed at " + std::to_string(progress().end) +
                             ", before " + std::to_string(offset) + " " + progress().error);
  }
}

void RawReplica::wait_until_closed() const {
  wait_until([this] { return progress().is_closed; }, kPatience, "the end of a replica's link");
}

void RawReplica::ack() { ack(progress().end); }

void RawReplica::ack(std::uint64_t offset) {
  send(to_request({"REPLCONF", "ACK", std::to_string(offset)}));
}

void RawReplica::send(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (link_ == nullptr) throw std::runtime_error("this replica is not connected yet");
  link_->send(bytes);
}

}  // namespace relay::test
