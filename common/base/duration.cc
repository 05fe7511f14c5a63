#include "common/base/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace relay {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  milliseconds length;
};

// From the longest down, as printing looks for the first that divides.
constexpr std::array kUnits = {
    Unit{"d", std::chrono::hours(24)},  Unit{"h", std::chrono::hours(1)},
    Unit{"m", std::chrono::minutes(1)}, Unit{"s", std::chrono::seconds(1)},
    Unit{"ms", milliseconds(1)},
};

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  // from_chars reads a minus sign into a signed number; a duration has none.
  if (text.starts_with('-')) return std::nullopt;
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;

  std::string_view name = text.substr(static_cast<std::size_t>(rest - text.data()));
  if (name.empty()) name = "s";
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    if (number > milliseconds::max() / unit.length) return std::nullopt;
    return number * unit.length;
  }
  return std::nullopt;
}

std::string format_duration(milliseconds duration) {
  if (duration == milliseconds(0)) return "0s";
  for (const Unit& unit : kUnits) {
    if (duration % unit.length == milliseconds(0)) {
      return std::to_string(duration / unit.length).append(unit.name);
    }
  }
  return std::to_string(duration.count()).append("ms");
}

}  // namespace relay
