// The log's files: the segments of one generation, oldest first, the last one open for writing.
//
//  (1) Called on the disk thread alone, one call at a time; every call may block for as long as the
//  disk likes. (2) A failed append or sync leaves the files as a crash would. The only way on is
//  begin_at(), at a place up to which
//      everything is known to be stored: no byte is ever written behind a hole.
//  (3) A segment ends where the next begins, also when it holds bytes past that: they were cut
//  away. (4) What lies before the last segment's base is synced, and so is what lies before `at`
//      when begin_at() has succeeded.
#pragma once

#include "common/io/file.h"
#include "proxy/config/config.h"
#include "proxy/log/chunk.h"
#include "proxy/log/retention.h"
#include "proxy/log/segment_writer.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace relay {

// A run of bytes of one chunk, which it keeps alive until the disk has them.
struct LogPiece {
  ChunkPtr chunk;
  std::string_view bytes;
};

class LogFiles {
 public:
  // `segments` are what recovery found; nothing is open until begin_at().
  LogFiles(FileSystem& fs, std::string directory, const Config::Log& settings,
           std::vector<SegmentInfo> segments);

  // Cuts the log back to `at` and begins a segment there. `boundary` is the last command border,
  // not past `at`. Where what is there does not reach `at`, all of it is gone from segments().
  Result<void> begin_at(Offset at, Offset boundary);
  // A fresh start after a hole: nothing that is on disk is of use any more.
  Result<void> begin_anew(Offset at, Offset boundary);
  // Appends at the end. Begins a new segment first where the last one is full; that one is synced,
  // and given up to the kernel's mercy no more.
  Result<void> append(std::span<const LogPiece> pieces, Offset boundary);
  // More has gathered than the disk takes as it comes: until further notice the page cache takes it.
  void use_page_cache(bool wanted) { wants_cache_ = wanted; }
  Result<void> sync();
  // Removes the segments that end at or before `begin`, oldest first; never the last. What could be
  // removed is gone from segments(), also after an error.
  Result<void> trim(Offset begin);
  // Ends the last segment for good: the process is about to stop.
  Result<void> close();

  // The last call failed in a sync of what had been appended: the kernel may have dropped any of it
  // that was not synced before, and a later sync that succeeds does not bring it back.
  bool sync_failed() const { return sync_failed_; }

  const std::vector<SegmentInfo>& segments() const { return segments_; }
  // Large appends go past the page cache at present.
  bool uses_direct_io() const { return writer_ && writer_->uses_direct_io(); }
  Offset end() const { return segments_.empty() ? Offset() : segments_.back().end; }

 private:
  Result<void> settle(Offset at);
  Result<void> store_runs(Offset boundary);
  Result<void> roll();
  Offset border_before(Offset at, Offset known) const;
  Result<void> open_segment(Offset at, Offset boundary);

  FileSystem& fs_;
  const std::string directory_;
  const std::uint64_t segment_size_;
  const std::size_t direct_from_;
  std::vector<SegmentInfo> segments_;
  std::unique_ptr<SegmentWriter> writer_;
  std::vector<std::string_view> runs_;  // of one append(); kept for its memory
  bool sync_failed_ = false;
  bool wants_cache_ = false;
  bool refusal_is_said_ = false;
  Offset boundary_;         // the last one that a frame named
  Offset synced_boundary_;  // the last one that a synced frame named
};

}  // namespace relay
