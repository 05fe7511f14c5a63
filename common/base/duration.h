// Durations as operators write them: "100ms", "60s", "5m", "1h", "7d"; a bare number is seconds, as
// in redis.conf.
//
//  (1) A whole number and a unit, nothing between them. No sign, no fraction; what does not fit is
//      no duration.
//  (2) parse_duration(format_duration(d)) == d for every d that is not negative.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// In the largest unit that divides it: "15m", "90s", "1500ms"; nothing is "0s".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace relay
