#include "proxy/ctl/quantities.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace relay {
namespace {

std::string formatted(double value, int decimals) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string size_text(std::optional<double> bytes) {
  if (!bytes) return std::string(kUnknown);
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = *bytes;
  std::size_t unit = 0;
  // What would be rounded to 1024 is 1 of the next.
  while (value >= 1023.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return formatted(value, unit == 0 || value >= 99.95 ? 0 : 1) + " " + std::string(kUnits[unit]);
}

std::string rate_text(std::optional<double> bytes_per_second) {
  return bytes_per_second ? size_text(bytes_per_second) + "/s" : std::string(kUnknown);
}

std::string span_text(std::optional<double> seconds) {
  if (!seconds) return std::string(kUnknown);
  if (*seconds < 9.95) return formatted(*seconds, 1) + " s";
  const auto whole = static_cast<std::uint64_t>(std::llround(std::min(*seconds, 1e15)));
  const auto two = [](std::uint64_t a, const char* unit, std::uint64_t b, const char* smaller) {
    return std::to_string(a) + unit + " " + std::to_string(b) + smaller;
  };
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return two(whole / 60, "m", whole % 60, "s");
  if (whole < 86400) return two(whole / 3600, "h", whole % 3600 / 60, "m");
  return two(whole / 86400, "d", whole % 86400 / 3600, "h");
}

std::string count_text(std::optional<std::uint64_t> count) {
  return count ? std::to_string(*count) : std::string(kUnknown);
}

std::string counted(std::uint64_t n, std::string_view thing) {
  return std::to_string(n) + " " + std::string(thing) + (n == 1 ? "" : "s");
}

std::optional<double> parse_time(std::string_view text) {
  std::tm parts{};
  int used = 0;
  const std::string terminated(text);
  if (std::sscanf(terminated.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &used) != 6) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(static_cast<std::size_t>(used));
  double fraction = 0;
  if (rest.starts_with('.')) {
    double weight = 0.1;
    rest.remove_prefix(1);
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
      fraction += weight * (rest.front() - '0');
      weight /= 10;
    }
  }
  if (rest != "Z" && rest != "+00:00") return std::nullopt;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<double>(::timegm(&parts)) + fraction;
}

std::optional<double> seconds_between(const JsonNode& then, const JsonNode& now) {
  const auto from = parse_time(then.text());
  const auto to = parse_time(now.text());
  if (!from || !to) return std::nullopt;
  return std::max(0.0, *to - *from);
}

std::string bar(double fraction, unsigned width) {
  const double held = std::isnan(fraction) ? 0 : std::clamp(fraction, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::floor(held * width));
  std::string inside(full, '=');
  if (full < width) {
    if (full > 0) inside += '>';
    inside.resize(width, ' ');
  }
  return "[" + inside + "]";
}

std::string progress_text(std::optional<double> done, std::optional<double> total,
                          std::optional<double> rate, std::optional<double> seconds_left,
                          unsigned bar_width, std::optional<double> stalled) {
  std::string text;
  if (total && done) {
    const double fraction = *total > 0 ? *done / *total : 1;
    // 100 % is said when it is.
    const auto percent = static_cast<int>(std::floor(std::clamp(fraction, 0.0, 1.0) * 100));
    const std::string number = std::to_string(percent);
    text = bar(fraction, bar_width) + std::string(4 - number.size(), ' ') + number + "%  ";
    text += size_text(done) + " of " + size_text(total);
  } else {
    text = size_text(done) + " of an unknown size";
  }
  if (stalled) return text + "  stalled for " + span_text(stalled);
  if (rate) text += "  " + rate_text(rate);
  if (seconds_left && total) text += "  " + span_text(seconds_left) + " left";
  return text;
}

}  // namespace relay
