#include "common/io/processors.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(Processors, AQuotaCountsInWholeOnesRoundedUp) {
  EXPECT_EQ(processors_of_quota("200000 100000"), 2U);
  EXPECT_EQ(processors_of_quota("150000 100000"), 2U);
  EXPECT_EQ(processors_of_quota("10000 100000"), 1U);
  EXPECT_EQ(processors_of_quota("100000 100000"), 1U);
  EXPECT_EQ(processors_of_quota("100001 100000"), 2U);
}

TEST(Processors, WithoutALimitThereIsNone) {
  for (const char* text : {"max 100000", "-1 100000", "", "200000", "200000 ", "200000 0",
                           "0 100000", "much 100000", "200000 max"}) {
    EXPECT_EQ(processors_of_quota(text), 0U) << text;
  }
}

TEST(Processors, ThereIsAlwaysOne) { EXPECT_GE(usable_processors(), 1U); }

}  // namespace
}  // namespace relay
