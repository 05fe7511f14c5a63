#include "proxy/upstream/snapshot_refresher.h"

#include "common/base/logging.h"
#include "proxy/status/address_text.h"
#include "proxy/upstream/connect.h"
#include "proxy/upstream/link_error.h"
#include "proxy/upstream/snapshot_receiver.h"
#include "proxy/upstream/upstream_link.h"

namespace relay {
namespace {

using std::chrono::steady_clock;

}  // namespace

SnapshotRefresher::SnapshotRefresher(asio::any_io_executor home, Generations& generations,
                                     const UpstreamLink& link, ReplId run_id,
                                     std::function<const Config&()> config)
    : generations_(generations),
      link_(link),
      run_id_(run_id),
      config_(std::move(config)),
      stream_(home),
      wake_(home) {}

RefreshAnswer SnapshotRefresher::ask(bool replica_is_waiting) const {
  const GenerationPtr& held = generations_.current();
  const Config& config = config_();
  RefreshInputs now;
  now.policy = config.snapshot.refresh;
  now.ratio = config.snapshot.refresh_ratio;
  now.min_interval = config.snapshot.refresh_min_interval;
  now.log_limit_bytes = config.log.max_size;
  now.replica_is_waiting = replica_is_waiting;
  now.streaming = held && link_.is_streaming();
  now.transfer_in_progress = generations_.arriving() != nullptr || !wanted_.empty();
  now.consecutive_failures = failures_;
  if (last_attempt_) {
    now.since_last_attempt =
        std::chrono::duration_cast<Duration>(steady_clock::now() - *last_attempt_);
  }
  if (held) {
    now.log_begin = held->log.begin();
    now.log_end = held->log.end();
    now.own_ids = held->history.own_ids();
    if (held->snapshot && held->snapshot->is_whole()) {
      RefreshInputs::Whole whole;
      whole.offset = held->snapshot->offset();
      whole.bytes = held->snapshot->received();
      whole.age = std::chrono::duration_cast<Duration>(std::chrono::system_clock::now() -
                                                       held->snapshot->since());
      now.snapshot = whole;
    }
    // One that was found at start-up and is being read through will do in a moment.
    if (held->snapshot && !held->snapshot->is_whole()) now.transfer_in_progress = true;
  }
  return should_refresh(now);
}

bool SnapshotRefresher::may_refresh_for_a_replica() const {
  return ask(true).refresh || !wanted_.empty();
}

bool SnapshotRefresher::is_snapshot_outgrown() const {
  const GenerationPtr& held = generations_.current();
  if (!held || !held->snapshot || !held->snapshot->is_whole()) return false;
  const Offset from = held->snapshot->offset();
  if (held->log.end() <= from) return false;
  return is_outgrown(config_().snapshot.refresh_ratio, held->snapshot->received(),
                     held->log.end().since(from));
}

void SnapshotRefresher::replica_waits() {
  const RefreshAnswer answer = ask(true);
  if (!answer.refresh) return;
  wanted_ = answer.reason;
  wake_.wake_all();
}

void SnapshotRefresher::tick() {
  while (!recent_.empty() && steady_clock::now() - recent_.front() > kFullResyncWindow) {
    recent_.pop_front();
  }
  if (!stream_.is_open() && wanted_.empty()) {
    const RefreshAnswer answer = ask(false);
    if (answer.refresh) {
      wanted_ = answer.reason;
      wake_.wake_all();
    }
    return;
  }
  const bool silent = steady_clock::now() - last_io_ > config_().upstream.timeout;
  if (stream_.is_open() && last_io_ != Time{} && silent) {
    stream_.close();
  }
}

void SnapshotRefresher::count_into(UpstreamStatus& status) const {
  status.refreshes = begun_;
  status.refresh_failures = broken_;
  status.recent_refreshes = static_cast<unsigned>(recent_.size());
  status.received_rdb_bytes += received_bytes_;
  status.full_sync_durations.add(durations_);
}

std::string SnapshotRefresher::fault_of_place() const {
  if (!generations_.current())
    return "there is no history yet: the link fetches its first snapshot itself";
  if (generations_.current()->history.own_ids())
    return "the master knows no PSYNC: a second snapshot could not be joined to the stream";
  if (generations_.arriving() != nullptr || !wanted_.empty())
    return "a snapshot is already on its way";
  if (!link_.is_streaming()) return "the upstream link is not streaming";
  return {};
}

std::string SnapshotRefresher::request(std::string why) {
  std::string fault = fault_of_place();
  if (!fault.empty()) return fault;
  wanted_ = std::move(why);
  wake_.wake_all();
  return {};
}

void SnapshotRefresher::give_up() {
  given_up_ = true;
  stream_.close();
}

void SnapshotRefresher::stop() {
  stopping_ = true;
  give_up();
  wake_.wake_all();
}

asio::awaitable<void> SnapshotRefresher::run() {
  while (!stopping_) {
    if (wanted_.empty()) {
      co_await wake_.wait();
      continue;
    }
    co_await fetch();
    wanted_.clear();
    generations_.changed().wake_all();
  }
}

asio::awaitable<void> SnapshotRefresher::fetch() {
  last_attempt_ = steady_clock::now();
  given_up_ = false;
  log_info("snapshot.refresh",
           {{"reason", wanted_}, {"upstream", address_text(link_.host(), link_.port())}});
  std::string stage = "receive";
  std::string why;
  const std::uint64_t begun_before = begun_;
  try {
    co_await transfer();
    failures_ = 0;
  } catch (const SpoolError& error) {
    stage = error.stage;
    why = error.what();
  } catch (const HandshakeError& error) {
    why = given_up_ ? "the link needs a full sync itself" : error.what();
    if (error.kind() == HandshakeError::Kind::kAuth && on_password_refused) on_password_refused();
  } catch (const std::exception& error) {
    why = given_up_ ? "the link needs a full sync itself" : error.what();
  }
  stream_.close();
  if (why.empty()) co_return;
  ++failures_;
  if (begun_ != begun_before) ++broken_;
  const Arrival* arrival = generations_.arriving();
  if (arrival && !arrival->new_history) {
    co_await generations_.abandon_arrival(stage, why);
  } else {
    // Where it made room for the link, that brings a snapshot.
    if (!given_up_) generations_.count_failure(stage);
    log_warn("snapshot.refresh_failed", {{"reason", why}});
  }
}

asio::awaitable<void> SnapshotRefresher::transfer() {
  const Config::Upstream settings = config_().upstream;
  co_await connect(stream_, link_.host(), link_.port(), settings, tls_);
  last_io_ = steady_clock::now();
  TcpPeer master(stream_, settings.reply_timeout, settings.timeout);
  Introduction me = introduction_of(settings, run_id_, 0);
  me.rdb_only = true;
  // No port is announced: this connection is nothing that a FAILOVER or a Sentinel should find.
  me.listening_port = 0;
  const ResumePoint from;
  const Greeting greeting = co_await greet(master, me, from);
  const auto* full = std::get_if<PsyncFullResync>(&greeting.reply);
  if (full == nullptr) throw LinkError("refused", "the master does not send a snapshot now");
  // It forks from here on, whatever becomes of what it sends.
  const auto began = steady_clock::now();
  ++begun_;
  recent_.push_back(began);
  const ReplId id = full->id;
  const Offset offset = full->offset;
  const GenerationPtr held = generations_.current();
  if (!held || held->history.id() != id) {
    throw LinkError("protocol", "the master is of another history than the stream");
  }
  if (generations_.arriving() != nullptr)
    throw LinkError("refused", "the link receives a snapshot itself");
  co_await generations_.begin_arrival(id, offset, false, false);
  const std::function<void(std::size_t)> on_bytes = [this](std::size_t n) {
    last_io_ = steady_clock::now();
    received_bytes_ += n;
  };
  std::string buffered = master.take_buffered();
  received_bytes_ += buffered.size();
  co_await receive_snapshot(stream_, std::move(buffered), generations_.arrival(), on_bytes);
  last_io_ = Time{};
  co_await generations_.complete_arrival();
  durations_.observe(std::chrono::duration<double>(steady_clock::now() - began).count());
}

}  // namespace relay
