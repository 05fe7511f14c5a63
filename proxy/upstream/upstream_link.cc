#include "proxy/upstream/upstream_link.h"

#include "common/base/logging.h"
#include "proxy/status/address_text.h"
#include "proxy/upstream/connect.h"
#include "proxy/upstream/link_error.h"
#include "proxy/upstream/snapshot_receiver.h"

#include <algorithm>
#include <utility>

namespace relay {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr auto kWorked = std::chrono::seconds(1);

const char* reason_of(const boost::system::error_code& error) {
  if (error == asio::error::eof) return "eof";
  if (error == boost::system::errc::timed_out) return "timeout";
  return "reset";
}

const char* reason_of(HandshakeError::Kind kind) {
  switch (kind) {
    case HandshakeError::Kind::kAuth:
      return "auth";
    case HandshakeError::Kind::kLoop:
      return "loop";
    case HandshakeError::Kind::kProtocol:
      return "protocol";
    case HandshakeError::Kind::kRefused:
      return "refused";
  }
  return "refused";
}

}  // namespace

const std::vector<std::string>& link_reasons() {
  static const std::vector<std::string> reasons = {
      "timeout", "eof",     "reset",   "protocol", "auth", "tls",  "config",
      "storage", "refused", "resolve", "connect",  "loop", "admin"};
  return reasons;
}

UpstreamLink::UpstreamLink(asio::any_io_executor home, LinkSurroundings around, std::string host,
                           std::uint16_t port)
    : around_(std::move(around)),
      host_(std::move(host)),
      port_(port),
      stream_(home),
      acks_(around_.config().upstream.ack),
      backoff_(around_.config().upstream.backoff_min, around_.config().upstream.backoff_max),
      questions_(home, around_.run_id, around_.config),
      ack_wake_(home),
      retry_wake_(home) {
  for (const std::string& reason : link_reasons()) counters_.disconnects[reason] = 0;
}

void UpstreamLink::enter(LinkState state) {
  if (state_ == state) return;
  if (state == LinkState::kStreaming) {
    connected_since_ = system_clock::now();
    down_since_.reset();
  } else if (state_ == LinkState::kStreaming) {
    connected_since_.reset();
    down_since_ = system_clock::now();
    lost_at_ = steady_clock::now();
  }
  state_ = state;
  since_ = system_clock::now();
  // Replicas that wait decide by this.
  around_.generations.changed().wake_all();
}

void UpstreamLink::heard(std::size_t bytes) {
  last_io_ = steady_clock::now();
  last_io_wall_ = system_clock::now();
  if (state_ == LinkState::kStreaming) {
    counters_.received_stream_bytes += bytes;
  } else {
    counters_.received_rdb_bytes += bytes;
  }
}

asio::awaitable<void> UpstreamLink::run() {
  while (!stopping_) {
    const char* reason = nullptr;
    std::string text;
    dropped_reason_ = nullptr;
    try {
      co_await attempt();
    } catch (const LinkError& error) {
      reason = error.reason;
      text = error.what();
    } catch (const HandshakeError& error) {
      reason = reason_of(error.kind());
      text = error.what();
      if (error.kind() == HandshakeError::Kind::kAuth) around_.password_refused();
    } catch (const SpoolError& error) {
      reason = error.stage == "write" ? "storage" : "protocol";
      text = error.what();
    } catch (const TlsFault& error) {
      reason = "tls";
      text = error.what();
    } catch (const boost::system::system_error& error) {
      reason = reason_of(error.code());
      text = error.code().message();
    }
    stream_.close();
    chain_.clear();
    if (dropped_reason_ != nullptr) {
      reason = dropped_reason_;
      text = dropped_because_;
    }
    if (stopping_) break;
    lost(reason != nullptr ? reason : "eof", text);
    co_await wait_before_retry();
  }
  enter(LinkState::kDisconnected);
}

void UpstreamLink::lost(const char* reason, const std::string& text) {
  ++counters_.disconnects[reason];
  const bool was_streaming = state_ == LinkState::kStreaming;
  // The same failure again and again is one line, until it changes.
  if (was_streaming || text != last_error_) {
    log_warn("upstream.lost", {{"upstream", address_text(host_, port_)},
                               {"reason", reason},
                               {"text", text},
                               {"state", name_of(state_)}});
  }
  last_error_ = text;
  // A stream that worked is worth an attempt at once. One that ended as soon as it began would be a
  // hot loop.
  const bool worked = was_streaming && steady_clock::now() - streaming_since_ >= kWorked;
  if (worked) backoff_.reset();
  retry_at_once_ = retry_at_once_ || worked;
  enter(LinkState::kBackoff);
}

asio::awaitable<void> UpstreamLink::wait_before_retry() {
  const auto delay = backoff_.next(random_());
  if (std::exchange(retry_at_once_, false)) co_return;
  if (!stopping_) co_await retry_wake_.wait_for(delay);
}

