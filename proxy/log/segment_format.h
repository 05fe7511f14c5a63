// The bytes of a segment file, as FORMAT.md describes them: names, header, frames and seal, to
// bytes and back.
//
//  (1) Every checksum covers all that its element says, a frame's also the frame's place in the
//  stream: a frame found
//      where another one was written is not taken for it.
//  (2) A frame holds 1 to 64 KiB of the stream and is trusted whole or not at all.
//  (3) A boundary never lies behind the end of what names it.
//
// Pure: bytes in, values out. Input is never trusted and never throws.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

constexpr std::uint32_t kSegmentVersion = 1;
constexpr std::size_t kSegmentHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 16;
constexpr std::size_t kSegmentSealBytes = 32;
constexpr std::size_t kMaxFramePayload = 64 * 1024;
constexpr std::size_t kMaxFrameBytes = kFrameHeaderBytes + kMaxFramePayload;

// "00000000000000012345.segment"
std::string segment_name(Offset base);
std::optional<Offset> parse_segment_name(std::string_view name);

struct SegmentHeader {
  Offset base;
  Offset boundary;  // <= base: the last command border that the segments before this one knew

  bool operator==(const SegmentHeader&) const = default;
};
std::array<char, kSegmentHeaderBytes> encode_segment_header(const SegmentHeader& header);
// kTorn for fewer bytes than a header has; kDamaged; kUnsupported for a whole header of another
// version.
Result<SegmentHeader> decode_segment_header(std::string_view bytes);

std::array<char, kFrameHeaderBytes> encode_frame_header(Offset at, Offset boundary,
                                                        std::string_view payload);

enum class FrameKind {
  kWhole,    // verified
  kSeal,     // the mark of a seal stands here: the segment ends
  kEnd,      // nothing was written here: no bytes at all, or a header of zeros
  kPartial,  // more bytes are needed to tell; at the end of a file: torn
  kBad,      // what is here is no frame of this place
};

struct FrameView {
  FrameKind kind = FrameKind::kEnd;
  Offset boundary;           // kWhole, and kPartial once the header is there (unverified)
  std::uint32_t length = 0;  // of the payload; likewise
};
// The element of the stream's place `at` that `bytes` begins with. `verify` = false believes a
// header whose values are possible and does not look at the payload: good to step over a frame,
// never to hand its bytes on.
FrameView decode_frame(std::string_view bytes, Offset at, bool verify = true);

// The last bytes of a segment that was ended in order.
struct SegmentSeal {
  Offset end;
  Offset boundary;
  std::chrono::system_clock::time_point written;  // to the millisecond
};
std::array<char, kSegmentSealBytes> encode_segment_seal(const SegmentSeal& seal);
std::optional<SegmentSeal> decode_segment_seal(std::string_view bytes);

}  // namespace relay
