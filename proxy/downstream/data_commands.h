// The commands that need a dataset, which the relay has not. They are known by name, to be refused
// with the truth: a write with the -READONLY that clients understand, a read with the reason,
// instead of "unknown command".
//
// Pure. Names up to Redis 8 and Valkey 9; a name that is missing here is answered as unknown, which
// is no worse.
#pragma once

#include <string_view>

namespace relay {

enum class DataCommand { kNone, kRead, kWrite };

// Whatever the case of the name.
DataCommand data_command(std::string_view name);

}  // namespace relay
