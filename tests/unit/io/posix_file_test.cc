#include "common/io/posix_file.h"

#include "tests/support/disk/faulty_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace relay::test {
namespace {

using testing::ElementsAre;

struct PosixFileTest : testing::Test {
  PosixFileTest() {
    std::string pattern = testing::TempDir() + "/relay-XXXXXX";
    dir = ::mkdtemp(pattern.data());
  }
  ~PosixFileTest() override { EXPECT_TRUE(fs.remove_tree(dir)); }

  PosixFileSystem fs;
  std::string dir;
};

TEST_F(PosixFileTest, PiecesAreWrittenOneBehindTheOther) {
  auto file = fs.create(dir + "/f");
  ASSERT_TRUE(file);
  const std::vector<std::string_view> pieces{"ab", "", "cde", "f"};
  ASSERT_TRUE((*file)->write_at(3, pieces));
  ASSERT_TRUE((*file)->write_at(0, "012"));
  ASSERT_TRUE((*file)->sync());
  EXPECT_EQ(*read_file(fs, dir + "/f"), "012abcdef");
}

TEST_F(PosixFileTest, MorePiecesThanOneCallTakesAreWritten) {
  auto file = fs.create(dir + "/f");
  ASSERT_TRUE(file);
  const std::string bytes(5000, 'x');
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    pieces.push_back(std::string_view(bytes).substr(i, 1));
  ASSERT_TRUE((*file)->write_at(0, pieces));
  EXPECT_EQ(*(*file)->size(), bytes.size());
  EXPECT_EQ(*read_file(fs, dir + "/f"), bytes);
}

TEST_F(PosixFileTest, ReadIsShortOnlyWhereTheFileEnds) {
  auto file = fs.create(dir + "/f");
  ASSERT_TRUE((*file)->write_at(0, "0123456789"));
  std::string into(6, '?');
  EXPECT_EQ(*(*file)->read_at(2, into), 6u);
  EXPECT_EQ(into, "234567");
  EXPECT_EQ(*(*file)->read_at(8, into), 2u);
  EXPECT_EQ(*(*file)->read_at(10, into), 0u);
  EXPECT_EQ(*(*file)->read_at(99, into), 0u);
}

TEST_F(PosixFileTest, ReserveDoesNotChangeTheSizeAndResizeDoes) {
  auto file = fs.create(dir + "/f");
  ASSERT_TRUE((*file)->reserve(1 << 20));
  EXPECT_EQ(*(*file)->size(), 0u);
  ASSERT_TRUE((*file)->write_at(0, "0123456789"));
  ASSERT_TRUE((*file)->resize(4));
  EXPECT_EQ(*read_file(fs, dir + "/f"), "0123");
  (*file)->forget(0, 4);
  EXPECT_EQ(*read_file(fs, dir + "/f"), "0123");
}

TEST_F(PosixFileTest, CreateEmptiesAndOpenDoesNot) {
  ASSERT_TRUE((*fs.create(dir + "/f"))->write_at(0, "old"));
  EXPECT_EQ(*(*fs.open(dir + "/f"))->size(), 3u);
  EXPECT_EQ(*(*fs.create(dir + "/f"))->size(), 0u);
  EXPECT_EQ(fs.open(dir + "/other").error().value(), ENOENT);
}

TEST_F(PosixFileTest, NamesAreListedSortedRenamedAndRemoved) {
  for (const char* name : {"b", "a", "c"}) ASSERT_TRUE(fs.create(dir + "/" + name));
  ASSERT_TRUE(fs.rename(dir + "/a", dir + "/c"));
  ASSERT_TRUE(fs.sync_directory(dir));
  EXPECT_THAT(*fs.list(dir), ElementsAre("b", "c"));
  ASSERT_TRUE(fs.remove(dir + "/b"));
  ASSERT_TRUE(fs.remove(dir + "/b"));
  EXPECT_THAT(*fs.list(dir), ElementsAre("c"));
  EXPECT_EQ(fs.list(dir + "/none").error().value(), ENOENT);
  EXPECT_EQ(fs.sync_directory(dir + "/none").error().value(), ENOENT);
}

TEST_F(PosixFileTest, DirectoriesAreMadeOnceAndRemovedWithAllInThem) {
  ASSERT_TRUE(fs.make_directory(dir + "/d"));
  ASSERT_TRUE(fs.make_directory(dir + "/d"));
  ASSERT_TRUE(fs.make_directory(dir + "/d/e"));
  ASSERT_TRUE(fs.create(dir + "/d/e/f"));
  EXPECT_EQ(fs.make_directory(dir + "/d/e/f").error().value(), EEXIST);
  EXPECT_EQ(fs.make_directory(dir + "/x/y").error().value(), ENOENT);
  ASSERT_TRUE(fs.remove_tree(dir + "/d"));
  ASSERT_TRUE(fs.remove_tree(dir + "/d"));
  EXPECT_TRUE(fs.list(dir)->empty());
}

TEST_F(PosixFileTest, SpaceIsThatOfTheFileSystem) {
  auto space = fs.space(dir);
  ASSERT_TRUE(space);
  EXPECT_GT(space->total, 0u);
  EXPECT_LE(space->available, space->total);
  EXPECT_FALSE(fs.space(dir + "/none"));
}

TEST_F(PosixFileTest, FaultsMeetTheRealDiskToo) {
  FaultPlan plan;
  FaultyFileSystem faulty(fs, plan);
  plan.keep_half_of_failed_writes();
  auto file = faulty.create(dir + "/f");
  plan.fail_nth({DiskCall::kWrite}, 2, ENOSPC);
  ASSERT_TRUE((*file)->write_at(0, "0123"));
  EXPECT_EQ((*file)->write_at(4, "4567").error().value(), ENOSPC);
  EXPECT_EQ(*read_file(fs, dir + "/f"), "012345");
}

}  // namespace
}  // namespace relay::test
