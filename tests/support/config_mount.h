// A directory as the kubelet mounts a ConfigMap or a Secret: each file is a symbolic link through
// `..data`, and an update makes a new directory and sets `..data` to it with one rename.
//
// Threading: one thread.
#pragma once

#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"

#include <filesystem>
#include <map>
#include <string>

namespace relay::test {

class ConfigMount {
 public:
  using Files = std::map<std::string, std::string>;  // by name

  explicit ConfigMount(const Files& files) {
    update(files);
    for (const auto& [name, text] : files) {
      std::filesystem::create_symlink(std::filesystem::path("..data") / name, dir_ / name);
    }
  }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  void update(const Files& files) {
    const std::string before = version_;
    version_ = "..version_" + std::to_string(++updates_);
    std::filesystem::create_directory(dir_ / version_);
    for (const auto& [name, text] : files) write_text(dir_ / version_ / name, text);
    std::filesystem::create_symlink(version_, dir_ / "..data_tmp");
    std::filesystem::rename(dir_ / "..data_tmp", dir_ / "..data");
    if (!before.empty()) std::filesystem::remove_all(dir_ / before);
  }

 private:
  TempDir dir_;
  std::string version_;
  int updates_ = 0;
};

}  // namespace relay::test
