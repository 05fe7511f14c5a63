#include "proxy/downstream/replica_listener.h"

#include "common/base/logging.h"
#include "common/io/deadline.h"
#include "common/io/passed_sockets.h"
#include "common/resp/reply_writer.h"
#include "proxy/config/tls_terms.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace relay {
namespace {

using asio::ip::tcp;
template <int Level, int Name>
using IntegerOption = asio::detail::socket_option::integer<Level, Name>;

}  // namespace

ReplicaListener::ReplicaListener(asio::any_io_executor home, ListenerSurroundings around,
                                 Serving& serving)
    : around_(std::move(around)), serving_(serving), plain_(home), tls_(home), children_(home) {}

void ReplicaListener::open_plain() { open(plain_, config().listen.port); }
void ReplicaListener::open_tls() { open(tls_, config().listen.tls_port); }
void ReplicaListener::open_plain(int listening) { open(plain_, listening); }
void ReplicaListener::open_tls(int listening) { open(tls_, listening); }

void ReplicaListener::open(Door& door, std::uint16_t port) {
  const Config::Listen& listen = config().listen;
  const tcp::endpoint endpoint(asio::ip::make_address(listen.address), port);
  tcp::acceptor& acceptor = door.acceptor;
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (endpoint.address().is_v6()) {
    // "::" serves IPv4 too, as operators expect of a wildcard.
    acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()));
  }
  acceptor.bind(endpoint);
  acceptor.listen(static_cast<int>(listen.backlog));
  door.port = acceptor.local_endpoint().port();
}

void ReplicaListener::open(Door& door, int listening) {
  door.acceptor.assign(family_of_socket(listening) == AF_INET6 ? tcp::v6() : tcp::v4(), listening);
  door.port = door.acceptor.local_endpoint().port();
}

asio::awaitable<void> ReplicaListener::run() {
  children_.spawn(accept_tls());
  while (plain_.acceptor.is_open()) co_await accept_one(plain_);
  co_await children_.join();
}

asio::awaitable<void> ReplicaListener::accept_tls() {
  while (tls_.acceptor.is_open()) co_await accept_one(tls_);
}

asio::awaitable<void> ReplicaListener::accept_one(Door& door) {
  boost::system::error_code error;
  tcp::socket socket =
      co_await door.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
  if (!door.acceptor.is_open()) co_return;
  if (error) {
    // Out of descriptors or memory: those who are here go on, those who knock wait in the backlog
    // until somebody leaves.
    if (!std::exchange(out_of_descriptors_, true)) {
      log_error("listen.accept_failed", {{"reason", error}, {"effect", "new connections wait"}});
    }
    asio::steady_timer pause(door.acceptor.get_executor(), std::chrono::milliseconds(100));
    co_await pause.async_wait(asio::use_awaitable);
    co_return;
  }
  out_of_descriptors_ = false;
  ++accepted_;
  if (connections_.size() >= config().limits.clients) {
    ++rejected_;
    children_.spawn(turn_away(std::move(socket)));
    co_return;
  }
  configure(socket);
  std::shared_ptr<const TlsContext> tls;
  if (&door == &tls_) tls = contexts_.get(tls_terms(config().listen));
  auto connection =
      std::make_shared<Connection>(std::move(socket), std::move(tls), next_id_++, *this, serving_);
  connections_[connection->client().id] = connection;
  children_.spawn(attend(std::move(connection)));
}

asio::awaitable<void> ReplicaListener::turn_away(tcp::socket socket) {
  static constexpr std::string_view kText = "-ERR max number of clients reached\r\n";
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kText), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
  co_return;
}

void ReplicaListener::configure(tcp::socket& socket) const {
  const Config::Listen& listen = config().listen;
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  if (listen.tcp_keepalive.count() > 0) {
    const int seconds = std::max(1, static_cast<int>(listen.tcp_keepalive.count() / 1000));
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.set_option(IntegerOption<IPPROTO_TCP, TCP_KEEPIDLE>(seconds), ignored);
    socket.set_option(IntegerOption<IPPROTO_TCP, TCP_KEEPINTVL>(std::max(1, seconds / 3)), ignored);
    socket.set_option(IntegerOption<IPPROTO_TCP, TCP_KEEPCNT>(3), ignored);
  }
  if (listen.tcp_user_timeout.count() > 0) {
    const int milliseconds = static_cast<int>(listen.tcp_user_timeout.count());
    socket.set_option(IntegerOption<IPPROTO_TCP, TCP_USER_TIMEOUT>(milliseconds), ignored);
  }
}

asio::awaitable<void> ReplicaListener::attend(std::shared_ptr<Connection> connection) {
  co_await connection->run();
  commands_of_the_gone_ += connection->client().commands;
  connections_.erase(connection->client().id);
}

std::vector<std::shared_ptr<Connection>> ReplicaListener::all() const {
  std::vector<std::shared_ptr<Connection>> list;
  list.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) list.push_back(connection);
  return list;
}

