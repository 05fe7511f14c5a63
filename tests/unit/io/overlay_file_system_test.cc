#include "common/io/overlay_file_system.h"

#include "common/io/posix_file.h"
#include "tests/support/disk/file_tree.h"
#include "tests/support/disk/memory_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <random>

namespace relay::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct OverlayTest : testing::Test {
  OverlayTest() {
    for (const char* dir : {"top", "top/a", "top/b"}) (void)below.make_directory(dir);
    for (const char* path : {"top/one", "top/a/two", "top/a/three", "top/b/four"}) {
      (void)(*below.create(path))->write_at(0, std::string(10, 'x') + path);
    }
  }

  MemoryFileSystem below;
  OverlayFileSystem overlay{below};
};

TEST_F(OverlayTest, ShowsWhatIsBelow) {
  EXPECT_EQ(tree_of(overlay, "top"), tree_of(below, "top"));
  EXPECT_EQ(overlay.open("top/none").error().value(), ENOENT);
  EXPECT_EQ(overlay.list("top/none").error().value(), ENOENT);
  EXPECT_THAT(overlay.changes(), IsEmpty());
}

TEST_F(OverlayTest, SaysWhatWasDoneToWhatIsBelow) {
  ASSERT_TRUE((*overlay.open("top/one"))->resize(3));
  ASSERT_TRUE(overlay.rename("top/a/two", "top/a/two.damaged"));
  ASSERT_TRUE(overlay.remove("top/a/three"));
  ASSERT_TRUE(overlay.rename("top/a", "top/a.damaged"));
  ASSERT_TRUE(overlay.remove_tree("top/b"));
  ASSERT_TRUE(overlay.create("top/new"));
  ASSERT_TRUE(overlay.remove("top/new"));
  ASSERT_TRUE(overlay.make_directory("top/made"));
  ASSERT_TRUE(overlay.rename("top/made", "top/moved"));
  EXPECT_THAT(overlay.changes(),
              ElementsAre("cut top/one to 3 bytes", "rename top/a/two to top/a/two.damaged",
                          "remove top/a/three", "rename top/a to top/a.damaged",
                          "remove top/b and all in it"));
}

// Everything that a start does, in any order: through the overlay it looks as if it had been done,
// and below nothing is.
TEST_F(OverlayTest, AnyChangesLookLikeThoseOfARealDiskAndAreNone) {
  const std::string before = tree_of(below, "top");
  constexpr std::array kFiles{"one", "a/two", "a/three", "b/four", "five", "b/six"};
  constexpr std::array kDirectories{"a", "b", "c"};
  std::mt19937 random(5);
  for (int life = 0; life < 300; ++life) {
    OverlayFileSystem seen(below);
    const auto truth = below.process_kill();
    const auto on_both = [&](const std::function<void(FileSystem&)>& change) {
      change(seen);
      change(*truth);
    };
    for (int step = 0; step < 12; ++step) {
      const std::string file = "top/" + std::string(kFiles[random() % kFiles.size()]);
      const std::string other = "top/" + std::string(kFiles[random() % kFiles.size()]);
      const std::string directory = "top/" + std::string(kDirectories[random() % 3]);
      const std::uint64_t position = random() % 30;
      switch (random() % 8) {
        case 0:
          on_both([&](FileSystem& fs) {
            if (auto made = fs.create(file)) (void)(*made)->write_at(0, "new");
          });
          break;
        case 1:
          on_both([&](FileSystem& fs) {
            if (auto there = fs.open(file)) (void)(*there)->write_at(position, "written");
          });
          break;
        case 2:
          on_both([&](FileSystem& fs) {
            if (auto there = fs.open(file)) (void)(*there)->resize(position);
          });
          break;
        case 3:
          on_both([&](FileSystem& fs) { (void)fs.remove(file); });
          break;
        case 4:
          // Nobody moves a file into another directory.
          if (file.substr(0, file.rfind('/')) == other.substr(0, other.rfind('/')))
            on_both([&](FileSystem& fs) { (void)fs.rename(file, other); });
          break;
        case 5:
          on_both([&](FileSystem& fs) { (void)fs.remove_tree(directory); });
          break;
        case 6:
          on_both([&](FileSystem& fs) { (void)fs.make_directory(directory); });
          break;
        default:
          on_both([&](FileSystem& fs) {
            (void)fs.remove_tree(directory + ".damaged");
            (void)fs.rename(directory, directory + ".damaged");
          });
      }
      ASSERT_EQ(tree_of(seen, "top"), tree_of(*truth, "top"))
          << "life " << life << ", step " << step;
    }
    ASSERT_EQ(tree_of(below, "top"), before);
  }
}

TEST(PosixFileSystemReadOnly, ReadsAndChangesNothing) {
  std::string dir = "read-only-XXXXXX";
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  PosixFileSystem all;
  ASSERT_TRUE((*all.create(dir + "/f"))->write_at(0, "bytes"));
  PosixFileSystem fs(PosixFileSystem::Access::kReadOnly);
  EXPECT_EQ(*read_file(fs, dir + "/f"), "bytes");
  EXPECT_TRUE((*fs.open(dir + "/f"))->write_at(0, "other").has_error());
  EXPECT_TRUE((*fs.open(dir + "/f"))->resize(0).has_error());
  EXPECT_EQ(fs.create(dir + "/g").error().value(), EROFS);
  EXPECT_EQ(fs.rename(dir + "/f", dir + "/g").error().value(), EROFS);
  EXPECT_EQ(fs.remove(dir + "/f").error().value(), EROFS);
  EXPECT_EQ(fs.remove_tree(dir).error().value(), EROFS);
  EXPECT_EQ(fs.make_directory(dir + "/d").error().value(), EROFS);
  EXPECT_EQ(*read_file(all, dir + "/f"), "bytes");
  EXPECT_THAT(*fs.list(dir), ElementsAre("f"));
  EXPECT_TRUE(all.remove_tree(dir));
}

}  // namespace
}  // namespace relay::test
