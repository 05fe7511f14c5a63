// What an operator should be warned of before it breaks, or told of while it lasts: the banner on
// the status page, psync_relay_warnings, INFO's relay_warnings, and lines of the log.
//
//  (1) A warning holds as long as its cause can be seen; it is no event, and remembers nothing.
//  (2) What cannot be known is not warned of.
//  (3) Its text says what is wrong, with the figures, and what to do.
//
// Pure functions.
#pragma once

#include "proxy/status/status.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct Warning {
  std::string_view code;
  std::string text;
};

// All codes there are: the values of psync_relay_warnings{code}.
inline constexpr std::array<std::string_view, 5> kWarningCodes = {
    "min_replicas", "disk_degraded", "full_resync_loop", "window_short", "no_sentinel"};

// In the order of the codes.
std::vector<Warning> warnings(const Status& status);

// What of the log a replica may miss before it needs a full sync: what is held, or what it may grow
// to where nothing has been trimmed yet.
std::uint64_t log_window(const LogStatus& log);

}  // namespace relay
