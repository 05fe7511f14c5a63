// A chunk: one megabyte of the stream in memory. The upstream socket is read straight into the open
// chunk, sessions send straight out of chunks, the disk writer writes straight out of them: nothing
// copies a stream byte in user space.
//
//  (1) Append-only. A byte below `filled` never changes, so whoever holds a chunk may read it
//      without asking anyone.
//  (2) Alive while somebody holds it. The log lets go of a chunk when the disk has it; a reader may
//      keep it longer.
//  (3) Chunks of one log lie end to end; only the last one is being filled.
//
// Threading: the executor that appends. Other threads know how far the bytes go from a LogTail, and
// use what is marked so.
#pragma once

#include "common/base/check.h"
#include "common/base/offset.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace relay {

class Chunk {
 public:
  static constexpr std::size_t kSize = std::size_t{1} << 20;

  explicit Chunk(Offset base) : base_(base), bytes_(new char[kSize]) {}

  Offset base() const { return base_; }  // any thread
  Offset end() const { return base_ + filled_; }
  bool is_full() const { return filled_ == kSize; }
  bool holds(Offset at) const { return at >= base_ && at < end(); }

  std::span<char> space() { return {bytes_.get() + filled_, kSize - filled_}; }
  void fill(std::size_t n) {
    RELAY_CHECK(n <= kSize - filled_);
    filled_ += n;
  }
  // The bytes from `at`, which is in [base, end], to the end.
  std::string_view from(Offset at) const {
    RELAY_CHECK(at >= base_ && at <= end());
    const std::size_t skip = at.since(base_);
    return {bytes_.get() + skip, filled_ - skip};
  }
  // Any thread: the bytes from `at` to `end`, as far as they are in this chunk. The caller knows
  // that they have been published.
  std::string_view published(Offset at, Offset end) const {
    RELAY_CHECK(at >= base_ && at <= end);
    const std::size_t skip = at.since(base_);
    const std::size_t stop = std::min<std::uint64_t>(end.since(base_), kSize);
    RELAY_CHECK(skip <= stop);
    return {bytes_.get() + skip, stop - skip};
  }

  // The chunk that follows, linked before any byte of it is published.
  void link(std::shared_ptr<Chunk> next) { next_ = std::move(next); }
  // Any thread that knows of a published byte behind this chunk.
  const std::shared_ptr<Chunk>& next() const { return next_; }

 private:
  const Offset base_;
  std::size_t filled_ = 0;
  const std::unique_ptr<char[]> bytes_;
  std::shared_ptr<Chunk> next_;
};

using ChunkPtr = std::shared_ptr<Chunk>;

}  // namespace relay
