#include "proxy/downstream/replica_session.h"

#include "common/base/logging.h"
#include "common/io/task_group.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace relay {
namespace {

constexpr std::size_t kAckRequestLimit = 64 * 1024;

using std::chrono::steady_clock;

}  // namespace

ReplicaSession::ReplicaSession(Stream& stream, Serving& serving, Client& client,
                               std::optional<PsyncRequest> asked)
    : stream_(stream),
      serving_(serving),
      client_(client),
      asked_(std::move(asked)),
      since_(std::chrono::system_clock::now()),
      began_waiting_(steady_clock::now()),
      last_ack_(began_waiting_),
      wake_(stream.socket().get_executor()) {}

ReplicaSession::~ReplicaSession() {
  if (feed_) serving_.feeders.detach(feed_);
  serving_.budget.leave(client_.id);
}

Offset ReplicaSession::sent() const {
  if (feed_) return feed_->sent();
  return cursor_ ? cursor_->position() : acked_;
}

Offset ReplicaSession::offered() const {
  if (feed_) return feed_->offered();
  return bulk_ ? std::max(sent(), bulk_->offered()) : sent();
}

std::string ReplicaSession::who() const {
  const ReplicaIntroduction& intro = client_.introduction;
  if (intro.listening_port == 0) return client_.peer;
  const std::string host =
      intro.ip_address.empty() ? client_.peer.substr(0, client_.peer.rfind(':')) : intro.ip_address;
  return host + ":" + std::to_string(intro.listening_port);
}

void ReplicaSession::enter(ReplicaState state) {
  if (state_ == state) return;
  state_ = state;
  since_ = std::chrono::system_clock::now();
  if (state == ReplicaState::kOnline) {
    log_info("replica.online", {{"replica", who()},
                                {"sync", full_ ? "full" : "partial"},
                                {"offset", cursor_->position()}});
  }
}

void ReplicaSession::close(Ended reason, std::string text) {
  if (closed_) return;
  closed_ = true;
  depart(reason);
  ++serving_.counters.disconnects[name_of(reason)];
  const bool expected = reason == Ended::kEof || reason == Ended::kComplete ||
                        reason == Ended::kShutdown || reason == Ended::kHistory;
  if (reason != Ended::kRefused || !refused_untold_) {
    log_line(expected ? LogLevel::kInfo : LogLevel::kWarn, "replica.closed",
             {{"replica", who()},
              {"peer", client_.peer},
              {"reason", name_of(reason)},
              {"text", text},
              {"state", name_of(state_)},
              {"sent", cursor_ ? sent() : Offset()},
              {"acked", acked_}});
  }
  // Who sends has a descriptor of its own: closing ours alone would end nothing.
  if (feed_ || bulk_) stream_.end();
  if (feed_) serving_.feeders.detach(feed_);
  if (reason != Ended::kComplete) stream_.close();
  wake_.wake_all();
  if (snapshot_) snapshot_->changed().wake_all();
}

// A backup is no replica that somebody would miss.
void ReplicaSession::depart(Ended reason) {
  if (!arrived_) return;
  const auto now = steady_clock::now();
  const ReplicaStatus last = status(now);
  DepartedReplicas& departed = serving_.counters.departed;
  if (!counts() || reason == Ended::kComplete || reason == Ended::kRefused) {
    departed.forget(last.ip, last.port);
  } else {
    departed.leave(last, now, std::chrono::system_clock::now());
  }
}

