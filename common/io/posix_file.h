// The real file system, by plain POSIX calls (and a few of Linux, where they only advise).
//
//  (1) A call that a signal interrupts is made again; a short read or write is continued. What
//      comes back is the whole or an errno.
//  (2) Descriptors are not inherited by child processes.
//  (3) What a file system cannot do, and nobody depends on (reserving blocks, syncing a directory),
//      is no error.
//
// Threading: as common/io/file.h says; there is no state but the descriptors.
#pragma once

#include "common/io/file.h"

namespace relay {

class PosixFileSystem final : public FileSystem {
 public:
  enum class Access : std::uint8_t { kReadWrite, kReadOnly };

  // Read only: every call that would change anything fails with EROFS.
  explicit PosixFileSystem(Access access = Access::kReadWrite) : access_(access) {}

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
  bool is_read_only() const { return access_ == Access::kReadOnly; }

  const Access access_;
};

}  // namespace relay
