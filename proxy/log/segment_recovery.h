// What of a log is usable after a stop of any kind, and what is not and why.
//
//  (1) Only the last segment may be torn. A tear is cut at the last whole frame; that is the normal
//  trace of a crash. (2) Damage elsewhere makes a hole. What lies before the hole, and the damaged
//  segment, is set aside as *.damaged; the newest
//      contiguous run is the log. Nothing is repaired silently, and what is not verified is never
//      handed out (SegmentReader verifies what this has not).
//  (3) Each repair is one step that a crash may follow; running again continues, and running on its
//  own result changes nothing.
//
// Start-up time: the last segment is verified in full; of the others the header and the seal are
// read, two small reads each, so a log of 10 GB costs what its last segment costs. A segment
// without a whole seal is verified in full.
//
// Threading: start-up, before anything else uses the directory.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"
#include "common/io/file.h"
#include "proxy/log/segment_info.h"

#include <cstdint>
#include <string>
#include <vector>

namespace relay {

struct RecoveredLog {
  std::vector<SegmentInfo>
      segments;  // oldest first; empty: there is no log, and the offsets say nothing
  Offset begin;
  Offset end;
  Offset boundary;                     // <= end; may lie before `begin`
  std::vector<std::string> incidents;  // one sentence each, for the operator
  bool is_damaged = false;             // ... and one of them is no trace of a crash
  std::uint64_t lost_bytes = 0;        // of segment files, cut off or set aside

  bool empty() const { return segments.empty(); }
};

struct RecoveryOptions {
  bool verify_all = false;  // every frame of every segment
};

// An error means that nothing can be said (the disk does not answer) or that a newer relay wrote
// this (kUnsupported): the files are then as they were, or a repair further. Next the caller calls
// begin_log_at(boundary) and begins a SegmentWriter there.
Result<RecoveredLog> recover_log(FileSystem& fs, const std::string& dir,
                                 RecoveryOptions options = {});

}  // namespace relay
