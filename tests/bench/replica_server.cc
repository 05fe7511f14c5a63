#include "tests/bench/replica_server.h"

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

namespace relay::bench {

ReplicaServer::ReplicaServer(std::uint16_t port)
    : listener_(listen_on(port)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) throw system_fault("epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener_.fd();
  if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, listener_.fd(), &event) != 0) {
    throw system_fault("epoll_ctl");
  }
}

void ReplicaServer::watch(const Socket& other) {
  other_ = other.fd();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = other_;
  if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, other_, &event) != 0) {
    throw system_fault("epoll_ctl");
  }
}

void ReplicaServer::turn(int milliseconds) {
  std::array<epoll_event, 512> events{};
  const int n =
      ::epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), milliseconds);
  if (n < 0 && errno != EINTR) throw system_fault("epoll_wait");
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.fd == listener_.fd()) {
      accept_some();
    } else if (event.data.fd == other_) {
      other_is_readable();
    } else if (const auto found = replicas_.find(event.data.fd); found != replicas_.end()) {
      Replica& replica = *found->second;
      if ((event.events & EPOLLOUT) != 0) feed_one(replica);
      if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(replica);
    }
  }
}

void ReplicaServer::accept_some() {
  while (true) {
    Socket socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.is_open()) return;
    send_at_once(socket);
    const int fd = socket.fd();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) != 0) throw system_fault("epoll_ctl");
    replicas_.emplace(fd, std::make_unique<Replica>(std::move(socket)));
  }
}

void ReplicaServer::read(Replica& replica) {
  std::array<char, 4096> bytes{};
  const ssize_t n = ::recv(replica.socket.fd(), bytes.data(), bytes.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    replicas_.erase(replica.socket.fd());
    return;
  }
  if (replica.is_fed) return;  // acks
  replica.requests.feed({bytes.data(), static_cast<std::size_t>(n)});
  while (const Request* request = replica.requests.next()) {
    const std::string_view name = request->front();
    if (name == "PSYNC") {
      replica.header = begin(replica);
      replica.is_fed = true;
      return feed_one(replica);
    }
    send_all(replica.socket, name == "PING" ? "+PONG\r\n" : "+OK\r\n");
  }
}

void ReplicaServer::feed_one(Replica& replica) {
  bool has_room = true;
  if (!replica.header.empty()) {
    std::size_t sent = 0;
    has_room = send_some(replica.socket, replica.header, sent);
    replica.header.erase(0, sent);
  }
  has_room = has_room && feed(replica);
  if (has_room != replica.is_waiting) return;
  replica.is_waiting = !has_room;
  arm(replica, has_room ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

void ReplicaServer::feed_all() {
  for (auto& [fd, replica] : replicas_) {
    if (replica->is_fed && !replica->is_waiting) feed_one(*replica);
  }
}

void ReplicaServer::arm(const Replica& replica, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = replica.socket.fd();
  if (::epoll_ctl(epoll_.fd(), EPOLL_CTL_MOD, replica.socket.fd(), &event) != 0) {
    throw system_fault("epoll_ctl");
  }
}

bool send_some(const Socket& socket, std::string_view bytes, std::size_t& sent) {
  const ssize_t n = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  sent = n > 0 ? static_cast<std::size_t>(n) : 0;
  return sent == bytes.size();
}

}  // namespace relay::bench
