#include "proxy/log/segment_frames.h"

namespace relay {
namespace {

constexpr std::size_t kSkipStride = 4096;  // headers of large frames are far apart

}  // namespace

SegmentFrames::SegmentFrames(File& file, const SegmentHeader& header)
    : file_(file),
      header_(header),
      at_(header.base),
      boundary_(header.boundary),
      position_(kSegmentHeaderBytes) {}

void SegmentFrames::restart() {
  at_ = header_.base;
  boundary_ = header_.boundary;
  position_ = kSegmentHeaderBytes;
}

std::string_view SegmentFrames::buffered() const {
  if (position_ < buffer_position_ || position_ > buffer_position_ + buffer_size_) return {};
  const std::size_t passed = position_ - buffer_position_;
  return {buffer_.data() + passed, buffer_size_ - passed};
}

Result<FrameView> SegmentFrames::look(bool verify, std::size_t stride) {
  FrameView frame = decode_frame(buffered(), at_, verify);
  if (frame.kind == FrameKind::kWhole) return frame;
  buffer_.resize(kMaxFrameBytes);
  auto read = file_.read_at(position_, std::span(buffer_).first(stride));
  buffer_size_ = read ? *read : 0;
  buffer_position_ = position_;
  if (!read) return read.error();
  return decode_frame(buffered(), at_, verify);
}

Result<SegmentFrame> SegmentFrames::next() {
  auto found = look(true, kMaxFrameBytes);
  if (!found) return found.error();
  SegmentFrame frame{found->kind, at_, boundary_, position_, {}};
  if (found->kind == FrameKind::kWhole) {
    frame.payload = buffered().substr(kFrameHeaderBytes, found->length);
    frame.boundary = found->boundary;
    boundary_ = found->boundary;
    at_ = frame.end();
    position_ += kFrameHeaderBytes + found->length;
  }
  return frame;
}

Result<void> SegmentFrames::skip_to(Offset place) {
  // What was read ahead may be older than what has been written since; unverified, that would not
  // show.
  buffer_size_ = 0;
  while (at_ < place) {
    auto found = look(false, kSkipStride);
    if (!found) return found.error();
    if (found->kind != FrameKind::kWhole || at_ + found->length > place) return {};
    boundary_ = found->boundary;
    at_ += found->length;
    position_ += kFrameHeaderBytes + found->length;
  }
  return {};
}

}  // namespace relay
