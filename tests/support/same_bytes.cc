#include "tests/support/same_bytes.h"

#include <algorithm>

namespace relay::test {

namespace {

constexpr std::size_t kShown = 60;

}  // namespace

::testing::AssertionResult same_bytes(std::string_view a, std::string_view b) {
  if (a == b) return ::testing::AssertionSuccess();
  const auto common = std::min(a.size(), b.size());
  std::size_t at = 0;
  while (at < common && a[at] == b[at]) ++at;
  return ::testing::AssertionFailure()
         << a.size() << " and " << b.size() << " bytes, different from byte " << at << " on:\n"
         << ::testing::PrintToString(a.substr(at, kShown)) << "\n"
         << ::testing::PrintToString(b.substr(at, kShown));
}

}  // namespace relay::test
