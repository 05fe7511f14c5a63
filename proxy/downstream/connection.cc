#include "proxy/downstream/connection.h"

#include "common/base/logging.h"
#include "common/io/deadline.h"
#include "common/io/task_group.h"
#include "proxy/downstream/commands.h"

namespace relay {
namespace {

constexpr std::size_t kOutboxLimit = std::size_t{1} << 20;
constexpr auto kHandshakeLimit = std::chrono::seconds(10);

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  // Peers of a dual-stack listener that speak IPv4 are shown as such: that is how operators and
  // masters know them.
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const std::string host =
      mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
             : address.to_string();
  return host + ":" + std::to_string(endpoint.port());
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, std::shared_ptr<const TlsContext> tls,
                       std::uint64_t id, CommandHost& host, Serving& serving)
    : tls_(std::move(tls)),
      host_(host),
      serving_(serving),
      stream_(std::move(socket)),
      parser_(0),
      outbox_changed_(stream_.socket().get_executor()) {
  boost::system::error_code error;
  client_.id = id;
  client_.peer = text_of(stream_.socket().remote_endpoint(error));
  client_.local = text_of(stream_.socket().local_endpoint(error));
  client_.authenticated = host.config().listen.password.empty();
  client_.connected = client_.last_command = std::chrono::steady_clock::now();
  parser_.set_limit(request_limit());
}

std::size_t Connection::request_limit() const {
  const Config::Limits& limits = host_.config().limits;
  return client_.authenticated ? limits.request_size : limits.request_size_unauthenticated;
}

void Connection::close(Ended reason, const std::string& why) {
  if (closed_) return;
  closed_ = true;
  if (session_) session_->close(reason, why);
  stream_.close();
  outbox_changed_.wake_all();
}

void Connection::close_after_reply() {
  closing_ = true;
  outbox_changed_.wake_all();
}

void Connection::push(std::string_view message) {
  if (closed_) return;
  if (outbox_.size() + message.size() > kOutboxLimit) {
    log_warn("client.closed",
             {{"peer", client_.peer}, {"reason", "a subscriber that does not read"}});
    return close(Ended::kAdmin, "a subscriber that does not read");
  }
  outbox_ += message;
  outbox_changed_.wake_all();
}

asio::awaitable<void> Connection::run() {
  if (tls_) {
    const bool is_secure = co_await shake_hands();
    if (!is_secure) co_return close(Ended::kProtocol, "no TLS");
  }
  TaskGroup children(co_await asio::this_coro::executor);
  children.spawn(send_outbox());
  try {
    co_await converse();
  } catch (const std::exception&) {
    // The peer has gone. There is nobody to tell, and a client that leaves is no news.
  }
  closing_ = true;
  outbox_changed_.wake_all();
  co_await children.join();
  close(Ended::kEof, "");
}

asio::awaitable<bool> Connection::shake_hands() {
  std::string why;
  try {
    auto work = stream_.secure(*tls_, "");
    auto limited = within(kHandshakeLimit, std::move(work));
    co_await std::move(limited);
    client_.is_encrypted = true;
    co_return true;
  } catch (const TlsFault& fault) {
    why = fault.what();
  } catch (const boost::system::system_error& error) {
    why = error.code().message();
  }
  if (closed_) co_return false;
  ++serving_.counters.failed_handshakes;
  log_warn("client.no_tls", {{"peer", client_.peer}, {"reason", why}});
  co_return false;
}

asio::awaitable<void> Connection::converse() {
  while (!closed_ && !closing_) {
    while (const Request* request = parser_.next()) {
      const bool goes_on = co_await answer(*request);
      if (!goes_on) co_return;
      co_await flushed(kOutboxLimit / 2);
    }
    if (!parser_.error().empty()) {
      ReplyWriter reply(outbox_, client_.protocol);
      reply.error("ERR " + std::string(parser_.error()));
      log_warn("client.protocol_error", {{"peer", client_.peer}, {"text", parser_.error()}});
      co_return;
    }
    outbox_changed_.wake_all();
    boost::system::error_code error;
    const std::string_view bytes = co_await stream_.read_shared(error);
    if (error) co_return;  // there is nobody to tell, and a client that leaves is no news
    serving_.counters.received_bytes += bytes.size();
    parser_.feed(bytes);
  }
}

// False: the connection is at its end.
asio::awaitable<bool> Connection::answer(const Request& request) {
  ReplyWriter reply(outbox_, client_.protocol);
  const Outcome outcome = execute(host_, client_, request, reply);
  parser_.set_limit(request_limit());
  switch (outcome) {
    case Outcome::kReplied:
    case Outcome::kSilent:
      co_return !closing_;
    case Outcome::kClose:
      co_return false;
    case Outcome::kPsync:
    case Outcome::kSync:
      co_await become_replica(outcome, request);
      co_return !closed_;
  }
  co_return false;
}

asio::awaitable<void> Connection::become_replica(Outcome how, const Request& request) {
  std::optional<PsyncRequest> asked;
  if (how == Outcome::kPsync) {
    auto parsed = parse_psync(request);
    if (const auto* error = std::get_if<std::string>(&parsed)) {
      ReplyWriter reply(outbox_, client_.protocol);
      reply.error(*error);
      co_return;
    }
    asked = std::get<PsyncRequest>(std::move(parsed));
  }
  if (serving_.replica_count() >= host_.config().limits.replicas) {
    log_warn("replica.refused", {{"peer", client_.peer}, {"reason", "limits.replicas is reached"}});
    ReplyWriter reply(outbox_, client_.protocol);
    reply.error("ERR max number of replicas reached (limits.replicas)");
    co_return;
  }
  // From here on the session writes to the socket itself; what was answered before goes first.
  outbox_changed_.wake_all();
  co_await flushed(0);
  if (closed_) co_return;
  std::string unread(parser_.unconsumed());
  session_ = std::make_unique<ReplicaSession>(stream_, serving_, client_, std::move(asked));
  client_.is_replica = true;
  const bool over = co_await session_->run(std::move(unread));
  session_.reset();
  client_.is_replica = false;
  if (over) close(Ended::kEof, "");
}

// Until at most so many bytes wait to be sent.
asio::awaitable<void> Connection::flushed(std::size_t at_most) {
  while (!closed_ && outbox_.size() + sending_.size() > at_most) {
    outbox_changed_.wake_all();
    co_await outbox_changed_.wait();
  }
}

asio::awaitable<void> Connection::send_outbox() {
  while (true) {
    while (outbox_.empty() && !closing_ && !closed_) co_await outbox_changed_.wait();
    if (closed_ || outbox_.empty()) co_return;
    sending_.swap(outbox_);
    std::string failure;
    try {
      co_await stream_.write_all(sending_);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    serving_.counters.sent_reply_bytes += sending_.size();
    sending_.clear();
    outbox_changed_.wake_all();
    if (!failure.empty()) co_return close(Ended::kReset, failure);
  }
}

void Connection::tick(Time now) {
  if (session_) return session_->tick(now);
  const Duration idle = host_.config().limits.client_idle_timeout;
  const bool subscribed = !client_.channels.empty();
  if (idle.count() > 0 && !subscribed && now - client_.last_command > idle) {
    log_info("client.closed", {{"peer", client_.peer}, {"reason", "idle"}});
    close(Ended::kTimeout, "idle");
  }
}

void Connection::drain() {
  if (session_) {
    session_->drain();
  } else {
    close(Ended::kShutdown, "the relay stops");
  }
}

}  // namespace relay