ResumePoint UpstreamLink::resume_point() const {
  const GenerationPtr& held = around_.generations.current();
  if (!held || held->history.own_ids() || distrust_log_) return {};
  return {held->history.id(), held->log.boundary()};
}

asio::awaitable<void> UpstreamLink::attempt() {
  const Config::Upstream settings = around_.config().upstream;
  enter(LinkState::kConnecting);
  if (around_.find_master) {
    co_await ask_for_master();
    if (stopping_ || dropped_reason_ != nullptr) co_return;
  }
  co_await connect(stream_, host_, port_, settings, tls_);
  if (stopping_) co_return;
  ++counters_.connects;
  enter(LinkState::kHandshake);
  last_io_ = steady_clock::now();
  TcpPeer master(stream_, settings.reply_timeout, settings.timeout);
  Greeting greeting = co_await introduce(master);
  for (const std::string& refusal : greeting.refusals) {
    log_debug("upstream.refused_option", {{"text", refusal}});
  }
  chain_ = greeting.relay_chain;
  co_await converse(master, std::move(greeting));
}

asio::awaitable<Greeting> UpstreamLink::introduce(TcpPeer& master) {
  const Introduction me =
      introduction_of(around_.config().upstream, around_.run_id, around_.listening_port());
  const ResumePoint from = resume_point();
  log_info("upstream.connected",
           {{"upstream", address_text(host_, port_)},
            {"asks", from.is_nothing()
                         ? "a full sync (the master may first wait repl-diskless-sync-delay)"
                         : "to go on from " + from.offset_word()}});
  co_return co_await greet(master, me, from);
}

asio::awaitable<void> UpstreamLink::converse(TcpPeer& master, Greeting greeting) {
  std::string first;
  if (const auto* go_on = std::get_if<PsyncContinue>(&greeting.reply)) {
    accept_continue(*go_on);
    first = master.take_buffered();
  } else if (const auto* full = std::get_if<PsyncFullResync>(&greeting.reply)) {
    if (around_.generations.current() && !distrust_log_) ++counters_.partial_sync_failures;
    const ReplId id = full->id;
    const Offset offset = full->offset;
    first = co_await full_sync(master, id, offset, false);
  } else if (std::holds_alternative<PsyncUnsupported>(greeting.reply)) {
    const Introduction me =
        introduction_of(around_.config().upstream, around_.run_id, around_.listening_port());
    log_warn("upstream.sync",
             {{"upstream", host_},
              {"reason", "the master does not know PSYNC"},
              {"effect", "ids and offsets of our own; each reconnect is a full sync"}});
    co_await send_sync(master, me);
    const ReplId own = ReplId::random();
    first = co_await full_sync(master, own, Offset(), true);
  } else if (const auto* later = std::get_if<PsyncTryLater>(&greeting.reply)) {
    throw LinkError("refused", later->text);
  } else if (const auto* refused = std::get_if<PsyncRefused>(&greeting.reply)) {
    throw LinkError("refused", refused->text);
  } else {
    throw LinkError("protocol", std::get<PsyncMalformed>(greeting.reply).text);
  }
  co_await stream(std::move(first));
}

void UpstreamLink::accept_continue(const PsyncContinue& reply) {
  const GenerationPtr& held = around_.generations.current();
  if (!held || distrust_log_ || held->history.own_ids()) {
    throw LinkError("protocol", "the master continues what was not asked for");
  }
  ++counters_.partial_syncs;
  if (reply.id && *reply.id != held->history.id()) around_.generations.continue_as(*reply.id);
  // What was acknowledged before stays so. After a restart that is all we hold.
  if (!acks_begun_) acks_.reset(held->log.boundary());
  acks_begun_ = true;
}

