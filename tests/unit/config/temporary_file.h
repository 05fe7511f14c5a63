// A file that lives as long as a test needs it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace relay {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view contents) {
    std::string name = testing::TempDir() + "psync-relay-config-XXXXXX";
    const int fd = mkstemp(name.data());
    EXPECT_GE(fd, 0);
    close(fd);
    path_ = name;
    write(contents);
  }
  ~TemporaryFile() { unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view contents) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << contents;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace relay
