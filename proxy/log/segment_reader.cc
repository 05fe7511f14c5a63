#include "proxy/log/segment_reader.h"

#include "common/base/check.h"
#include "proxy/log/segment_info.h"

#include <algorithm>

namespace relay {

SegmentReader::SegmentReader(std::unique_ptr<File> file, SegmentHeader header)
    : file_(std::move(file)), base_(header.base), frames_(*file_, header) {}

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(FileSystem& fs, const std::string& path,
                                                           Offset base) {
  auto file = fs.open(path);
  if (!file) return file.error();
  auto segment = look_at_segment(**file, base);
  if (!segment) return segment.error();
  if (!segment->header) return segment->header.error();
  return std::unique_ptr<SegmentReader>(new SegmentReader(std::move(*file), *segment->header));
}

bool SegmentReader::holds(Offset at) const {
  return frame_.kind == FrameKind::kWhole && frame_.at <= at && at < frame_.end();
}

Result<void> SegmentReader::find(Offset at) {
  if (holds(at)) return {};
  frame_ = SegmentFrame();
  if (at < frames_.at()) frames_.restart();
  if (at > frames_.at()) {
    if (auto skipped = frames_.skip_to(at); !skipped) return skipped;
  }
  auto frame = frames_.next();
  if (!frame) return frame.error();
  if (frame->kind != FrameKind::kWhole) return why_none(at, frame->kind);
  frame_ = *frame;
  // skip_to() believed lengths; the frame it led to is verified, so a wrong one shows here at the
  // latest.
  if (!holds(at)) return make_error_code(DataError::kDamaged);
  return {};
}

ErrorCode SegmentReader::why_none(Offset at, FrameKind found) const {
  // What ends too early in a segment that is sealed further on is damage: a length that is wrong,
  // or bytes that went missing. The seal is looked at now, since the segment may have been cut
  // meanwhile.
  auto segment = look_at_segment(*file_, base_);
  if (!segment) return segment.error();
  const bool should_be_there = segment->seal && segment->seal->end > at;
  return make_error_code(should_be_there || found == FrameKind::kBad ? DataError::kDamaged
                                                                     : DataError::kTorn);
}

Result<std::string_view> SegmentReader::view(Offset at, Offset limit) {
  RELAY_CHECK(at >= base_ && at < limit);
  if (auto found = find(at); !found) return found.error();
  return frame_.payload.substr(at.since(frame_.at), limit.since(at));
}

Result<std::size_t> SegmentReader::read(Offset at, std::span<char> into, Offset limit) {
  RELAY_CHECK(at >= base_);
  std::size_t done = 0;
  while (done < into.size() && at < limit) {
    const auto bytes = view(at, limit);
    if (!bytes) {
      if (done > 0) return done;
      return bytes.error();
    }
    const std::size_t take = std::min(bytes->size(), into.size() - done);
    std::copy_n(bytes->data(), take, into.data() + done);
    done += take;
    at += take;
  }
  return done;
}

}  // namespace relay
