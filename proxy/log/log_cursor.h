// A cursor: a place in the log and the next bytes from there. This is all that a replica costs.
//
//  (1) Yields exactly the bytes [position, end), in order. It never blocks or slows the writer.
//  (2) Near the end it reads out of chunks. Behind what memory holds it is cold: the bytes are in a
//  segment, and the caller
//      reads them through a ColdReader, on a disk thread.
//  (3) If trimming passes it, it is overtaken, for good: it never skips.
//  (4) It may stand past the end (a snapshot can be newer than what our link has received): then
//  there is nothing yet. (5) Between two calls it keeps no chunk alive: a replica that has stopped
//  reading holds no memory.
//
// The log outlives it. Threading: the control executor.
#pragma once

#include "proxy/log/chunk.h"
#include "proxy/log/replication_log.h"

#include <string_view>

namespace relay {

class LogCursor {
 public:
  enum class Found { kBytes, kCaughtUp, kCold, kOvertaken };

  struct Next {
    Found found;
    ChunkPtr chunk;          // keeps the bytes alive
    std::string_view bytes;  // with kBytes
  };

  LogCursor(const ReplicationLog& log, Offset at) : log_(&log), position_(at) {}

  Offset position() const { return position_; }
  void advance(std::uint64_t n) { position_ += n; }

  Next next() {
    if (position_ >= log_->end()) return {Found::kCaughtUp, nullptr, {}};
    if (position_ < log_->begin()) return {Found::kOvertaken, nullptr, {}};
    ChunkPtr chunk = cuts_ == log_->cuts() ? recent_.lock() : nullptr;
    if (!chunk || !chunk->holds(position_)) {
      chunk = log_->chunk_at(position_);
      recent_ = chunk;
      cuts_ = log_->cuts();
      if (!chunk) return {Found::kCold, nullptr, {}};
    }
    const std::string_view bytes = chunk->from(position_);
    return {Found::kBytes, std::move(chunk), bytes};
  }

 private:
  const ReplicationLog* log_;
  Offset position_;
  std::weak_ptr<Chunk> recent_;  // where the last bytes came from
  unsigned cuts_ = 0;
};

}  // namespace relay
