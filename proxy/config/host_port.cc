#include "proxy/config/host_port.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace relay {

std::optional<HostPort> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    if (text.empty()) return std::nullopt;
    return HostPort{std::nullopt, std::string(text)};
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;
  }
  if (host.empty() || port.empty()) return std::nullopt;
  return HostPort{std::string(host), std::string(port)};
}

bool is_ip(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> parsed;
  const std::string whole(text);
  if (inet_pton(AF_INET, whole.c_str(), parsed.data()) == 1) return true;
  const std::string without_zone = whole.substr(0, whole.find('%'));
  return inet_pton(AF_INET6, without_zone.c_str(), parsed.data()) == 1;
}

bool is_host(std::string_view text) {
  const auto is_good = [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != '@'; };
  if (text.empty() || text.size() > kLongestHost) return false;
  if (!std::all_of(text.begin(), text.end(), is_good)) return false;
  return text.find(':') == std::string_view::npos || is_ip(text);
}

}  // namespace relay
