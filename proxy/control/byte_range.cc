#include "proxy/control/byte_range.h"

#include <algorithm>
#include <charconv>

namespace relay {
namespace {

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (text.empty() || error != std::errc() || end != text.end()) return std::nullopt;
  return number;
}

}  // namespace

RangeAnswer range_of(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return {};
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view from = header.substr(0, dash);
  const std::string_view to = header.substr(dash + 1);
  const auto first = number_in(from);
  const auto last = number_in(to);
  if (from.empty() && last) {  // the last so many
    const std::uint64_t length = std::min(*last, size);
    if (length == 0) return {true, std::nullopt};
    return {false, ByteRange{size - length, length}};
  }
  if (!first || (!to.empty() && !last) || (last && *last < *first)) return {};
  if (*first >= size) return {true, std::nullopt};
  const std::uint64_t end = last ? std::min(*last, size - 1) + 1 : size;
  return {false, ByteRange{*first, end - *first}};
}

}  // namespace relay
