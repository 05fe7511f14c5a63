// Quantities for people to read, as the status page shows them; page/units.js says them the same
// way. The exact value always stands beside them (as a title).
//
//  (1) Sizes count in 1024s and say so: "12.3 MiB". At most one digit behind the point, none from
//      100 on and none for bytes.
//  (2) Durations have at most two units: "340 ms", "3.2 s", "4 min 12 s", "2 h 10 min", "3 d 4 h".
//
// Pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace relay {

std::string readable_bytes(std::uint64_t bytes);
std::string readable_seconds(double seconds);  // a negative one counts as none

}  // namespace relay
