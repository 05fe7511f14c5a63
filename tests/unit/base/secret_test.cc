#include "common/base/secret.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(Secret, IsEqualToItselfAlone) {
  EXPECT_TRUE(equals_secret("abc", "abc"));
  EXPECT_FALSE(equals_secret("abc", "abd"));
  EXPECT_FALSE(equals_secret("abc", "ab"));
  EXPECT_FALSE(equals_secret("abc", "abcabc"));
  EXPECT_FALSE(equals_secret("abc", ""));
  EXPECT_FALSE(equals_secret("", "a"));
  EXPECT_TRUE(equals_secret("", ""));
}

}  // namespace
}  // namespace relay
