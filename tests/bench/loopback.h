// Sockets between programs of one machine: all that the benchmark's programs need of the network.
//
// What fails here ends the program with a sentence: a benchmark that goes on after a fault would
// print figures of something else.
//
// Threading: pure functions, but for Socket, which has one user at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace relay::bench {

// Owns a file descriptor of any kind.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { close(); }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

std::runtime_error system_fault(const std::string& what);  // with errno's text

// The clock that all programs of one machine share.
std::uint64_t now_nanoseconds();

// On 127.0.0.1. A port of 0 takes any free one.
Socket listen_on(std::uint16_t port);
std::uint16_t port_of(const Socket& socket);
Socket connect_to(std::uint16_t port);  // blocking
// Does not wait for the peer. `index` chooses among the addresses 127.0.1.x to come from: one
// address has not enough ports for thousands of connections that come again and again.
Socket begin_connecting(std::uint16_t port, unsigned index);
void do_not_block(const Socket& socket);
void send_at_once(const Socket& socket);  // TCP_NODELAY

// A RESP array of bulks.
template <typename... Words>
std::string command(const Words&... words) {
  std::string text = "*" + std::to_string(sizeof...(words)) + "\r\n";
  const auto add = [&text](std::string_view word) {
    text += "$" + std::to_string(word.size()) + "\r\n";
    text += word;
    text += "\r\n";
  };
  (add(words), ...);
  return text;
}

// Waits until all is sent, or received up to and with a line break (which is cut off).
void send_all(const Socket& socket, std::string_view bytes);
std::string receive_line(const Socket& socket);

// A line that has arrived whole, without its line break; none where it has not. Takes not a byte
// more than the line, so that what follows can be dropped unseen.
std::optional<std::string> take_line(const Socket& socket);

// Drops up to `most` bytes in the kernel. 0: none are there, or (is_closed) none will come.
std::size_t discard(const Socket& socket, std::size_t most, bool& is_closed);

// "--name VALUE" of a command line, and whether there is a "--name".
std::optional<std::string> option(int argc, char** argv, std::string_view name);
bool has_option(int argc, char** argv, std::string_view name);
std::uint64_t number_option(int argc, char** argv, std::string_view name, std::uint64_t otherwise);

}  // namespace relay::bench
