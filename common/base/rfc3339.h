// A point in time as people and programs write it: 2026-11-20T17:00:00.123Z, UTC.
//
// Threading: pure.
#pragma once

#include <chrono>
#include <string>

namespace relay {

std::string rfc3339(std::chrono::system_clock::time_point when);

}  // namespace relay
