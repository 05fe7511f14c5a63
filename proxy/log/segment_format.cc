#include "proxy/log/segment_format.h"

#include "common/base/crc32c.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace relay {
namespace {

constexpr std::string_view kMagic = "PSRLSEG1";
constexpr std::string_view kSuffix = ".segment";
constexpr std::size_t kDigits = 20;
constexpr std::uint32_t kSealMark = 0xffffffff;  // where a frame has its length

// All numbers are stored with the least significant byte first.
template <typename T>
void put(char* to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<char>(value >> (8 * i));
}

template <typename T>
T get(std::string_view bytes, std::size_t position) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |=
        static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[position + i])) << (8 * i));
  }
  return value;
}

std::uint32_t header_checksum(std::string_view header) {
  return crc32c(0, header.substr(0, kSegmentHeaderBytes - 4));
}

// The place comes first: it is not stored, whoever checks must know it.
std::uint32_t frame_checksum(Offset at, std::string_view length_and_boundary,
                             std::string_view payload) {
  char place[8];
  put<std::uint64_t>(place, at.bytes());
  const std::uint32_t head =
      crc32c(crc32c(0, std::string_view(place, sizeof place)), length_and_boundary);
  return crc32c(head, payload);
}

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

std::string segment_name(Offset base) {
  const std::string digits = std::to_string(base.bytes());
  return std::string(kDigits - digits.size(), '0') + digits + std::string(kSuffix);
}

std::optional<Offset> parse_segment_name(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::uint64_t base = 0;
  const char* const end = name.data() + kDigits;
  const auto [stop, error] = std::from_chars(name.data(), end, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return Offset::of_bytes(base);
}

std::array<char, kSegmentHeaderBytes> encode_segment_header(const SegmentHeader& header) {
  std::array<char, kSegmentHeaderBytes> bytes;
  std::copy(kMagic.begin(), kMagic.end(), bytes.begin());
  put<std::uint32_t>(bytes.data() + 8, kSegmentVersion);
  put<std::uint64_t>(bytes.data() + 12, header.base.bytes());
  put<std::uint64_t>(bytes.data() + 20, header.boundary.bytes());
  put<std::uint32_t>(bytes.data() + 28, header_checksum({bytes.data(), bytes.size()}));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes) return make_error_code(DataError::kTorn);
  if (!bytes.starts_with(kMagic)) return make_error_code(DataError::kDamaged);
  if (get<std::uint32_t>(bytes, 28) != header_checksum(bytes)) {
    return make_error_code(DataError::kDamaged);
  }
  if (get<std::uint32_t>(bytes, 8) != kSegmentVersion) {
    return make_error_code(DataError::kUnsupported);
  }
  const SegmentHeader header{Offset::of_bytes(get<std::uint64_t>(bytes, 12)),
                             Offset::of_bytes(get<std::uint64_t>(bytes, 20))};
  if (header.boundary > header.base) return make_error_code(DataError::kDamaged);
  return header;
}

std::array<char, kFrameHeaderBytes> encode_frame_header(Offset at, Offset boundary,
                                                        std::string_view payload) {
  std::array<char, kFrameHeaderBytes> bytes;
  put<std::uint32_t>(bytes.data() + 4, static_cast<std::uint32_t>(payload.size()));
  put<std::uint64_t>(bytes.data() + 8, boundary.bytes());
  put<std::uint32_t>(bytes.data(), frame_checksum(at, {bytes.data() + 4, 12}, payload));
  return bytes;
}

FrameView decode_frame(std::string_view bytes, Offset at, bool verify) {
  FrameView frame;
  if (bytes.empty()) return frame;
  frame.kind = FrameKind::kPartial;
  if (bytes.size() < kFrameHeaderBytes) return frame;

  const auto length = get<std::uint32_t>(bytes, 4);
  if (length == kSealMark) {
    if (bytes.size() < kSegmentSealBytes) return frame;
    const auto seal = decode_segment_seal(bytes.substr(0, kSegmentSealBytes));
    frame.kind = seal && seal->end == at ? FrameKind::kSeal : FrameKind::kBad;
    return frame;
  }
  if (length == 0) {
    const bool untouched = all_zero(bytes.substr(0, kFrameHeaderBytes));
    frame.kind = untouched ? FrameKind::kEnd : FrameKind::kBad;
    return frame;
  }
  const Offset boundary = Offset::of_bytes(get<std::uint64_t>(bytes, 8));
  if (length > kMaxFramePayload || boundary > at + length) {
    frame.kind = FrameKind::kBad;
    return frame;
  }
  frame.boundary = boundary;
  frame.length = length;
  if (verify) {
    if (bytes.size() < kFrameHeaderBytes + length) return frame;
    const std::string_view payload = bytes.substr(kFrameHeaderBytes, length);
    if (get<std::uint32_t>(bytes, 0) != frame_checksum(at, bytes.substr(4, 12), payload)) {
      frame.kind = FrameKind::kBad;
      return frame;
    }
  }
  frame.kind = FrameKind::kWhole;
  return frame;
}

std::array<char, kSegmentSealBytes> encode_segment_seal(const SegmentSeal& seal) {
  const auto since_epoch =
      std::chrono::duration_cast<std::chrono::milliseconds>(seal.written.time_since_epoch());
  std::array<char, kSegmentSealBytes> bytes;
  put<std::uint32_t>(bytes.data() + 4, kSealMark);
  put<std::uint64_t>(bytes.data() + 8, seal.boundary.bytes());
  put<std::uint64_t>(bytes.data() + 16, seal.end.bytes());
  put<std::uint64_t>(bytes.data() + 24, static_cast<std::uint64_t>(since_epoch.count()));
  put<std::uint32_t>(bytes.data(), crc32c(0, {bytes.data() + 4, kSegmentSealBytes - 4}));
  return bytes;
}

std::optional<SegmentSeal> decode_segment_seal(std::string_view bytes) {
  if (bytes.size() != kSegmentSealBytes || get<std::uint32_t>(bytes, 4) != kSealMark) {
    return std::nullopt;
  }
  if (get<std::uint32_t>(bytes, 0) != crc32c(0, bytes.substr(4))) return std::nullopt;
  const SegmentSeal seal{Offset::of_bytes(get<std::uint64_t>(bytes, 16)),
                         Offset::of_bytes(get<std::uint64_t>(bytes, 8)),
                         std::chrono::system_clock::time_point(std::chrono::milliseconds(
                             static_cast<std::int64_t>(get<std::uint64_t>(bytes, 24))))};
  if (seal.boundary > seal.end) return std::nullopt;
  return seal;
}

}  // namespace relay
