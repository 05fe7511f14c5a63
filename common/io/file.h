// The border between the relay and its disk: what the log, the snapshots and the histories need of
// a file system, and nothing more. PosixFileSystem is the real one; the tests' fake drops unsynced
// bytes at a "crash" and fails or stalls the n-th call.
//
//  (1) Reads and writes name their position; a File has none of its own, so one thread may read
//      what another writes.
//  (2) A name is durable only after sync_directory() of its directory; bytes only after sync() of
//      their file.
//  (3) Calls block. They are made on the disk threads, at start-up, and nowhere else.
//
// Threading: a File and a FileSystem may be used from several threads at a time.
#pragma once

#include "common/base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

class File {
 public:
  virtual ~File() = default;

  // As many bytes as there are, up to the span's size; fewer only where the file ends.
  virtual Result<std::size_t> read_at(std::uint64_t position, std::span<char> into) = 0;
  // All of the pieces, one behind the other, or an error (after which any part of them may be
  // there).
  virtual Result<void> write_at(std::uint64_t position,
                                std::span<const std::string_view> pieces) = 0;
  Result<void> write_at(std::uint64_t position, std::string_view bytes) {
    return write_at(position, std::span<const std::string_view>(&bytes, 1));
  }
  virtual Result<void> sync() = 0;  // fdatasync
  // Blocks for the first `size` bytes are set aside; the file's size does not change. Where the
  // file system cannot, nothing happens and that is no error.
  virtual Result<void> reserve(std::uint64_t size) = 0;
  virtual Result<void> resize(std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size() = 0;
  // From now on what is written only ever goes behind what is there, and a write of `at_least` bytes
  // may take a way to the disk that leaves up to a block of zeros behind it (DirectAppend), which
  // the next write or a resize takes away. Advice only: where the file system has no such way, the
  // reason comes back and nothing is different. May be called again, with another limit.
  virtual Result<void> append_directly([[maybe_unused]] std::size_t at_least) { return {}; }
  virtual bool appends_directly() const { return false; }
  // These bytes will not be read again soon: write them out and let the page cache forget them.
  // Advice only.
  virtual void forget(std::uint64_t position, std::uint64_t length) = 0;
  // For the system to send it without a copy. None: it can only be read.
  virtual std::optional<int> descriptor() const { return std::nullopt; }
};

struct Space {
  std::uint64_t total = 0;
  std::uint64_t available = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // emptied if it is there
  virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
  virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;  // to read and write
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;  // no error if it is not there
  // a directory and all in it; likewise
  virtual Result<void> remove_tree(const std::string& path) = 0;
  virtual Result<void> make_directory(const std::string& path) = 0;  // no error if it is there
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual Result<void> sync_directory(const std::string& directory) = 0;
  virtual Result<Space> space(const std::string& directory) = 0;
};

// Reads a whole small file. Errors as read_at and open.
Result<std::string> read_file(FileSystem& fs, const std::string& path);

// Replaces a small file so that a crash leaves the old contents or the new, never a mixture: temp
// file, sync, rename, sync of the directory.
Result<void> replace_file(FileSystem& fs, const std::string& directory, const std::string& name,
                          std::string_view contents);

}  // namespace relay
