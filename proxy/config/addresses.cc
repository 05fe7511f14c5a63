#include "proxy/config/addresses.h"

#include "proxy/config/host_port.h"

#include <algorithm>
#include <charconv>

namespace relay {

std::vector<std::string_view> parts_of(std::string_view list) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view part = list.substr(0, end);
    const std::size_t first = std::min(part.find_first_not_of(' '), part.size());
    part.remove_prefix(first);
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    parts.push_back(part);
    if (end == list.size()) return parts;
    list.remove_prefix(end + 1);
  }
}

std::optional<HostAndPort> address_of(std::string_view text) {
  const auto parsed = parse_host_port(text);
  if (!parsed || !parsed->host || parsed->host->empty()) return std::nullopt;
  if (text.find_first_of(" /@") != std::string_view::npos) return std::nullopt;
  HostAndPort address{*parsed->host, 0};
  const char* const last = parsed->port.data() + parsed->port.size();
  const auto [end, error] = std::from_chars(parsed->port.data(), last, address.port);
  if (error != std::errc() || end != last || address.port == 0) return std::nullopt;
  return address;
}

std::vector<HostAndPort> addresses_of(std::string_view list) {
  std::vector<HostAndPort> all;
  for (const std::string_view part : parts_of(list)) {
    if (auto address = address_of(part)) all.push_back(std::move(*address));
  }
  return all;
}

}  // namespace relay
