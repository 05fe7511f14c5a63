// Writes one segment: the newest of a log, from its base on, until it is sealed or fails.
//
//  (1) Bytes are appended in order and never rewritten; a file that another run of the relay wrote
//  is never appended to. (2) The segment exists, durably and with a whole header, when begin()
//  returns; before that the log is as it was. (3) A failed write or sync poisons the writer: every
//  later call fails with the same code, so that nothing is ever
//      stored behind a hole. What was synced before stands. The cure is begin_log_at() and a new
//      writer.
//  (4) seal() comes before the next segment is begun: only the last segment of a log may be torn.
//
// The caller sees to it that `base` is where the log ends (segment_cut.h: begin_log_at), and counts
// what is durable: end() as it was before a sync() that succeeded.
//
// Threading: one thread, the disk writer. Readers may read the file meanwhile, up to an end() that
// they were told.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"
#include "common/io/file.h"
#include "proxy/log/segment_format.h"
#include "proxy/log/segment_info.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

class SegmentWriter {
 public:
  // How the file is written. Neither wish is an error where it cannot be had.
  struct Storage {
    std::uint64_t reserve = 0;    // set blocks aside for so many bytes
    std::size_t direct_from = 0;  // appends of so many bytes go past the page cache; 0: none
  };

  // Makes <dir>/<base>.segment, replacing one of that name. `boundary` <= `base`. `fs` outlives the
  // writer.
  static Result<std::unique_ptr<SegmentWriter>> begin(FileSystem& fs, std::string dir, Offset base,
                                                      Offset boundary, Storage storage);

  // The runs one behind the other, in one gathered write. A boundary past the end of a frame is not
  // named by that frame; one behind the last named is ignored.
  Result<void> append(std::span<const std::string_view> runs, Offset boundary);
  Result<void> append(std::string_view bytes, Offset boundary) {
    return append(std::span<const std::string_view>(&bytes, 1), boundary);
  }
  // Whether large appends go past the page cache from now on, if they can at all: the cache takes
  // what the disk cannot take as fast as it comes.
  void use_direct_io(bool wanted);
  Result<void> sync();
  // Ends the segment in order: seal, preallocated blocks given back, sync. Nothing can be appended
  // after it.
  Result<void> seal();

  Offset base() const { return info_.base; }
  Offset end() const { return info_.end; }
  Offset boundary() const { return boundary_; }  // the last one named
  std::uint64_t file_bytes() const { return info_.file_bytes; }
  SegmentInfo info() const { return info_; }
  bool uses_direct_io() const { return file_->appends_directly(); }
  const ErrorCode& why_no_direct_io() const { return no_direct_io_; }  // it was wished for

 private:
  SegmentWriter(std::unique_ptr<File> file, Offset base, Offset boundary);
  Result<void> noted(Result<void> outcome);

  std::unique_ptr<File> file_;
  SegmentInfo info_;
  Offset boundary_;
  ErrorCode failure_;  // set once, for good
  ErrorCode no_direct_io_;
  std::size_t direct_from_ = 0;  // 0: it is not wished for, or cannot be had
  bool is_direct_ = false;
  std::uint64_t cached_from_ = 0;  // before it nothing of the file is in the page cache for us
  bool sealed_ = false;
  std::vector<std::array<char, kFrameHeaderBytes>>
      headers_;  // of the frames of one append; kept for their memory
  std::vector<std::string_view> pieces_;
};

}  // namespace relay
