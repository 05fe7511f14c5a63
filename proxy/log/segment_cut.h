// Takes segments, or parts of them, out of a log: at its end where the stream is cut back, at its
// front where retention says so.
//
//  (1) After a crash at any step what is on disk is still one contiguous log without a foreign
//  byte: as long as before, as short as
//      asked, or in between.
//  (2) What is cut away is gone from the files, not only hidden by the base of a later segment:
//  when that later segment
//      goes, nothing old can come back.
//  (3) A file is rewritten in place only behind the bytes that stay.
//
// A cut is durable when the call returns. Whoever records a new replication id for what follows
// records it after that.
//
// Threading: the disk writer's thread, or start-up. No SegmentWriter of this directory is in use
// meanwhile; readers may be.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"
#include "common/io/file.h"
#include "proxy/log/segment_info.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace relay {

// Makes the log in `dir` end at `b`, so that a SegmentWriter may begin there, and returns the
// segments that remain, each sealed, the last ending at `b`. Segments at or behind `b` are removed;
// the one that holds `b` is cut (where `b` lies inside a frame, the part of the frame that stays
// becomes a small segment of its own). Where what is there does not reach `b`, nothing can remain
// (no hole is ever stored) and the result is empty. After a failed write or sync `b` is the last
// durable offset.
Result<std::vector<SegmentInfo>> begin_log_at(FileSystem& fs, const std::string& dir, Offset b);

// Removes these segments, the oldest of the log, in this order, each durably before the next.
Result<void> remove_oldest(FileSystem& fs, const std::string& dir,
                           std::span<const SegmentInfo> segments);

// Cuts one segment at `at` (> its base) and seals it. The offset up to which it holds the stream:
// `at`, or less where its whole frames end before; then nothing was changed. Part of begin_log_at()
// and of recovery.
Result<Offset> cut_segment(FileSystem& fs, const std::string& dir, Offset base, Offset at);

}  // namespace relay
