#include "tests/support/temp_dir.h"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace relay::test {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "psync-relay-test-XXXXXX");
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
  }
  path_ = pattern;
}

TempDir::~TempDir() {
  if (std::getenv("PSYNC_TEST_KEEP") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;  // a server of ours that is just dying may still create a file
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace relay::test
