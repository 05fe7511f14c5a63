// A file system in memory that knows what a crash would leave: bytes only once their file was
// synced, names only once their directory was.
//
//  (1) crash() makes a new file system of what is durable; this one goes on unchanged, so that one
//      run can be crashed in several ways at the same moment.
//  (2) Unsynced changes of a file (writes, resizes) may each survive a crash or not, a write also
//      in part: a torn crash draws that by its seed. Of a directory's unsynced names the first
//      so-many survive, in the order they were made, as journals do it.
//  (3) Directories are trees; a name whose directory did not survive did not survive either. The
//      root, "", always does.
//
// Faults come from wrapping this in a FaultyFileSystem. A rename moves within one directory.
//
// Threading: any; one mutex for all.
#pragma once

#include "common/io/file.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace relay::test {

struct MemoryDisk;

class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  // Power lost: what was synced.
  std::unique_ptr<MemoryFileSystem> crash() const;
  // Power lost while the kernel was writing back: what was synced and a part, drawn by `seed`, of
  // what was not.
  std::unique_ptr<MemoryFileSystem> torn_crash(std::uint64_t seed) const;
  // The process was killed: all that was written, which nothing but a power cut can lose.
  std::unique_ptr<MemoryFileSystem> process_kill() const;

  // Writes and resizes that need more than this in all fail with ENOSPC.
  void set_capacity(std::optional<std::uint64_t> bytes);

  // Appends that went past the page cache (File::append_directly), as far as memory has one.
  std::uint64_t direct_writes() const;

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
  explicit MemoryFileSystem(std::shared_ptr<MemoryDisk> disk);

  const std::shared_ptr<MemoryDisk> disk_;  // shared with the open files
};

}  // namespace relay::test
