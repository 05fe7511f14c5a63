#include "tests/support/socket.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace relay::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool poll_for_input(int fd, std::chrono::milliseconds timeout) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, static_cast<int>(timeout.count())) > 0;
}

}  // namespace

Socket Socket::connect_to(std::uint16_t port, const std::string& address) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto peer = loopback(port);
  if (socket.fd_ < 0 || ::inet_pton(AF_INET, address.c_str(), &peer.sin_addr) != 1 ||
      ::connect(socket.fd_, reinterpret_cast<sockaddr*>(&peer), sizeof(peer)) != 0) {
    fail("connect");
  }
  const int on = 1;
  ::setsockopt(socket.fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket::Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void Socket::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) fail("send");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Socket::receive(char* buffer, std::size_t size, std::chrono::milliseconds timeout) {
  if (!is_readable(timeout)) throw TimedOut("nothing to read");
  const auto got = ::recv(fd_, buffer, size, 0);
  if (got < 0 && errno == ECONNRESET) return 0;
  if (got < 0) fail("recv");
  return static_cast<std::size_t>(got);
}

std::string Socket::receive(std::size_t limit, std::chrono::milliseconds timeout) {
  std::string bytes(limit, '\0');
  bytes.resize(receive(bytes.data(), limit, timeout));
  return bytes;
}

bool Socket::is_readable(std::chrono::milliseconds timeout) const {
  return poll_for_input(fd_, timeout);
}

void Socket::wait_until_closed(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left <= 0ms) throw TimedOut("the peer has not closed the connection");
    if (receive(65536, left).empty()) return;
  }
}

void Socket::set_receive_buffer(int bytes) {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

void Socket::shutdown() { ::shutdown(fd_, SHUT_RDWR); }

ListeningSocket::ListeningSocket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto address = loopback(0);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (fd_ < 0 || ::bind(fd_, generic, size) != 0 || ::listen(fd_, 64) != 0 ||
      ::getsockname(fd_, generic, &size) != 0) {
    fail("listen");
  }
  port_ = ntohs(address.sin_port);
}

ListeningSocket::~ListeningSocket() { ::close(fd_); }

std::optional<Socket> ListeningSocket::accept(std::chrono::milliseconds timeout) {
  if (!poll_for_input(fd_, timeout)) return std::nullopt;
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return std::nullopt;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return Socket(fd);
}

}  // namespace relay::test
