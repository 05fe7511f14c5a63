// "redis:6379", "[::1]:6379", "6379": an address as flags take it, cut in two.
#pragma once

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

}  // namespace relay
