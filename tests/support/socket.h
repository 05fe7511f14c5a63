// A blocking TCP socket with a limit on every wait, and the listening kind.
//
// Threading: shutdown() may be called from another thread and ends a receive or send that waits;
// the rest is for one thread at a time in each direction.
#pragma once

#include "tests/support/wait_until.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::test {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  // Throws if refused.
  static Socket connect_to(std::uint16_t port, const std::string& address = "127.0.0.1");
  ~Socket();
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;

  void send_all(std::string_view bytes);  // throws if the peer is gone
  // As much as has arrived, at least a byte; 0 at the end of the stream (a reset is one too).
  // Throws TimedOut.
  std::size_t receive(char* buffer, std::size_t size,
                      std::chrono::milliseconds timeout = kPatience);
  std::string receive(std::size_t limit = 65536, std::chrono::milliseconds timeout = kPatience);
  bool is_readable(std::chrono::milliseconds timeout) const;
  // Reads and drops whatever comes until the peer closes; throws TimedOut if it does not.
  void wait_until_closed(std::chrono::milliseconds timeout = kPatience);
  void set_receive_buffer(int bytes);
  void shutdown();

 private:
  int fd_;
};

class ListeningSocket {
 public:
  ListeningSocket();
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  std::uint16_t port() const { return port_; }
  int descriptor() const { return fd_; }
  std::optional<Socket> accept(std::chrono::milliseconds timeout);

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace relay::test
