#include "proxy/control/quantity_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace relay {
namespace {

std::string with_digits(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string two_units(std::uint64_t whole, std::uint64_t small_per_large, const char* large,
                      const char* small) {
  const std::uint64_t rest = whole % small_per_large;
  std::string text = std::to_string(whole / small_per_large) + ' ' + large;
  if (rest > 0) text += ' ' + std::to_string(rest) + ' ' + small;
  return text;
}

}  // namespace

std::string readable_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  static constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // What would be rounded up to 1024 of a unit is one of the next.
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return with_digits(value, value < 99.95 ? 1 : 0) + ' ' + kUnits.at(unit);
}

std::string readable_seconds(double seconds) {
  seconds = std::max(seconds, 0.0);
  if (seconds < 0.9995) return with_digits(seconds * 1000, 0) + " ms";
  if (seconds < 9.95) return with_digits(seconds, 1) + " s";
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return two_units(whole, 60, "min", "s");
  if (whole < 86400) return two_units(whole / 60, 60, "h", "min");
  return two_units(whole / 3600, 24, "d", "h");
}

}  // namespace relay
