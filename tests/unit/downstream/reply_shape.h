// Reads one reply, RESP2 or RESP3, to see that it is whole: a wrong count in an array header would
// put every later reply of a connection out of step.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace relay {

// What follows the first reply; nothing if there is no whole, well-formed one.
inline std::optional<std::string_view> skip_reply(std::string_view bytes, int depth = 0) {
  const std::size_t end = bytes.find("\r\n");
  if (bytes.empty() || end == std::string_view::npos || depth > 8) return std::nullopt;
  const char kind = bytes[0];
  const std::string_view line = bytes.substr(1, end - 1);
  std::string_view rest = bytes.substr(end + 2);
  if (kind == '+' || kind == '-' || kind == '_' || kind == '#') return rest;

  long long number = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{} || stop != line.data() + line.size()) return std::nullopt;
  if (kind == ':') return rest;
  if (number == -1 && (kind == '$' || kind == '*')) return rest;
  if (number < 0) return std::nullopt;
  const auto count = static_cast<std::size_t>(number);
  if (kind == '$' || kind == '=') {
    if (rest.size() < count + 2 || rest.substr(count, 2) != "\r\n") return std::nullopt;
    return rest.substr(count + 2);
  }
  if (kind != '*' && kind != '%' && kind != '>' && kind != '~') return std::nullopt;
  for (std::size_t i = 0; i < (kind == '%' ? 2 * count : count); ++i) {
    const auto after = skip_reply(rest, depth + 1);
    if (!after) return std::nullopt;
    rest = *after;
  }
  return rest;
}

inline std::optional<std::size_t> count_replies(std::string_view bytes) {
  std::size_t count = 0;
  for (; !bytes.empty(); ++count) {
    const auto after = skip_reply(bytes);
    if (!after) return std::nullopt;
    bytes = *after;
  }
  return count;
}

}  // namespace relay
