// RELAY_CHECK: a condition that only a mistake of ours can break, and that data depends on. Always
// on: a relay that goes on after one of these could send a wrong byte, and a restart loses nothing.
#pragma once

namespace relay {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define RELAY_CHECK(condition)                       \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::relay::check_failed(#condition, __FILE__, __LINE__))
