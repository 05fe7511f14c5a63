#include "tests/bench/loopback.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace relay::bench {
namespace {

constexpr unsigned kPortsOfOneAddress = 4000;
constexpr std::size_t kLongestLine = 512;

sockaddr_in address(std::uint32_t host, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(host);
  name.sin_port = htons(port);
  return name;
}

const sockaddr* plain(const sockaddr_in& name) { return reinterpret_cast<const sockaddr*>(&name); }

Socket new_socket(int flags) {
  Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!socket.is_open()) throw system_fault("socket");
  return socket;
}

void set_option(const Socket& socket, int level, int name) {
  const int on = 1;
  if (::setsockopt(socket.fd(), level, name, &on, sizeof on) != 0) {
    throw system_fault("setsockopt");
  }
}

}  // namespace

void Socket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::runtime_error system_fault(const std::string& what) {
  return std::runtime_error(what + ": " + std::generic_category().message(errno));
}

std::uint64_t now_nanoseconds() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
}

Socket listen_on(std::uint16_t port) {
  Socket socket = new_socket(SOCK_NONBLOCK);
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  const sockaddr_in name = address(INADDR_LOOPBACK, port);
  if (::bind(socket.fd(), plain(name), sizeof name) != 0) throw system_fault("bind");
  if (::listen(socket.fd(), 4096) != 0) throw system_fault("listen");
  return socket;
}

std::uint16_t port_of(const Socket& socket) {
  sockaddr_in name{};
  socklen_t size = sizeof name;
  if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    throw system_fault("getsockname");
  }
  return ntohs(name.sin_port);
}

Socket connect_to(std::uint16_t port) {
  Socket socket = new_socket(0);
  const sockaddr_in name = address(INADDR_LOOPBACK, port);
  if (::connect(socket.fd(), plain(name), sizeof name) != 0) throw system_fault("connect");
  send_at_once(socket);
  return socket;
}

Socket begin_connecting(std::uint16_t port, unsigned index) {
  Socket socket = new_socket(SOCK_NONBLOCK);
  set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  const sockaddr_in from = address(0x7f000101U + index / kPortsOfOneAddress, 0);
  if (::bind(socket.fd(), plain(from), sizeof from) != 0) throw system_fault("bind");
  const sockaddr_in name = address(INADDR_LOOPBACK, port);
  if (::connect(socket.fd(), plain(name), sizeof name) != 0 && errno != EINPROGRESS) {
    return {};
  }
  send_at_once(socket);
  return socket;
}

void do_not_block(const Socket& socket) {
  const int flags = ::fcntl(socket.fd(), F_GETFL);
  if (flags < 0 || ::fcntl(socket.fd(), F_SETFL, flags | O_NONBLOCK) != 0) {
    throw system_fault("fcntl");
  }
}

void send_at_once(const Socket& socket) { set_option(socket, IPPROTO_TCP, TCP_NODELAY); }

void send_all(const Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw system_fault("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string receive_line(const Socket& socket) {
  std::string line;
  char c = 0;
  while (true) {
    const ssize_t n = ::recv(socket.fd(), &c, 1, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw system_fault("recv");
    if (n == 0) throw std::runtime_error("the peer has closed after: " + line);
    if (c == '\n') break;
    if (c != '\r') line += c;
  }
  return line;
}

std::optional<std::string> take_line(const Socket& socket) {
  std::array<char, kLongestLine> bytes{};
  const ssize_t seen = ::recv(socket.fd(), bytes.data(), bytes.size(), MSG_PEEK);
  if (seen <= 0) return std::nullopt;
  const std::string_view text(bytes.data(), static_cast<std::size_t>(seen));
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    if (text.size() == bytes.size()) throw std::runtime_error("not a line");
    return std::nullopt;
  }
  std::string line(text.substr(0, end));
  if (line.ends_with('\r')) line.pop_back();
  if (::recv(socket.fd(), bytes.data(), end + 1, 0) != static_cast<ssize_t>(end + 1)) {
    throw system_fault("recv");
  }
  return line;
}

std::size_t discard(const Socket& socket, std::size_t most, bool& is_closed) {
  // The system call itself: the sanitizers' recv() takes it for a write through a null pointer.
  const long n = ::syscall(SYS_recvfrom, socket.fd(), nullptr, most, MSG_TRUNC, nullptr, nullptr);
  if (n > 0) return static_cast<std::size_t>(n);
  is_closed = n == 0 || (errno != EAGAIN && errno != EINTR);
  return 0;
}

std::optional<std::string> option(int argc, char** argv, std::string_view name) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (name == argv[i]) return argv[i + 1];
  }
  return std::nullopt;
}

bool has_option(int argc, char** argv, std::string_view name) {
  for (int i = 1; i < argc; ++i) {
    if (name == argv[i]) return true;
  }
  return false;
}

std::uint64_t number_option(int argc, char** argv, std::string_view name, std::uint64_t otherwise) {
  const auto text = option(argc, argv, name);
  return text ? std::stoull(*text) : otherwise;
}

}  // namespace relay::bench
