// Patterns as servers have them in CONFIG GET and PUBSUB CHANNELS: * ? [a-c] [^a] and a backslash
// that takes the next byte as it is.
//
// Pure. In the worst case as many steps as the two lengths multiplied: never exponential, whatever
// a client sends.
#pragma once

#include <string_view>

namespace relay {

bool matches(std::string_view pattern, std::string_view text, bool ignore_case = false);

}  // namespace relay
