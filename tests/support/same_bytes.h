// Whether two long byte strings are the same; if not, where they part. (EXPECT_EQ would try to
// print the shortest edit between them, and take all memory doing so.)
#pragma once

#include <gtest/gtest.h>

#include <string_view>

namespace relay::test {

::testing::AssertionResult same_bytes(std::string_view a, std::string_view b);

}  // namespace relay::test
