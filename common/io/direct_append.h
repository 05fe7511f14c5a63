// Large writes, each beginning where the last one ended, past the page cache: the disk takes the
// bytes out of our memory. Through the cache a gigabyte costs several times the CPU, and fills a
// container's memory with what nobody is going to read.
//
//  (1) A disk takes whole blocks. The last block of a write is filled up with zeros, and written
//      again, then with what belongs there, by the next one: behind what was written the file may
//      end in less than a block of zeros, until it is resized.
//  (2) What stands before a write in its first block stays as it is: it is remembered from the last
//      write, or read.
//  (3) It is the same file to whoever uses it in another way. The system sees to that, as long as
//      nobody else writes where this writes.
//  (4) An error is the disk's own. That the file system cannot do this at all is found at start.
//
// Threading: one thread at a time.
#pragma once

#include "common/base/result.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

namespace relay {

class DirectAppend {
 public:
  // A block of any disk: both the memory and the place in the file are multiples of it.
  static constexpr std::size_t kBlock = 4096;
  // What one write to the disk carries at most.
  static constexpr std::size_t kMost = std::size_t{2} << 20;

  // A second way into the file that `fd` is open for; `fd` stays the caller's and outlives this.
  static Result<std::unique_ptr<DirectAppend>> begin(int fd);
  ~DirectAppend();
  DirectAppend(const DirectAppend&) = delete;
  DirectAppend& operator=(const DirectAppend&) = delete;

  // All of the pieces, one behind the other, or an error (after which any part may be there).
  Result<void> write_at(std::uint64_t position, std::span<const std::string_view> pieces);
  // The file has been written to in another way.
  void forget_last_block() { known_until_ = 0; }

 private:
  DirectAppend(int direct, int cached);
  Result<void> load_first_block(std::uint64_t position);
  Result<void> flush(std::size_t filled);

  struct Free {
    void operator()(char* bytes) const { std::free(bytes); }
  };

  const int direct_;
  const int cached_;
  const std::unique_ptr<char, Free> block_;  // kMost bytes, aligned
  std::uint64_t at_ = 0;                     // the place in the file of their first byte
  std::uint64_t known_until_ = 0;  // the bytes from at_ to here are in block_; 0: nothing is known
};

}  // namespace relay
