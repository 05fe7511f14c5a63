// Reads the stream's bytes out of one segment, for a cursor that lags and for recovery's tests.
//
//  (1) A byte is handed out only after the checksum of its whole frame was found right.
//  (2) Nothing at or behind `limit` is handed out, whatever the file holds there: behind it the
//      file may be in the middle of a write, or hold bytes that a cut took out of the log.
//  (3) Memory: one frame of at most 64 KiB and its header.
//
// A segment that is cut while it is read ends earlier than it did: the reader then says kTorn, and
// the caller asks the log again which segment holds the place.
//
// Threading: one thread at a time; the file may be written meanwhile.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"
#include "common/io/file.h"
#include "proxy/log/segment_frames.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace relay {

class SegmentReader {
 public:
  // kTorn or kDamaged for a header that is not whole or names another base, kUnsupported, or why it
  // cannot be opened.
  static Result<std::unique_ptr<SegmentReader>> open(FileSystem& fs, const std::string& path,
                                                     Offset base);

  // Bytes from `at` (>= base) on: as many as `into` takes and `limit` allows, 0 only where at >=
  // limit or `into` is empty. kTorn: the data ends before `at` + 1; kDamaged: it is there and
  // wrong; otherwise the error of the read. Bytes before a bad place are handed out first, the
  // error comes with the call that begins there. Reading on where the last call ended is cheap, a
  // jump forward costs a look at each frame's header, a jump back begins at the first frame.
  Result<std::size_t> read(Offset at, std::span<char> into, Offset limit);
  // The same without a copy, as far as one frame goes: good until the next call.
  Result<std::string_view> view(Offset at, Offset limit);

 private:
  SegmentReader(std::unique_ptr<File> file, SegmentHeader header);
  bool holds(Offset at) const;
  Result<void> find(Offset at);  // makes frame_ the one that holds `at`
  ErrorCode why_none(Offset at, FrameKind found) const;

  std::unique_ptr<File> file_;
  const Offset base_;
  SegmentFrames frames_;
  SegmentFrame frame_;  // the verified frame whose bytes are being handed out
};

}  // namespace relay
