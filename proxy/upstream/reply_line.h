// The first line of a reply, as it comes from a server: "*4", "$1234", ":1".
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace relay {

inline std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The number behind the mark. None for anything else, an error reply among them.
inline std::optional<std::int64_t> number_behind(std::string_view line, char mark) {
  if (!line.starts_with(mark)) return std::nullopt;
  return number_in(line.substr(1));
}

}  // namespace relay
