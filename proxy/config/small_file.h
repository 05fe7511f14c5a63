// Reads a file that ought to be small, as an operator named it: a configuration, a password.
//
// It ends with an error (EFBIG) beyond `limit` bytes instead of filling the memory from a wrong
// path.
//
// Threading: blocks; at the start and on a reload only.
#pragma once

#include "common/base/result.h"

#include <string>

namespace relay {

Result<std::string> read_small_file(const std::string& path, std::size_t limit);

}  // namespace relay
