#include "common/io/file_watch.h"

#include "common/io/offload.h"
#include "tests/support/config_mount.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"
#include "tests/support/wait_until.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

namespace relay::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

class FileWatching : public ::testing::Test {
 protected:
  void arm(std::vector<std::string> paths) {
    bool done = false;
    asio::co_spawn(context_, watch_.arm(worker_.executor(), std::move(paths)),
                   [&](const std::exception_ptr& failure) {
                     EXPECT_FALSE(failure);
                     done = true;
                   });
    run_until(done);
  }
  bool wait_for(std::chrono::milliseconds limit) {
    bool done = false;
    bool told = false;
    asio::co_spawn(context_, watch_.wait_for(limit),
                   [&](const std::exception_ptr& failure, bool result) {
                     EXPECT_FALSE(failure);
                     told = result;
                     done = true;
                   });
    run_until(done);
    return told;
  }
  bool is_told() { return wait_for(kPatience); }
  bool is_quiet() { return !wait_for(1ms); }

  std::string file() const { return (dir_ / "relay.yaml").string(); }

  TempDir dir_;
  asio::io_context context_{1};
  WorkerThreads worker_;
  FileWatch watch_{context_.get_executor()};

 private:
  void run_until(const bool& done) {
    context_.restart();
    while (!done) ASSERT_GT(context_.run_one_for(2 * kPatience), 0U);
  }
};

TEST_F(FileWatching, AFileWrittenInPlaceIsTold) {
  write_text(file(), "a");
  arm({file()});
  EXPECT_TRUE(is_quiet());
  write_text(file(), "b");
  EXPECT_TRUE(is_told());
  EXPECT_TRUE(is_quiet());
}

TEST_F(FileWatching, AFileRenamedOverItIsTold) {
  write_text(file(), "a");
  write_text(dir_ / "new", "b");
  arm({file()});
  EXPECT_TRUE(is_quiet());
  fs::rename(dir_ / "new", file());
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, AConfigMapIsFollowedThroughEachOfItsUpdates) {
  ConfigMount mount({{"relay.yaml", "a"}, {"password", "b"}});
  for (int i = 0; i < 3; ++i) {
    arm({mount.path("relay.yaml"), mount.path("password")});
    EXPECT_TRUE(is_quiet());
    mount.update({{"relay.yaml", "c"}, {"password", "d"}});
    EXPECT_TRUE(is_told());
  }
}

