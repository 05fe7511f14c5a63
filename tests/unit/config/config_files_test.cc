#include "proxy/config/config_files.h"

#include "tests/unit/config/temporary_file.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace relay {
namespace {

TEST(ConfigFiles, AreEqualToThemselvesUntilOneOfThemChanges) {
  const TemporaryFile one("a\n");
  const TemporaryFile other("b\n");
  ConfigFiles files;
  EXPECT_EQ(files.read(one.path(), 100).value(), "a\n");
  EXPECT_EQ(files.read(other.path(), 100).value(), "b\n");
  EXPECT_EQ(files.paths().size(), 2U);
  EXPECT_EQ(files.looked_at_again(), files);
  other.write("a\n");
  EXPECT_NE(files.looked_at_again(), files);
  other.write("b\n");
  EXPECT_EQ(files.looked_at_again(), files);
}

TEST(ConfigFiles, OneThatVanishesOrGrowsTooLargeIsAChange) {
  const TemporaryFile file("a");
  ConfigFiles files;
  (void)files.read(file.path(), 100);
  file.write(std::string(101, 'x'));
  const ConfigFiles large = files.looked_at_again();
  EXPECT_NE(large, files);
  EXPECT_EQ(large.looked_at_again(), large);
  ASSERT_EQ(::unlink(file.path().c_str()), 0);
  const ConfigFiles gone = large.looked_at_again();
  EXPECT_NE(gone, large);
  EXPECT_EQ(gone.looked_at_again(), gone);
  file.write("a");
  EXPECT_EQ(gone.looked_at_again(), files);
}

TEST(ConfigFiles, PipesAndDevicesHaveNoContentsAndAreNotOpenedToCompareThem) {
  ConfigFiles files;
  (void)files.read("/dev/zero", 10);
  EXPECT_EQ(files.looked_at_again(), files);
  const TemporaryFile file("a");
  (void)files.read(file.path(), 10);
  ASSERT_EQ(::unlink(file.path().c_str()), 0);
  ASSERT_EQ(::mkfifo(file.path().c_str(), 0600), 0);
  const ConfigFiles with_pipe = files.looked_at_again();  // to open it would never return
  EXPECT_NE(with_pipe, files);
  EXPECT_EQ(with_pipe.looked_at_again(), with_pipe);
}

TEST(ConfigFiles, APasswordIsAFilesFirstLineAndNeverEmpty) {
  ConfigFiles files;
  const TemporaryFile file("secret\r\n");
  EXPECT_EQ(read_password_file(file.path(), files).password, "secret");
  file.write("\n");
  EXPECT_EQ(read_password_file(file.path(), files).fault, file.path() + " is empty");
  EXPECT_EQ(read_password_file("/none", files).fault,
            "cannot read /none: No such file or directory");
  EXPECT_EQ(files.paths().size(), 2U);
}

}  // namespace
}  // namespace relay
