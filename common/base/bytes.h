// Sizes as Redis writes them: "64mb" for people, a number of bytes for the program.
//
//  (1) b; k, m, g, t count in thousands; kb, mb, gb, tb in 1024s: 10m = 10*10^6, 10mb = 10*1024^2.
//      Case does not count.
//  (2) Ki, Mi, Gi, Ti (and KiB ...) are Kubernetes' names for the 1024s. A bare number is bytes.
//  (3) A whole number and a unit, nothing between them. No sign, no fraction; what does not fit 64
//      bits is no size.
//  (4) parse_bytes(format_bytes(n)) == n for every n.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

std::optional<std::uint64_t> parse_bytes(std::string_view text);

// In the largest 1024-unit that divides it: "1gb", "64mb", "1500".
std::string format_bytes(std::uint64_t bytes);

}  // namespace relay