asio::awaitable<bool> ReplicaSession::run(std::string unread) {
  // The first decision alone may be an error reply to a connection that goes on: later there are
  // newlines before it.
  const Decision first = decide(serving_.situation(), asked(steady_clock::now()));
  if (const auto* refused = std::get_if<Refuse>(&first.what)) {
    note(first);
    const std::string reply = "-" + std::string(refused->error) + "\r\n";
    co_await send(reply);
    co_return false;
  }
  ++serving_.counters.connects;
  arrived_ = true;
  const ReplicaStatus at_first = status(steady_clock::now());
  serving_.counters.departed.come(at_first.ip, at_first.port);
  TaskGroup children(co_await asio::this_coro::executor);
  children.spawn(read_acks(std::move(unread)));
  try {
    co_await serve();
    close(Ended::kEof, "the session is over");
  } catch (const boost::system::system_error& error) {
    close(ended_by(error.code()), error.code().message());
  } catch (const TlsFault& fault) {
    close(Ended::kProtocol, fault.what());
  }
  co_await children.join();
  generation_.reset();
  snapshot_.reset();
  co_return true;
}

Asked ReplicaSession::asked(Time now) const {
  Asked what;
  what.legacy_sync = !asked_;
  if (asked_) {
    what.never_had = asked_->never_had;
    what.id = asked_->id;
    if (asked_->next) what.from = Offset::from_psync(*asked_->next);
  }
  what.capa_eof = client_.introduction.capa_eof;
  what.capa_psync2 = client_.introduction.capa_psync2;
  what.rdb_only = client_.introduction.rdb_only;
  what.waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_waiting_);
  what.wait_limit = serving_.config().replicas.ahead_wait;
  return what;
}

void ReplicaSession::note(const Decision& decision) {
  // Who is told to come again later asks again each second, and is counted when it is answered.
  const bool is_answered = !std::holds_alternative<Refuse>(decision.what);
  if (decision.refusal && is_answered && !refusal_counted_) {
    refusal_counted_ = true;
    ++serving_.counters.refusals[name_of(*decision.refusal)];
  }
  if (decision.reason == last_reason_) return;
  last_reason_ = decision.reason;
  std::uint64_t times = 1;
  if (!is_answered) {
    // While it is refused it comes again each second, on a new connection.
    const bool is_named = client_.introduction.listening_port != 0;
    const std::string name = is_named ? who() : client_.peer.substr(0, client_.peer.rfind(':'));
    times = serving_.counters.refused_syncs.count({name, std::string(decision.reason)},
                                                  steady_clock::now());
    refused_untold_ = times == 0;
    if (refused_untold_) return;
  }
  struct Name {
    std::string_view operator()(const Continue&) const { return "partial"; }
    std::string_view operator()(const Full&) const { return "full"; }
    std::string_view operator()(const CutThrough&) const { return "full, as it arrives"; }
    std::string_view operator()(const WaitForBytes&) const { return "wait for bytes"; }
    std::string_view operator()(const WaitForSnapshot&) const { return "wait for a snapshot"; }
    std::string_view operator()(const Refuse&) const { return "refused"; }
  };
  const std::string more = times > 1 ? " (" + std::to_string(times) + " times)" : "";
  log_info("replica.sync", {{"replica", who()},
                            {"peer", client_.peer},
                            {"asked", asked_ ? asked_->id_text.substr(0, 12) : "SYNC"},
                            {"from", asked_ && asked_->next ? std::to_string(*asked_->next) : "-1"},
                            {"decision", std::string(std::visit(Name{}, decision.what)) + more},
                            {"reason", decision.reason}});
}

