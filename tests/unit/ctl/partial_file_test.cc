#include "proxy/ctl/partial_file.h"

#include "proxy/ctl/fault.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <sys/stat.h>
#include <thread>

namespace relay {
namespace {

using test::read_text;
using test::TempDir;
using test::write_text;

std::size_t files_in(const TempDir& dir) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(dir.path()), {}));
}

TEST(PartialFile, BecomesTheFileWhenItIsWhole) {
  TempDir dir;
  write_text(dir / "dump.rdb", "of yesterday");
  {
    PartialFile file(dir / "dump.rdb");
    file.begin("\"a\"");
    file.append("one ");
    file.append("two");
    EXPECT_EQ(file.size(), 7u);
    EXPECT_EQ(read_text(dir / "dump.rdb"), "of yesterday");
    file.complete();
  }
  EXPECT_EQ(read_text(dir / "dump.rdb"), "one two");
  EXPECT_EQ(files_in(dir), 1u);
}

TEST(PartialFile, IsItsOwnersAlone) {
  TempDir dir;
  PartialFile file(dir / "dump.rdb");
  file.begin("a");
  struct stat found {};
  ASSERT_EQ(::stat(file.path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST(PartialFile, GoesOnWithWhatItHas) {
  TempDir dir;
  {
    PartialFile file(dir / "dump.rdb");
    EXPECT_EQ(file.etag(), "");
    file.begin("\"a\"");
    file.append("one ");
  }
  PartialFile file(dir / "dump.rdb");
  EXPECT_EQ(file.etag(), "\"a\"");
  EXPECT_EQ(file.size(), 4u);
  std::string had;
  file.read_back([&](std::string_view bytes) { had += bytes; });
  EXPECT_EQ(had, "one ");
  file.append("two");
  EXPECT_EQ(read_text(file.path()), "one two");
}

TEST(PartialFile, BeginningAnewLeavesNothingOfTheOldOne) {
  TempDir dir;
  PartialFile file(dir / "dump.rdb");
  file.begin("\"a\"");
  file.append("a long old one");
  file.begin("\"b\"");
  file.append("new");
  EXPECT_EQ(read_text(file.path()), "new");
  EXPECT_EQ(read_text(file.path() + ".etag"), "\"b\"");
  file.begin("");
  EXPECT_FALSE(std::filesystem::exists(file.path() + ".etag"));
}

TEST(PartialFile, IsWrittenByOneAtATime) {
  TempDir dir;
  const PartialFile first(dir / "dump.rdb");
  EXPECT_THROW(PartialFile(dir / "dump.rdb"), CtlFault);
}

// Whoever opens it in the moment before it is renamed or removed gets the lock of a file that is no
// longer there. Removed, because that is quick: the moment comes often.
TEST(PartialFile, WhatAnotherIsJustDoneWithIsLeftAlone) {
  TempDir dir;
  std::atomic<int> done = 0;
  std::atomic<int> without_name = 0;
  const auto download = [&] {
    while (done < 20'000) {
      try {
        PartialFile file(dir / "dump.rdb");
        if (!std::filesystem::exists(file.path())) ++without_name;
        file.discard();
        ++done;
      } catch (const CtlFault&) {
        std::this_thread::yield();  // the other one is at it
      }
    }
  };
  std::thread other(download);
  download();
  other.join();
  EXPECT_EQ(without_name, 0);
}

TEST(PartialFile, WhatCannotBeAFileIsSaidFirst) {
  TempDir dir;
  std::filesystem::create_directory(dir / "there");
  EXPECT_THROW(PartialFile(dir / "there"), CtlFault);
  EXPECT_THROW(PartialFile(dir / "nowhere/dump.rdb"), CtlFault);
}

TEST(PartialFile, IsDiscardedWithItsName) {
  TempDir dir;
  PartialFile file(dir / "dump.rdb");
  file.begin("a");
  file.discard();
  EXPECT_EQ(files_in(dir), 0u);
}

}  // namespace
}  // namespace relay
