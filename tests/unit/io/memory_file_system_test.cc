// The fake disk is what the sweeps believe: that it forgets what a crash forgets is checked here.

#include "tests/support/disk/memory_file_system.h"

#include "tests/support/disk/faulty_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace relay::test {
namespace {

using testing::ElementsAre;

TEST(MemoryFileSystem, BytesAreDurableOnceSynced) {
  MemoryFileSystem disk;
  auto file = disk.create("f");
  ASSERT_TRUE(disk.sync_directory(""));
  ASSERT_TRUE((*file)->write_at(0, "synced"));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE((*file)->write_at(6, " and not"));
  EXPECT_EQ(*read_file(disk, "f"), "synced and not");
  EXPECT_EQ(*read_file(*disk.crash(), "f"), "synced");
  EXPECT_EQ(*read_file(*disk.process_kill(), "f"), "synced and not");
}

TEST(MemoryFileSystem, NamesAreDurableOnceTheirDirectoryIsSynced) {
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.make_directory("d"));
  auto file = disk.create("d/old");
  ASSERT_TRUE((*file)->write_at(0, "x"));
  ASSERT_TRUE((*file)->sync());
  EXPECT_TRUE(disk.crash()->list("")->empty());
  ASSERT_TRUE(disk.sync_directory(""));
  EXPECT_TRUE(disk.crash()->list("d")->empty());
  ASSERT_TRUE(disk.sync_directory("d"));
  ASSERT_TRUE(disk.rename("d/old", "d/new"));
  EXPECT_THAT(*disk.list("d"), ElementsAre("new"));
  EXPECT_THAT(*disk.crash()->list("d"), ElementsAre("old"));
  ASSERT_TRUE(disk.sync_directory("d"));
  EXPECT_EQ(*read_file(*disk.crash(), "d/new"), "x");
  ASSERT_TRUE(disk.remove("d/new"));
  EXPECT_THAT(*disk.crash()->list("d"), ElementsAre("new"));
}

TEST(MemoryFileSystem, TornCrashKeepsAnyPartOfWhatWasNotSynced) {
  MemoryFileSystem disk;
  auto file = disk.create("f");
  ASSERT_TRUE(disk.sync_directory(""));
  ASSERT_TRUE((*file)->write_at(0, "1234"));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE((*file)->write_at(4, "aaaa"));
  ASSERT_TRUE((*file)->write_at(8, "bbbb"));
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    seen.insert(*read_file(*disk.torn_crash(seed), "f"));
  }
  EXPECT_TRUE(seen.contains("1234"));
  EXPECT_TRUE(seen.contains("1234aaaabbbb"));
  EXPECT_TRUE(seen.contains(std::string("1234\0\0\0\0bbbb", 12)));
  for (const std::string& bytes : seen) EXPECT_EQ(bytes.substr(0, 4), "1234");
}

TEST(MemoryFileSystem, OpenFileOutlivesItsName) {
  MemoryFileSystem disk;
  auto file = disk.create("f");
  ASSERT_TRUE((*file)->write_at(0, "still here"));
  ASSERT_TRUE(disk.remove("f"));
  std::string into(10, '?');
  EXPECT_EQ(*(*file)->read_at(0, into), 10u);
  EXPECT_EQ(into, "still here");
}

TEST(MemoryFileSystem, FullDiskRefusesWhatDoesNotFit) {
  MemoryFileSystem disk;
  disk.set_capacity(10);
  auto file = disk.create("f");
  ASSERT_TRUE((*file)->write_at(0, "12345678"));
  EXPECT_EQ((*file)->write_at(8, "abc").error().value(), ENOSPC);
  ASSERT_TRUE((*file)->write_at(6, "abcd"));
  EXPECT_EQ(disk.space("")->available, 0u);
}

TEST(FaultPlan, FailsTheNthCallOnceOrAllFromItOn) {
  MemoryFileSystem disk;
  FaultPlan plan;
  FaultyFileSystem fs(disk, plan);
  plan.fail_nth({DiskCall::kMakeDirectory}, 2, EACCES);
  EXPECT_TRUE(fs.make_directory("a"));
  EXPECT_EQ(fs.make_directory("b").error().value(), EACCES);
  EXPECT_TRUE(fs.make_directory("c"));
  plan.fail_from({DiskCall::kMakeDirectory}, 2, EROFS);
  EXPECT_TRUE(fs.make_directory("d"));
  EXPECT_EQ(fs.make_directory("e").error().value(), EROFS);
  EXPECT_EQ(fs.make_directory("e").error().value(), EROFS);
  plan.heal();
  EXPECT_TRUE(fs.make_directory("e"));
  EXPECT_EQ(plan.count(DiskCall::kMakeDirectory), 7u);
}

TEST(FaultPlan, NothingHappensAfterACrash) {
  MemoryFileSystem disk;
  FaultPlan plan;
  FaultyFileSystem fs(disk, plan);
  plan.crash_after(2);
  EXPECT_TRUE(fs.make_directory("a"));
  EXPECT_TRUE(fs.list(""));
  EXPECT_FALSE(plan.has_crashed());
  EXPECT_TRUE(fs.make_directory("b"));
  EXPECT_TRUE(plan.has_crashed());
  EXPECT_EQ(fs.make_directory("c").error().value(), EIO);
  EXPECT_EQ(fs.list("").error().value(), EIO);
  EXPECT_EQ(disk.list("")->size(), 2u);
}

TEST(FaultPlan, StalledCallWaitsForItsRelease) {
  MemoryFileSystem disk;
  FaultPlan plan;
  FaultyFileSystem fs(disk, plan);
  plan.stall({DiskCall::kMakeDirectory});
  std::thread other([&] { EXPECT_TRUE(fs.make_directory("a")); });
  plan.wait_until_stalled();
  EXPECT_TRUE(fs.list("")->empty());
  plan.release();
  other.join();
  EXPECT_EQ(fs.list("")->size(), 1u);
}

}  // namespace
}  // namespace relay::test
