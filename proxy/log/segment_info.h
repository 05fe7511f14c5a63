// What is known of a segment without reading its frames: its name, its header, its seal and the
// size of its file.
//
//  (1) Segments are ordered by base. Each continues the one before: base = the end of that one.
//  (2) Looking changes nothing; what is wrong with a segment is judged by recovery, not here.
//
// Threading: none of its own; calls block on the disk.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"
#include "common/io/file.h"
#include "proxy/log/segment_format.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay {

struct SegmentInfo {
  Offset base;
  Offset end;  // of the last segment of a log that is being written: as of when this was made
  std::uint64_t file_bytes = 0;
  std::chrono::system_clock::time_point newest;  // when its last byte was written, or a later time
};

// The file of a segment in the log's directory `dir`.
std::string segment_path(const std::string& dir, Offset base);

struct SegmentFile {
  Offset base;                   // by its name
  Result<SegmentHeader> header;  // kTorn, kDamaged (also where it names another base), kUnsupported
  std::optional<SegmentSeal> seal;  // there and whole
  std::uint64_t file_bytes = 0;
};

Result<SegmentFile> look_at_segment(File& file, Offset base);
// All files in `dir` that are named as segments, by base. A directory that does not exist holds
// none.
Result<std::vector<SegmentFile>> look_at_segments(FileSystem& fs, const std::string& dir);

// The same as a contiguous log that ends at `end`. A segment without a seal counts as just written.
std::vector<SegmentInfo> describe(const std::vector<SegmentFile>& files, Offset end);

}  // namespace relay