TEST_F(FileWatching, WhereALinkLeadsIsWatchedAndTheLinkItself) {
  fs::create_directory(dir_ / "etc");
  fs::create_directory(dir_ / "real");
  write_text(dir_ / "real/one", "a");
  write_text(dir_ / "real/other", "a");
  fs::create_symlink("../real/one", dir_ / "etc/relay.yaml");
  arm({(dir_ / "etc/relay.yaml").string()});
  EXPECT_TRUE(is_quiet());
  write_text(dir_ / "real/one", "b");
  EXPECT_TRUE(is_told());
  fs::create_symlink("../real/other", dir_ / "etc/next");
  EXPECT_TRUE(is_told());
  fs::rename(dir_ / "etc/next", dir_ / "etc/relay.yaml");
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, AFileThatIsRemovedAndOneThatComesBackAreTold) {
  write_text(file(), "a");
  arm({file()});
  fs::remove(file());
  EXPECT_TRUE(is_told());
  arm({file()});
  EXPECT_EQ(watch_.fault(), "");
  EXPECT_TRUE(is_quiet());
  write_text(file(), "a");
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, ADirectoryThatVanishesAndComesBackIsTold) {
  const fs::path inner = dir_ / "a/b";
  fs::create_directories(inner);
  write_text(inner / "relay.yaml", "a");
  const std::string path = (inner / "relay.yaml").string();
  arm({path});
  EXPECT_TRUE(is_quiet());
  fs::remove_all(dir_ / "a");
  EXPECT_TRUE(is_told());
  arm({path});
  EXPECT_EQ(watch_.fault(), "");
  (void)wait_for(1ms);  // the end of the first watch may be told
  EXPECT_TRUE(is_quiet());
  fs::create_directory(dir_ / "a");
  EXPECT_TRUE(is_told());
  arm({path});
  fs::create_directory(inner);
  EXPECT_TRUE(is_told());
  arm({path});
  write_text(inner / "relay.yaml", "a");
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, ADirectoryThatIsMovedAwayIsTold) {
  fs::create_directory(dir_ / "etc");
  write_text(dir_ / "etc/relay.yaml", "a");
  arm({(dir_ / "etc/relay.yaml").string()});
  EXPECT_TRUE(is_quiet());
  fs::rename(dir_ / "etc", dir_ / "etc.old");
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, WhatMayBeReadAgainIsTold) {
  write_text(file(), "a");
  fs::permissions(file(), fs::perms::none);
  arm({file()});
  EXPECT_TRUE(is_quiet());
  fs::permissions(file(), fs::perms::owner_read);
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, WhatChangesBeforeAnybodyWaitsIsNotLost) {
  write_text(file(), "a");
  arm({file()});
  write_text(file(), "b");
  fs::remove(file());
  arm({file()});
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, WhatIsNoLongerNamedIsNoLongerTold) {
  fs::create_directory(dir_ / "one");
  fs::create_directory(dir_ / "other");
  write_text(dir_ / "one/file", "a");
  write_text(dir_ / "other/file", "a");
  arm({(dir_ / "one/file").string()});
  arm({(dir_ / "other/file").string()});
  (void)wait_for(1ms);  // the end of the first watch is told
  write_text(dir_ / "one/file", "b");
  EXPECT_TRUE(is_quiet());
  write_text(dir_ / "other/file", "b");
  EXPECT_TRUE(is_told());
}

TEST_F(FileWatching, OneThatIsWokenComesBackAlsoWhereItWaitsOnlyLater) {
  arm({file()});
  watch_.wake();
  EXPECT_TRUE(is_told());
  asio::post(context_, [this] { watch_.wake(); });
  EXPECT_TRUE(is_told());
  EXPECT_TRUE(is_quiet());
}

TEST_F(FileWatching, WithoutInotifyItSaysSoAndTheLimitEndsTheWait) {
  write_text(file(), "a");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  (void)wait_for(1ms);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  arm({file()});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(watch_.fault(), HasSubstr("inotify: "));
  write_text(file(), "b");
  EXPECT_TRUE(is_quiet());
  asio::post(context_, [this] { watch_.wake(); });
  EXPECT_TRUE(is_told());
  // The limit is over.
  arm({file()});
  EXPECT_EQ(watch_.fault(), "");
  write_text(file(), "c");
  EXPECT_TRUE(is_told());
}

TEST(DirectoriesOnTheWay, AreThoseOfTheNameAndOfEachLink) {
  TempDir dir;
  fs::create_directories(dir / "a/b");
  write_text(dir / "a/b/file", "");
  fs::create_symlink(dir / "a", dir / "whole");
  fs::create_symlink("b/../b/file", dir / "a/link");
  fs::create_symlink("loop", dir / "a/loop");
  const std::string root = dir.path().string();
  EXPECT_THAT(directories_on_the_way(root + "/a/b/file"), ElementsAre(root + "/a/b"));
  EXPECT_THAT(directories_on_the_way(root + "/a/b/../b/./file"), ElementsAre(root + "/a/b"));
  EXPECT_THAT(directories_on_the_way(root + "/whole/link"),
              UnorderedElementsAre(root, root + "/a", root + "/a/b"));
  EXPECT_THAT(directories_on_the_way(root + "/a/none/file"), ElementsAre(root + "/a"));
  EXPECT_THAT(directories_on_the_way(root + "/a/loop"), ElementsAre(root + "/a"));
  EXPECT_THAT(directories_on_the_way(root + "/a/b/file/below"), ElementsAre(root + "/a/b"));
}

}  // namespace
}  // namespace relay::test
