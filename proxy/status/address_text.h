// "redis:6379", "[::1]:6379": a host and a port in one word.
//
// Threading: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relay {

inline std::string bracketed(std::string_view host) {
  const bool v6 = host.find(':') != std::string_view::npos;
  return v6 ? "[" + std::string(host) + "]" : std::string(host);
}

inline std::string address_text(std::string_view host, std::uint16_t port) {
  return bracketed(host) + ":" + std::to_string(port);
}

}  // namespace relay
