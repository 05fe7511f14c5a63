// A directory of the test's own, gone with the test. PSYNC_TEST_KEEP=1 leaves it behind, for
// looking at what a failure left.
#pragma once

#include <filesystem>

namespace relay::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace relay::test