asio::awaitable<void> ReplicaSession::serve() {
  while (!closed_) {
    const Decision decision = decide(serving_.situation(), asked(steady_clock::now()));
    note(decision);
    auto wait = std::chrono::milliseconds(1000);
    if (const auto* go_on = std::get_if<Continue>(&decision.what)) {
      generation_ = serving_.generations.current();
      cursor_.emplace(generation_->log, go_on->from);
      acked_ = go_on->from;
      std::string reply = "+CONTINUE";
      if (go_on->say_id) reply += " " + generation_->history.id().str();
      reply += "\r\n";
      ++serving_.counters.partial_syncs;
      co_await send(reply);
      co_await stream();
      co_return;
    }
    if (const auto* refused = std::get_if<Refuse>(&decision.what)) {
      const std::string reply = "-" + std::string(refused->error) + "\r\n";
      co_await send(reply);
      co_return close(Ended::kRefused, std::string(decision.reason));
    }
    const bool whole = std::holds_alternative<Full>(decision.what);
    const auto* arriving = std::get_if<CutThrough>(&decision.what);
    const bool wants_turn = (whole || arriving != nullptr) && !draining_;
    if (std::exchange(awaits_turn_, wants_turn) && !wants_turn) serving_.budget.leave(client_.id);
    if (wants_turn && serving_.budget.enter(client_.id)) {
      const GenerationPtr current = serving_.generations.current();
      const SnapshotPtr snapshot =
          whole ? current->snapshot : serving_.generations.arriving()->snapshot;
      const bool joins_later = !whole && serving_.generations.arriving()->new_history;
      const GenerationPtr of = joins_later ? nullptr : current;
      const bool sent = co_await send_snapshot(snapshot, of, whole || arriving->by_length);
      serving_.budget.leave(client_.id);
      if (!sent) co_return;
      const bool joined = co_await join_log();
      if (joined) co_await stream();
      co_return;
    }
    if (const auto* waits = std::get_if<WaitForSnapshot>(&decision.what)) {
      if (waits->ask_refresh) serving_.want_snapshot();
    }
    if (std::holds_alternative<WaitForBytes>(decision.what)) wait = std::chrono::milliseconds(50);
    if (draining_) co_return close(Ended::kShutdown, "the relay stops");
    enter(ReplicaState::kQueued);
    co_await wait_before_answer(wait);
  }
}

// Before the answer, and nowhere later, a newline each second keeps the replica's own time-out
// away.
asio::awaitable<void> ReplicaSession::wait_before_answer(std::chrono::milliseconds at_most) {
  Notifier& change = awaits_turn_ ? wake_ : serving_.generations.changed();
  co_await change.wait_for(at_most);
  const auto now = steady_clock::now();
  if (closed_ || now - last_newline_ < std::chrono::seconds(1)) co_return;
  last_newline_ = now;
  co_await send("\n");
}

asio::awaitable<void> ReplicaSession::send(std::string_view bytes) {
  sending_since_ = steady_clock::now();
  co_await stream_.write_all(bytes);
  sending_since_.reset();
}

asio::awaitable<void> ReplicaSession::until_writable() {
  sending_since_ = steady_clock::now();
  co_await stream_.writable();
  sending_since_.reset();
}

asio::awaitable<void> ReplicaSession::read_acks(std::string unread) {
  RequestParser parser(kAckRequestLimit);
  std::string_view bytes = unread;
  while (!closed_) {
    parser.feed(bytes);
    const auto now = steady_clock::now();
    // A replica that loads its snapshot sends newlines instead of acks; masters count them as a
    // sign of life too.
    if (bytes.find_first_not_of("\r\n") == std::string_view::npos) last_ack_ = now;
    while (const Request* request = parser.next()) {
      hear(*request, now);
      if (closed_) co_return;
    }
    if (!parser.error().empty()) {
      co_return close(Ended::kProtocol, std::string(parser.error()));
    }
    boost::system::error_code error;
    bytes = co_await stream_.read_shared(error);
    if (error) {
      co_return close(leaving_.value_or(ended_by(error)), error.message());
    }
    serving_.counters.received_bytes += bytes.size();
  }
}

// Nothing a replica says after its PSYNC is ever answered: a reply would be a byte of its stream.
void ReplicaSession::hear(const Request& request, Time now) {
  const bool is_ack =
      request.size() >= 3 && same_word(request[0], "replconf") && same_word(request[1], "ack");
  if (!is_ack) return;
  const auto number = parse_integer(request[2]);
  if (!number || *number < 0) return close(Ended::kProtocol, "an ack that is no offset");
  const Offset ack = Offset::of_bytes(static_cast<std::uint64_t>(*number));
  if (const Offset most = offered(); ack > most) {
    return close(Ended::kProtocol, "it acks " + std::to_string(*number) +
                                       ", but was sent only up to " + std::to_string(most.bytes()));
  }
  last_ack_ = now;
  if (!heard_ack_) {
    heard_ack_ = true;
    wake_.wake_all();
  }
  if (ack > acked_) {
    acked_ = ack;
    serving_.acked();
  }
  if (draining_) tick(now);
}

