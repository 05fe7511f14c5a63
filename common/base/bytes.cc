#include "common/base/bytes.h"

#include <array>
#include <charconv>
#include <limits>

namespace relay {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr std::uint64_t kKi = 1024;
constexpr std::uint64_t kMi = 1024 * kKi;
constexpr std::uint64_t kGi = 1024 * kMi;
constexpr std::uint64_t kTi = 1024 * kGi;

constexpr std::array kUnits = {
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"k", 1000},
    Unit{"m", 1000'000},
    Unit{"g", 1000'000'000},
    Unit{"t", 1000'000'000'000},
    Unit{"kb", kKi},
    Unit{"mb", kMi},
    Unit{"gb", kGi},
    Unit{"tb", kTi},
    Unit{"ki", kKi},
    Unit{"mi", kMi},
    Unit{"gi", kGi},
    Unit{"ti", kTi},
    Unit{"kib", kKi},
    Unit{"mib", kMi},
    Unit{"gib", kGi},
    Unit{"tib", kTi},
};

// Not std::tolower: the meaning of a configuration must not follow the locale.
std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;

  const std::string name = lower(text.substr(static_cast<std::size_t>(rest - text.data())));
  for (const Unit& unit : kUnits) {
    if (unit.name != name) continue;
    if (number > std::numeric_limits<std::uint64_t>::max() / unit.bytes) return std::nullopt;
    return number * unit.bytes;
  }
  return std::nullopt;
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes != 0) {
    for (const Unit& unit : {Unit{"tb", kTi}, Unit{"gb", kGi}, Unit{"mb", kMi}, Unit{"kb", kKi}}) {
      if (bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes).append(unit.name);
    }
  }
  return std::to_string(bytes);
}

}  // namespace relay
