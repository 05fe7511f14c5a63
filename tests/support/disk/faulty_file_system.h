// Any file system, with the faults of a plan: every call meets the plan first and reaches the disk
// below only if the plan lets it.
//
// Threading: as the file system below. `below` and `plan` outlive this and its files.
#pragma once

#include "common/io/file.h"
#include "tests/support/disk/fault_plan.h"

namespace relay::test {

class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem(FileSystem& below, FaultPlan& plan) : below_(below), plan_(plan) {}

  Result<std::unique_ptr<File>> create(const std::string& path) override;
  Result<std::unique_ptr<File>> open(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> remove_tree(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<Space> space(const std::string& directory) override;

 private:
  FileSystem& below_;
  FaultPlan& plan_;
};

}  // namespace relay::test
