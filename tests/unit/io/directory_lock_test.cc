#include "common/io/directory_lock.h"

#include "common/io/posix_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

namespace relay {
namespace {

struct DirectoryLockTest : testing::Test {
  DirectoryLockTest() {
    std::string pattern = testing::TempDir() + "/relay-XXXXXX";
    dir = ::mkdtemp(pattern.data());
  }
  ~DirectoryLockTest() override { EXPECT_TRUE(PosixFileSystem().remove_tree(dir)); }

  std::string dir;
};

TEST_F(DirectoryLockTest, SecondTakerIsRefusedAndToldWhoHasIt) {
  auto lock = DirectoryLock::take(dir);
  ASSERT_TRUE(lock);
  EXPECT_EQ(DirectoryLock::take(dir).error().value(), EWOULDBLOCK);
  EXPECT_EQ(DirectoryLock::holder(dir), "held by pid " + std::to_string(::getpid()));
}

TEST_F(DirectoryLockTest, LockIsFreeOnceGivenUp) {
  { ASSERT_TRUE(DirectoryLock::take(dir)); }
  EXPECT_TRUE(DirectoryLock::take(dir));
}

TEST_F(DirectoryLockTest, MovedLockIsHeldByItsNewOwner) {
  auto lock = DirectoryLock::take(dir);
  ASSERT_TRUE(lock);
  {
    DirectoryLock moved = std::move(*lock);
    EXPECT_FALSE(DirectoryLock::take(dir));
  }
  EXPECT_TRUE(DirectoryLock::take(dir));
}

TEST_F(DirectoryLockTest, FileLeftByADeadProcessLocksNobodyOut) {
  std::ofstream(dir + "/LOCK") << "999999999999999999999 or so";
  auto lock = DirectoryLock::take(dir);
  ASSERT_TRUE(lock);
  EXPECT_EQ(DirectoryLock::holder(dir), "held by pid " + std::to_string(::getpid()));
}

TEST_F(DirectoryLockTest, HolderThatDoesNotSayIsAnotherProcess) {
  EXPECT_EQ(DirectoryLock::holder(dir), "held by another process");
  std::ofstream(dir + "/LOCK") << "junk";
  EXPECT_EQ(DirectoryLock::holder(dir), "held by another process");
}

TEST_F(DirectoryLockTest, DirectoryThatIsNotThereIsAnError) {
  EXPECT_EQ(DirectoryLock::take(dir + "/none").error().value(), ENOENT);
}

}  // namespace
}  // namespace relay
