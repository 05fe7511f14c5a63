// Numbers of the API in words for people: sizes, rates, spans of time, progress.
//
//  (1) Sizes are in 1024s and say so (MiB). What has to be exact (offsets) is not shown with these.
//  (2) What is not known is "-".
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

constexpr std::string_view kUnknown = "-";

std::string size_text(std::optional<double> bytes);             // "512 B", "1.4 MiB", "121 GiB"
std::string rate_text(std::optional<double> bytes_per_second);  // "1.4 MiB/s"
std::string span_text(std::optional<double> seconds);  // "0.2 s", "14 s", "2m 5s", "3h 4m", "5d 2h"
std::string count_text(std::optional<std::uint64_t> count);
std::string counted(std::uint64_t n, std::string_view thing);  // "1 replica", "2 replicas"

// Seconds since 1970 of an RFC 3339 time in UTC; none where it is no such thing.
std::optional<double> parse_time(std::string_view text);
// How long before `now` something was; none if either time is not known. Never negative: two clocks
// may have been read.
std::optional<double> seconds_between(const JsonNode& then, const JsonNode& now);

// "[=====>    ]", so many characters inside; the fraction is held within 0 and 1.
std::string bar(double fraction, unsigned width);
// A transfer: "[==>   ]  45%  1.2 GiB of 2.7 GiB  110 MiB/s  14 s left"; without a bar and a rest
// where the whole is not known. One that stands still has "stalled for 12 s" instead of a rate.
std::string progress_text(std::optional<double> done, std::optional<double> total,
                          std::optional<double> rate, std::optional<double> seconds_left,
                          unsigned bar_width, std::optional<double> stalled = std::nullopt);

}  // namespace relay
