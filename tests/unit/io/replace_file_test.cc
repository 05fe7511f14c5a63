#include "common/io/file.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

struct ReplaceFileTest : testing::Test {
  ReplaceFileTest() {
    EXPECT_TRUE(disk.make_directory("d"));
    EXPECT_TRUE(disk.sync_directory(""));
    EXPECT_TRUE(replace_file(disk, "d", "history", kOld));
  }
  const std::string kOld = "the old contents";
  const std::string kNew = "the new contents, which are longer";
  MemoryFileSystem disk;
  FaultPlan plan;
  FaultyFileSystem fs{disk, plan};
};

TEST_F(ReplaceFileTest, NewContentsAreDurable) {
  ASSERT_TRUE(replace_file(disk, "d", "history", kNew));
  EXPECT_EQ(*read_file(*disk.crash(), "d/history"), kNew);
  EXPECT_EQ(disk.list("d")->size(), 1u);
}

TEST_F(ReplaceFileTest, CrashAnywhereLeavesTheOldOrTheNew) {
  for (std::uint64_t n = 0; n < 5; ++n) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      auto start = disk.process_kill();
      FaultPlan crashing;
      FaultyFileSystem doomed(*start, crashing);
      crashing.crash_after(n);
      const auto replaced = replace_file(doomed, "d", "history", kNew);
      ASSERT_EQ(replaced.has_value(), false) << "needs five changes";
      auto found = read_file(*start->torn_crash(seed), "d/history");
      ASSERT_TRUE(found);
      ASSERT_TRUE(*found == kOld || *found == kNew) << n << " " << seed << ": " << *found;
    }
  }
}

TEST_F(ReplaceFileTest, FailedCallIsSaidAndTheOldOrTheNewIsThere) {
  for (std::uint64_t n = 1;; ++n) {
    plan.fail_nth(changing_calls(), n, ENOSPC);
    const auto replaced = replace_file(fs, "d", "history", kNew);
    plan.heal();
    const std::string found = *read_file(disk, "d/history");
    if (replaced) {
      EXPECT_EQ(n, 6u);
      EXPECT_EQ(found, kNew);
      break;
    }
    EXPECT_EQ(replaced.error().value(), ENOSPC);
    EXPECT_TRUE(found == kOld || found == kNew);
  }
}

TEST_F(ReplaceFileTest, LongFileIsReadWhole) {
  std::string contents;
  for (int i = 0; i < 10000; ++i) contents += std::to_string(i);
  ASSERT_TRUE(replace_file(disk, "d", "long", contents));
  EXPECT_EQ(*read_file(disk, "d/long"), contents);
  EXPECT_EQ(read_file(disk, "d/none").error().value(), ENOENT);
}

}  // namespace
}  // namespace relay::test
