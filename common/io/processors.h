// How many processors this process may use.
//
// Threading: any.
#pragma once

#include <string_view>

namespace relay {

// By its affinity and by its cgroup's quota, rounded up; at least one.
unsigned usable_processors();

// What a cgroup's cpu.max ("150000 100000", "max 100000") allows, rounded up. 0: no limit, or no
// such text.
unsigned processors_of_quota(std::string_view cpu_max);

}  // namespace relay
