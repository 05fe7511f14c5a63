// Listening sockets that were open before we were started: socket activation, as systemd and
// systemd-socket-activate do it (sd_listen_fds(3)). A port can be bound by root, and held open over
// a restart, and nobody who connects meanwhile is refused.
//
//  (1) LISTEN_FDS descriptors, from 3 on, with the names in LISTEN_FDNAMES, for the process
//      LISTEN_PID. Those for another process are not looked at.
//  (2) Each has a name that somebody may take(), once. One alone that was given no name (systemd
//      then says that of its unit, "relay.socket") is the first of the known ones. What has an
//      unknown name, or is no listening stream socket, or comes twice, is an error, and the start
//      fails: a port that silently nobody serves would take connections all the same.
//  (3) The variables are removed, and the descriptors closed on exec: children get neither.
//
// Threading: at the start, before there are other threads.
#pragma once

#include <boost/system/result.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

class PassedSockets {
 public:
  struct Said {  // by the variables; empty: not set
    std::string pid, count, names;
  };
  // In words that begin with a variable or "socket NAME".
  using Taken = boost::system::result<PassedSockets, std::string>;

  static Taken of_environment(std::span<const std::string_view> known);
  static Taken of(const Said& said, std::span<const std::string_view> known, int first = 3);

  PassedSockets() = default;
  ~PassedSockets();  // closes what nobody has taken
  PassedSockets(PassedSockets&& other) noexcept;
  PassedSockets& operator=(PassedSockets&& other) noexcept;

  // The listening socket of that name, which is the caller's from here on; none was passed, or it
  // was taken before.
  std::optional<int> take(std::string_view name);
  std::vector<std::string> names() const;  // of those that nobody has taken

 private:
  std::map<std::string, int, std::less<>> sockets_;
};

// Where a socket listens: "127.0.0.1:6479", "[::]:6479", or its path.
std::string address_of_socket(int descriptor);
int family_of_socket(int descriptor);  // AF_INET, AF_INET6, AF_UNIX

}  // namespace relay
