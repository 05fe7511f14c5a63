#include "common/io/file_limit.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace relay {
namespace {

TEST(FileLimit, IsRaisedToWhatIsWantedAndNeverLowered) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_file_limit(100), 100u);
  EXPECT_EQ(raise_file_limit(50), 100u);
  EXPECT_EQ(raise_file_limit(RLIM_INFINITY), before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace relay
