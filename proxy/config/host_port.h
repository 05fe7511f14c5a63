// Hosts and ports as words: what is a host, and "redis:6379", "[::1]:6379", "6379" cut in two, as
// flags have them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

struct HostPort {
  std::optional<std::string> host;  // without brackets; none: a port alone
  std::string port;                 // as written, not checked
  bool operator==(const HostPort&) const = default;
};

// None: it is neither; an IPv6 address without brackets among them, as its last part might be a
// port.
std::optional<HostPort> parse_host_port(std::string_view text);

// An IPv4 or IPv6 address without brackets; with a zone too: fe80::1%eth0.
bool is_ip(std::string_view text);
// A name that a resolver may be asked for, or an address. One that is not would break the line or
// the file that it is written to.
bool is_host(std::string_view text);
constexpr std::size_t kLongestHost = 255;  // the servers' limit for ip-address too

}  // namespace relay
