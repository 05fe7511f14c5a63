// A replica session's full sync: a snapshot, whole or while it still arrives, and the step from it
// into the log.
#include "common/base/logging.h"
#include "proxy/downstream/replica_session.h"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace relay {
namespace {

constexpr std::uint64_t kFileTurn = 1024 * 1024;    // then others get theirs
constexpr auto kLinger = std::chrono::seconds(10);  // for the peer to take what was sent

using std::chrono::steady_clock;

}  // namespace

asio::awaitable<bool> ReplicaSession::send_snapshot(SnapshotPtr snapshot, GenerationPtr of,
                                                    bool by_length) {
  generation_ = std::move(of);
  snapshot_ = std::move(snapshot);
  full_ = true;
  snapshot_sent_ = 0;
  pace_.begin(steady_clock::now());
  enter(ReplicaState::kSendingRdb);
  ++serving_.counters.full_syncs;
  if (snapshot_->give()) ++serving_.counters.full_syncs_spared;
  log_info("replica.full_sync", {{"replica", who()},
                                 {"offset", snapshot_->offset()},
                                 {"framing", by_length ? "length" : "eof mark"},
                                 {"arriving", !snapshot_->is_whole()}});
  std::string header;
  if (asked_) {
    const ReplId id = generation_ ? generation_->history.id() : snapshot_->id();
    header = "+FULLRESYNC " + id.str() + " " + std::to_string(snapshot_->offset().bytes()) + "\r\n";
  }
  const std::string mark = ReplId::random().str();
  header += by_length ? "$" + std::to_string(*snapshot_->size()) + "\r\n" : "$EOF:" + mark + "\r\n";
  acked_ = snapshot_->offset();
  const auto began = steady_clock::now();
  co_await send(header);
  const bool all_sent = co_await send_file();
  if (!all_sent) co_return false;
  if (!by_length) co_await send(mark);
  last_ack_ = steady_clock::now();
  serving_.counters.full_sync_durations.observe(
      std::chrono::duration<double>(last_ack_ - began).count());
  if (client_.introduction.rdb_only) {
    co_await take_leave(Ended::kComplete);
    co_return false;
  }
  // With the mark nothing may follow it until the replica has said that it saw it: what is glued to
  // a mark is lost, or hides it.
  while (!by_length && !heard_ack_ && !closed_) co_await wake_.wait();
  co_return !closed_;
}

asio::awaitable<bool> ReplicaSession::send_file() {
  struct Reader {
    explicit Reader(Snapshot& s) : snapshot(s) { snapshot.enter_reader(); }
    ~Reader() { snapshot.leave_reader(); }
    Snapshot& snapshot;
  };
  const SnapshotPtr snapshot = snapshot_;
  const Reader reading(*snapshot);
  // Gone before the log is sent, by whoever does that.
  struct Sending {
    Sending(std::optional<BulkSender>& sender, Stream& to) : bulk(sender) {
      bulk.emplace(to.socket().native_handle(), to.tls());
    }
    ~Sending() { bulk.reset(); }
    std::optional<BulkSender>& bulk;
  };
  const Sending sending(bulk_, stream_);
  asio::steady_timer pause(stream_.socket().get_executor());
  while (!closed_) {
    if (snapshot->has_failed()) {
      close(Ended::kSnapshot, "the snapshot failed: " + snapshot->failure());
      break;
    }
    const std::uint64_t readable = snapshot->readable();
    if (snapshot_sent_ == readable) {
      if (snapshot->is_whole()) co_return true;
      co_await snapshot->changed().wait();
      continue;
    }
    const std::uint64_t want = std::min(kFileTurn, readable - snapshot_sent_);
    auto work = [&, file = snapshot->file()] {
      return bulk_->send_file(*file, snapshot_sent_, want);
    };
    const BulkSender::Outcome outcome = co_await offload(serving_.generations.readers(), work);
    snapshot_sent_ += outcome.sent;
    serving_.counters.sent_rdb_bytes += outcome.sent;
    if (closed_) break;
    if (outcome.read_error) {
      serving_.generations.health().count("read");
      close(Ended::kStorage, "the snapshot cannot be read: " + outcome.read_error.message());
      break;
    }
    if (outcome.send_error) {
      close(ended_by(outcome.send_error), outcome.send_error.message());
      break;
    }
    if (outcome.blocked) co_await until_writable();
    const auto wait = serving_.budget.take(outcome.sent, steady_clock::now());
    if (wait.count() > 0) {
      pause.expires_after(wait);
      co_await pause.async_wait(asio::use_awaitable);
    }
  }
  co_return false;
}

// The log that goes on from the snapshot. One that arrived with a new history becomes current only
// when that is on disk.
asio::awaitable<bool> ReplicaSession::join_log() {
  while (!closed_ && !generation_) {
    const GenerationPtr& current = serving_.generations.current();
    if (current && current->snapshot == snapshot_) {
      generation_ = current;
      break;
    }
    const Arrival* arrival = serving_.generations.arriving();
    if (!arrival || arrival->snapshot != snapshot_) {
      close(Ended::kSnapshot, "the history it belongs to did not come about");
      co_return false;
    }
    co_await serving_.generations.changed().wait_for(std::chrono::seconds(1));
  }
  if (closed_) co_return false;
  if (leave_after_snapshot_) {
    // It has been told the old id. It comes back with that, from a place before the change, and
    // learns the new one.
    co_await take_leave(Ended::kHistory);
    co_return false;
  }
  cursor_.emplace(generation_->log, snapshot_->offset());
  snapshot_.reset();
  co_return true;
}

// A close with bytes on their way in would throw away those on their way out: the sending side ends
// first.
asio::awaitable<void> ReplicaSession::take_leave(Ended reason) {
  leaving_ = reason;
  sending_since_ = steady_clock::now();
  co_await stream_.flush();
  sending_since_.reset();
  stream_.end_sending();
  const auto limit = steady_clock::now() + kLinger;
  while (!closed_ && steady_clock::now() < limit) co_await wake_.wait_until(limit);
  close(reason, "everything was sent");
}

}  // namespace relay
