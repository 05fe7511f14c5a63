// Reads the log's older part, from segments, for one cursor. Every byte comes from a frame whose
// checksum was verified in this call.
//
// Threading: constructed anywhere; view() on a disk thread, one call at a time.
#pragma once

#include "common/io/file.h"
#include "proxy/log/segment_reader.h"

#include <memory>
#include <string>
#include <string_view>

namespace relay {

class ColdReader {
 public:
  explicit ColdReader(FileSystem& fs) : fs_(fs) {}

  // Bytes from `at` of the segment that begins at `base` and may be read up to `limit`. At least
  // one, or an error. Good until the next call.
  Result<std::string_view> view(const std::string& path, Offset base, Offset at, Offset limit) {
    if (reader_ && path_ == path) {
      // The file that was kept open may have been replaced since: its failure is not believed.
      if (auto bytes = reader_->view(at, limit)) return bytes;
    }
    reader_.reset();
    auto opened = SegmentReader::open(fs_, path, base);
    if (!opened) return opened.error();
    reader_ = std::move(*opened);
    path_ = path;
    return reader_->view(at, limit);
  }

 private:
  FileSystem& fs_;
  std::unique_ptr<SegmentReader> reader_;
  std::string path_;
};

}  // namespace relay
