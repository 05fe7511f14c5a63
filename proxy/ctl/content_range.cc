#include "proxy/ctl/content_range.h"

#include <charconv>

namespace relay {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, slash);
  const std::string_view whole = text.substr(slash + 1);

  ContentRange range;
  if (whole != "*") {
    range.total = number(whole);
    if (!range.total) return std::nullopt;
  }
  if (part != "*") {
    const std::size_t dash = part.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    range.first = number(part.substr(0, dash));
    const auto last = number(part.substr(dash + 1));
    if (!range.first || !last || *last < *range.first) return std::nullopt;
    if (range.total && *last >= *range.total) return std::nullopt;
  }
  return range;
}

}  // namespace relay
