// The upstream link while it streams: from the socket into the log, and the acks back.
#include "common/base/logging.h"
#include "common/io/task_group.h"
#include "proxy/status/address_text.h"
#include "proxy/upstream/link_error.h"
#include "proxy/upstream/upstream_link.h"

#include <algorithm>
#include <utility>

namespace relay {
namespace {

using std::chrono::steady_clock;

constexpr auto kAckInterval = std::chrono::seconds(1);
constexpr std::size_t kResentBuffer = 4096;

}  // namespace

asio::awaitable<void> UpstreamLink::stream(std::string first) {
  generation_ = around_.generations.current();
  ReplicationLog& log = generation_->log;
  scanner_.start(log.boundary());
  streaming_since_ = steady_clock::now();
  enter(LinkState::kStreaming);
  heard(0);
  last_error_.clear();
  log_info("upstream.streaming", {{"upstream", address_text(host_, port_)},
                                  {"replid", generation_->history.id()},
                                  {"from", log.boundary()},
                                  {"end", log.end()}});
  open_ = true;
  TaskGroup children(co_await asio::this_coro::executor);
  boost::system::error_code ignored;
  children.spawn(send_acks());
  children.spawn(watch_durable());
  questions_.begin(stream_.socket().remote_endpoint(ignored), host_);
  children.spawn(questions_.run());
  std::exception_ptr failure;
  try {
    take(first);
    co_await receive();
  } catch (...) {
    failure = std::current_exception();
  }
  open_ = false;
  questions_.stop();
  stream_.close();
  ack_wake_.wake_all();
  log.progress().wake_all();
  co_await children.join();
  generation_.reset();
  if (failure) std::rethrow_exception(failure);
}

// The life of a byte begins here: into the open chunk, past the scanner, published, and the feeders
// are woken once per batch.
asio::awaitable<void> UpstreamLink::receive() {
  ReplicationLog& log = generation_->log;
  while (!stopping_) {
    if (log.memory_is_full()) {
      co_await wait_for_memory();
      continue;
    }
    if (scanner_.position() < log.end()) {
      std::array<char, kResentBuffer> resent;
      const std::size_t n = co_await stream_.read_some(resent);
      heard(n);
      take(std::string_view(resent.data(), n));
      continue;
    }
    const std::span<char> space = log.space();
    const std::size_t n = co_await stream_.read_some(space);
    heard(n);
    scan(std::string_view(space.data(), n));
    log.publish(n, scanner_.boundary(), last_io_);
    around_.bytes_published();
    notice_getack();
  }
}

// A pause that a tick finds is said: the master's output buffer for us grows meanwhile.
asio::awaitable<void> UpstreamLink::wait_for_memory() {
  const auto began = steady_clock::now();
  waits_for_disk_ = true;
  co_await generation_->log.room();
  waits_for_disk_ = false;
  last_io_ = steady_clock::now();
  if (!std::exchange(pause_is_said_, false)) co_return;
  log_info("upstream.resumed",
           {{"paused_seconds",
             std::chrono::duration_cast<std::chrono::seconds>(last_io_ - began).count()}});
}

// Bytes that are not in the log's own memory: what came glued to a reply, and what comes again.
void UpstreamLink::take(std::string_view bytes) {
  bytes.remove_prefix(take_again(bytes));
  if (!bytes.empty()) {
    scan(bytes);
    generation_->log.append(bytes, scanner_.boundary());
    around_.bytes_published();
  }
  notice_getack();
}

// Bytes between boundary and end, which we hold and the master sends again. They must be the same:
// the id promises it.
std::size_t UpstreamLink::take_again(std::string_view bytes) {
  ReplicationLog& log = generation_->log;
  const Offset at = scanner_.position();
  const std::size_t again = std::min<std::uint64_t>(bytes.size(), log.end().since(at));
  for (std::size_t done = 0; done < again;) {
    const ChunkPtr chunk = log.chunk_at(at + done);
    if (!chunk) break;  // memory no longer has them
    const std::string_view held = chunk->from(at + done);
    const std::size_t n = std::min(held.size(), again - done);
    if (held.substr(0, n) != bytes.substr(done, n)) {
      distrust_log_ = true;
      throw LinkError("protocol",
                      "the master sends other bytes than before under the same replication id");
    }
    done += n;
  }
  scan(bytes.substr(0, again));
  log.note_boundary(std::max(scanner_.boundary(), log.boundary()));
  return again;
}

void UpstreamLink::scan(std::string_view bytes) {
  scanner_.observe(bytes);
  if (scanner_.error().empty()) return;
  distrust_log_ = true;
  throw LinkError("protocol",
                  "what the master sends is no command stream: " + std::string(scanner_.error()));
}

void UpstreamLink::notice_getack() {
  const auto before = scanner_.take_getack();
  if (!before) return;
  acks_.getack_seen(*before);
  update_ack();
}

void UpstreamLink::update_ack() {
  if (!generation_) return;
  std::vector<Offset> replicas;
  if (around_.config().upstream.ack.kind == AckPolicy::Kind::kReplicas) {
    replicas = around_.replica_acks();
  }
  const AckInputs now{generation_->log.boundary(), generation_->log.durable(), replicas};
  acks_.update(now);
  if (acks_.answer_due()) ack_wake_.wake_all();
}

void UpstreamLink::replica_acked() {
  if (around_.config().upstream.ack.kind == AckPolicy::Kind::kReplicas) update_ack();
}

// One writer on the connection. The first ack goes out at once: after an EOF transfer the master
// waits for it before it streams.
asio::awaitable<void> UpstreamLink::send_acks() {
  auto next = steady_clock::now();
  while (open_) {
    update_ack();
    const bool due = acks_.answer_due();
    if (steady_clock::now() >= next || due) {
      const Config::Upstream& settings = around_.config().upstream;
      std::optional<Offset> fack;
      if (settings.send_fack) fack = acks_.fack(generation_->log.durable());
      const std::string words = encode_ack(acks_.ack(), fack, settings.command_replconf);
      if (due) acks_.answered();
      if (steady_clock::now() >= next) next = steady_clock::now() + kAckInterval;
      const bool sent = co_await send_words(words);
      if (!sent) co_return;  // the reading side finds out, and says so
      continue;
    }
    co_await ack_wake_.wait_until(next);
  }
}

asio::awaitable<bool> UpstreamLink::send_words(std::string_view words) {
  try {
    co_await stream_.write_all(words);
  } catch (const std::exception&) {
    co_return false;
  }
  co_return true;
}

asio::awaitable<void> UpstreamLink::watch_durable() {
  while (open_) {
    co_await generation_->log.progress().wait();
    if (open_ && around_.config().upstream.ack.kind == AckPolicy::Kind::kDurable) update_ack();
  }
}

}  // namespace relay
