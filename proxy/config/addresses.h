// An address that can be connected to, and "sentinel-0:26379, [2001:db8::3]:26380", a list of them as
// one value of the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct Address {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;
};

// None: not HOST:PORT.
std::optional<Address> address_of(std::string_view text);
std::optional<Address> address_of(std::string_view host, std::string_view port);
// Of a text that the configuration has taken; what is no address is left out.
std::vector<Address> addresses_of(std::string_view list);
// The parts of a list, without the blanks around them.
std::vector<std::string_view> parts_of(std::string_view list);

}  // namespace relay