void ReplicaListener::stop_accepting() {
  boost::system::error_code ignored;
  plain_.acceptor.close(ignored);
  tls_.acceptor.close(ignored);
}

void ReplicaListener::stop() {
  stop_accepting();
  for (const auto& connection : all()) connection->close(Ended::kShutdown, "the relay stops");
}

void ReplicaListener::drain() {
  stop_accepting();
  for (const auto& connection : all()) connection->drain();
}

bool ReplicaListener::send_away(bool all) {
  bool somebody_stays = false;
  for (const auto& connection : this->all()) {
    const ReplicaSession* session = connection->session();
    if (session == nullptr || session->is_done()) continue;
    if (all || !session->is_being_synced()) {
      connection->close(Ended::kAdmin, "the relay is drained");
    } else {
      somebody_stays = true;
    }
  }
  return !somebody_stays;
}

bool ReplicaListener::disconnect(std::uint64_t id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return false;
  const std::shared_ptr<Connection> connection = found->second;
  if (connection->session() == nullptr || connection->session()->is_done()) return false;
  connection->close(Ended::kAdmin, "disconnected by an operator");
  return true;
}

void ReplicaListener::tick() {
  const auto now = std::chrono::steady_clock::now();
  for (const auto& connection : all()) connection->tick(now);
  for (const auto& [what, times] : serving_.counters.refused_syncs.due(now)) {
    log_info("replica.sync", {{"replica", what.first.empty() ? "several" : what.first},
                              {"decision", "refused"},
                              {"reason", what.second},
                              {"times", times}});
  }
}

void ReplicaListener::take_turn(std::uint64_t id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (ReplicaSession* session = found->second->session()) session->take_turn();
}

void ReplicaListener::history_changed(const Generation& which, bool ended) {
  for (const auto& connection : all()) {
    if (ReplicaSession* session = connection->session()) session->history_changed(which, ended);
  }
}

std::size_t ReplicaListener::replica_count() const {
  std::size_t count = 0;
  for (const auto& [id, connection] : connections_) {
    if (connection->session() != nullptr) ++count;
  }
  return count;
}

std::vector<Offset> ReplicaListener::online_acks() const {
  std::vector<Offset> acks;
  for (const auto& [id, connection] : connections_) {
    const ReplicaSession* session = connection->session();
    if (session != nullptr && session->is_online()) acks.push_back(session->acked());
  }
  return acks;
}

DownstreamStatus ReplicaListener::downstream_status() const {
  const auto now = std::chrono::steady_clock::now();
  const ReplicaCounters& counters = serving_.counters;
  DownstreamStatus status;
  status.clients = static_cast<unsigned>(connections_.size());
  status.connections = accepted_;
  status.rejected_connections = rejected_;
  status.failed_handshakes = counters.failed_handshakes;
  status.commands = commands_of_the_gone_;
  status.replicas.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) {
    status.commands += connection->client().commands;
    const ReplicaSession* session = connection->session();
    if (session != nullptr && !session->is_done()) status.replicas.push_back(session->status(now));
  }
  status.full_syncs = counters.full_syncs;
  status.full_syncs_spared = counters.full_syncs_spared;
  status.partial_syncs = counters.partial_syncs;
  status.partial_refusals = counters.refusals;
  status.disconnects = counters.disconnects;
  status.replica_connects = counters.connects;
  status.sent_rdb_bytes = counters.sent_rdb_bytes;
  status.sent_stream_bytes = counters.sent_cold_bytes + serving_.feeders.sent_bytes();
  status.received_bytes = counters.received_bytes;
  status.sent_reply_bytes = counters.sent_reply_bytes;
  status.full_sync_durations = counters.full_sync_durations;
  status.departed = counters.departed.since(config().metrics.replica_linger, now);
  status.propagation_delays = serving_.feeders.delays();
  return status;
}

std::vector<const Client*> ReplicaListener::clients() const {
  std::vector<const Client*> list;
  for (const auto& [id, connection] : connections_) list.push_back(&connection->client());
  return list;
}

unsigned ReplicaListener::kill(const std::function<bool(const Client&)>& which,
                               std::uint64_t self) {
  unsigned count = 0;
  for (const auto& connection : all()) {
    if (!which(connection->client())) continue;
    ++count;
    if (connection->client().id == self) {
      connection->close_after_reply();
    } else {
      connection->close(Ended::kAdmin, "CLIENT KILL");
    }
  }
  return count;
}

unsigned ReplicaListener::publish(std::string_view channel, std::string_view message) {
  unsigned count = 0;
  for (const auto& connection : all()) {
    const Client& client = connection->client();
    if (!client.channels.contains(channel)) continue;
    ++count;
    std::string text;
    ReplyWriter writer(text, client.protocol);
    writer.push(3);
    writer.bulk("message");
    writer.bulk(channel);
    writer.bulk(message);
    connection->push(text);
  }
  return count;
}

}  // namespace relay