// A snapshot, and then the stream that goes on from it. What came behind the snapshot is returned.
asio::awaitable<std::string> UpstreamLink::full_sync(TcpPeer& master, ReplId id, Offset offset,
                                                     bool own_ids) {
  Generations& generations = around_.generations;
  ++counters_.full_syncs;
  full_syncs_.push_back(steady_clock::now());
  enter(LinkState::kWaitingRdb);
  log_info("upstream.full_sync",
           {{"upstream", address_text(host_, port_)},
            {"replid", id},
            {"offset", offset},
            {"held", generations.current() ? "served until it is whole" : "nothing"}});
  const auto began = steady_clock::now();
  while (generations.arriving() && !stopping_) {
    around_.make_room();
    co_await generations.changed().wait_for(100ms);
  }
  if (stopping_) throw LinkError("admin", "the relay stops");
  std::exception_ptr failure;
  std::string stage = "receive";
  std::string why;
  std::string behind;
  const std::function<void(std::size_t)> on_bytes = [this](std::size_t n) {
    const Arrival* arrival = around_.generations.arriving();
    if (arrival && arrival->snapshot->has_begun()) enter(LinkState::kReceivingRdb);
    heard(n);
  };
  try {
    co_await generations.begin_arrival(id, offset, true, own_ids);
    std::string buffered = master.take_buffered();
    heard(buffered.size());
    behind =
        co_await receive_snapshot(stream_, std::move(buffered), generations.arrival(), on_bytes);
    spooling_ = true;
    co_await generations.complete_arrival();
  } catch (const SpoolError& error) {
    failure = std::current_exception();
    stage = error.stage;
    why = error.what();
  } catch (const std::exception& error) {
    failure = std::current_exception();
    why = dropped_reason_ != nullptr ? dropped_because_ : error.what();
  }
  spooling_ = false;
  last_io_ = steady_clock::now();
  if (failure) {
    ++counters_.full_sync_failures;
    co_await generations.abandon_arrival(stage, why);
    std::rethrow_exception(failure);
  }
  counters_.full_sync_durations.observe(
      std::chrono::duration<double>(steady_clock::now() - began).count());
  distrust_log_ = false;
  acks_.reset(offset);
  acks_begun_ = true;
  co_return behind;
}

void UpstreamLink::tick() {
  while (!full_syncs_.empty() && steady_clock::now() - full_syncs_.front() > kFullResyncWindow) {
    full_syncs_.pop_front();
  }
  const bool waits = state_ == LinkState::kStreaming || state_ == LinkState::kWaitingRdb ||
                     state_ == LinkState::kReceivingRdb;
  if (waits_for_disk_ && !std::exchange(pause_is_said_, true)) {
    log_warn("upstream.paused",
             {{"reason", "log.memory-hard is reached: the disk is slower than the master"},
              {"effect", "the master is not read until the disk has stored more"}});
  }
  if (!waits || spooling_ || waits_for_disk_ || dropped_reason_ != nullptr) return;
  const Duration limit = around_.config().upstream.timeout;
  if (steady_clock::now() - last_io_ <= limit) return;
  dropped_reason_ = "timeout";
  dropped_because_ = "nothing came for longer than upstream.timeout";
  stream_.close();
}

void UpstreamLink::resync(std::string why) {
  distrust_log_ = true;
  reconnect(std::move(why));
}

void UpstreamLink::reconfigure() {
  acks_.set_policy(around_.config().upstream.ack);
  backoff_ = Backoff(around_.config().upstream.backoff_min, around_.config().upstream.backoff_max);
}

void UpstreamLink::retry_now() { retry_wake_.wake_all(); }

void UpstreamLink::stop() {
  stopping_ = true;
  stream_.close();
  retry_wake_.wake_all();
  ack_wake_.wake_all();
}

UpstreamOutlook UpstreamLink::outlook() const {
  switch (state_) {
    case LinkState::kStreaming:
      return UpstreamOutlook::kStreaming;
    case LinkState::kWaitingRdb:
    case LinkState::kReceivingRdb:
      return UpstreamOutlook::kTransferring;
    default:
      break;
  }
  const bool recently = steady_clock::now() - lost_at_ < around_.config().replicas.ahead_wait;
  return recently ? UpstreamOutlook::kConnecting : UpstreamOutlook::kDown;
}

std::vector<std::string> UpstreamLink::relay_chain() const {
  std::vector<std::string> chain = {relay_id(around_.run_id)};
  chain.insert(chain.end(), chain_.begin(), chain_.end());
  return chain;
}

UpstreamStatus UpstreamLink::status() const {
  UpstreamStatus status = counters_;
  status.host = host_;
  status.port = port_;
  status.by_command = by_command_;
  status.tls = stream_.is_open() ? stream_.tls() != nullptr : around_.config().upstream.tls;
  status.state = state_;
  status.since = since_;
  status.connected_since = connected_since_;
  status.down_since = down_since_;
  status.last_io = last_io_wall_;
  status.paused = waits_for_disk_;
  status.last_error = last_error_;
  status.acked = acks_.ack();
  status.recent_full_syncs = static_cast<unsigned>(full_syncs_.size());
  status.demand = questions_.demand();
  if (const Arrival* arrival = around_.generations.arriving()) {
    TransferStatus transfer;
    transfer.id = arrival->snapshot->id();
    transfer.offset = arrival->snapshot->offset();
    transfer.received = arrival->snapshot->received();
    transfer.size = arrival->snapshot->size();
    transfer.since = arrival->snapshot->since();
    transfer.pace = arrival->pace.at(transfer.received, steady_clock::now());
    transfer.beside_stream = !arrival->new_history;
    status.transfer = transfer;
  }
  return status;
}

}  // namespace relay