void ReplicaSession::tick(Time now) {
  if (closed_) return;
  if (state_ == ReplicaState::kSendingRdb) pace_.note(snapshot_sent_, now);
  const Config::Replicas& limits = serving_.config().replicas;
  if (cursor_ && sent() < generation_->log.begin()) {
    return close(Ended::kLogTrimmed, "the log no longer holds what it needs next");
  }
  const bool streaming = state_ == ReplicaState::kCatchingUp || state_ == ReplicaState::kOnline;
  const bool awaits_first_ack = state_ == ReplicaState::kSendingRdb && snapshot_ &&
                                snapshot_->is_whole() && snapshot_sent_ == snapshot_->readable() &&
                                !sending_since_ && !leaving_;
  if ((streaming && asked_) || awaits_first_ack) {
    if (now - last_ack_ > limits.timeout) {
      return close(Ended::kAckTimeout, "no ack for longer than replicas.timeout");
    }
  }
  if (is_stuck(now) && (!streaming || !asked_)) {
    return close(Ended::kTimeout, "it took nothing for longer than replicas.timeout");
  }
  if (draining_ && streaming) {
    const Offset has = asked_ ? acked_ : sent();
    if (has >= generation_->log.end()) close(Ended::kShutdown, "it has everything");
  }
}

bool ReplicaSession::is_stuck(Time now) {
  const Duration limit = serving_.config().replicas.timeout;
  if (sending_since_) return now - *sending_since_ > limit;
  if (!feed_) return false;
  if (const Offset at = feed_->sent(); at != moved_to_ || at >= generation_->log.end()) {
    moved_to_ = at;
    moved_ = now;
  }
  return now - moved_ > limit;
}

void ReplicaSession::history_changed(const Generation& which, bool ended) {
  if (closed_ || generation_.get() != &which) return;
  if (!ended && state_ == ReplicaState::kSendingRdb) {
    leave_after_snapshot_ = true;
    return;
  }
  close(Ended::kHistory,
        ended ? "the master began a new history" : "the master continues under a new id");
}

void ReplicaSession::drain() {
  draining_ = true;
  tick(steady_clock::now());
}

ReplicaStatus ReplicaSession::status(Time now) const {
  const ReplicaIntroduction& intro = client_.introduction;
  ReplicaStatus status;
  status.id = client_.id;
  status.ip =
      intro.ip_address.empty() ? client_.peer.substr(0, client_.peer.rfind(':')) : intro.ip_address;
  status.port = intro.listening_port;
  status.peer = client_.peer;
  status.tls = client_.is_encrypted;
  status.state = state_;
  status.since = since_;
  status.full = full_;
  status.legacy_sync = !asked_;
  status.sent = sent();
  status.acked = asked_ ? acked_ : Offset();
  if (asked_)
    status.ack_age = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_ack_);
  if (const auto reached = reached_by(status); reached && generation_) {
    const ReplicationLog& log = generation_->log;
    std::optional<double> age;
    if (const auto received = log.received(*reached)) {
      age = std::chrono::duration<double>(now - *received).count();
    }
    describe_lag(status, log.end(), age);
  }
  int queued = 0;
  if (!closed_ && ::ioctl(stream_.socket().native_handle(), SIOCOUTQ, &queued) == 0) {
    status.queue_bytes = static_cast<std::uint64_t>(queued);
  }
  status.snapshot_sent = snapshot_sent_;
  if (snapshot_) status.snapshot_size = snapshot_->size();
  status.snapshot_pace = pace_.at(snapshot_sent_, now);
  return status;
}

}  // namespace relay
