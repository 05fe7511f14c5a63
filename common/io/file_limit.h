// How many files and sockets the process may have open.
//
// Threading: at start-up.
#pragma once

#include <cstdint>

namespace relay {

// Raises the limit to at least `wanted`, as far as the system lets us. Returns what it is then.
std::uint64_t raise_file_limit(std::uint64_t wanted);

}  // namespace relay
