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

std::optional<Address> address_of(std::string_view host, std::string_view port) {
  Address address{std::string(host), 0};
  const char* const last = port.data() + port.size();
  const auto [end, error] = std::from_chars(port.data(), last, address.port);
  if (error != std::errc() || end != last || address.port == 0 || !is_host(host)) {
    return std::nullopt;
  }
  return address;
}

std::optional<Address> address_of(std::string_view text) {
  const auto parsed = parse_host_port(text);
  if (!parsed || !parsed->host) return std::nullopt;
  return address_of(*parsed->host, parsed->port);
}

std::vector<Address> addresses_of(std::string_view list) {
  std::vector<Address> all;
  for (const std::string_view part : parts_of(list)) {
    if (auto address = address_of(part)) all.push_back(std::move(*address));
  }
  return all;
}

}  // namespace relay
