// The frames of one segment file, in order, through a buffer of one frame's size.
//
//  (1) A frame that comes out of next() is whole and verified, and stands at the place it was
//  written for. (2) The walk ends at the first thing that is no frame and never looks for frames
//  behind it. (3) Bytes that were read ahead are not believed to be absent or bad: before the walk
//  ends, its last place is read afresh (the
//      file may have grown since).
//
// Threading: one thread at a time. `file` outlives the walk.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"
#include "common/io/file.h"
#include "proxy/log/segment_format.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace relay {

struct SegmentFrame {
  FrameKind kind = FrameKind::kEnd;
  Offset at;                   // of its first byte
  Offset boundary;             // kWhole: as it says; otherwise the last one known
  std::uint64_t position = 0;  // in the file, of its header
  std::string_view payload;    // valid until the next call

  Offset end() const { return at + payload.size(); }
};

class SegmentFrames {
 public:
  SegmentFrames(File& file, const SegmentHeader& header);

  // The next frame, or what stands where it should be; then the walk stays there and the same call
  // may find more later. An error is the read's own.
  Result<SegmentFrame> next();
  // Moves towards `place` over frames that end at or before it, without verifying them: what next()
  // then returns is verified, and holds `place` unless the data ends before it or is damaged.
  Result<void> skip_to(Offset place);
  void restart();

  // Where the next frame is expected.
  Offset at() const { return at_; }
  std::uint64_t position() const { return position_; }
  Offset boundary() const { return boundary_; }  // of the last frame returned, or of the header

 private:
  // What stands at position_; `view` covers it. Reads at most `stride` bytes where the buffer does
  // not hold enough.
  Result<FrameView> look(bool verify, std::size_t stride);
  std::string_view buffered() const;

  File& file_;
  SegmentHeader header_;
  Offset at_;
  Offset boundary_;
  std::uint64_t position_;
  std::vector<char> buffer_;
  std::uint64_t buffer_position_ = 0;  // in the file
  std::size_t buffer_size_ = 0;
};

}  // namespace relay
