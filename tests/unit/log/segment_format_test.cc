#include "proxy/log/segment_format.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

template <std::size_t N>
std::string str(const std::array<char, N>& bytes) {
  return {bytes.data(), bytes.size()};
}

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

std::string frame(Offset place, Offset boundary, std::string_view payload) {
  return str(encode_frame_header(place, boundary, payload)) + std::string(payload);
}

TEST(SegmentFormat, NameIsTheBaseInTwentyDigits) {
  EXPECT_EQ(segment_name(at(12345)), "00000000000000012345.segment");
  EXPECT_EQ(segment_name(at(UINT64_MAX)), "18446744073709551615.segment");
  EXPECT_EQ(parse_segment_name("18446744073709551615.segment"), at(UINT64_MAX));
  EXPECT_EQ(parse_segment_name("00000000000000012345.segment"), at(12345));
}

TEST(SegmentFormat, OtherNamesAreNoSegments) {
  for (const char* name : {"", "LOCK", "12345.segment", "00000000000000012345.segment.damaged",
                           "00000000000000012345.segment.partial", "0000000000000001234x.segment",
                           "-0000000000000012345.segment", "18446744073709551616.segment"}) {
    EXPECT_EQ(parse_segment_name(name), std::nullopt) << name;
  }
}

TEST(SegmentFormat, HeaderComesBackAsItWas) {
  const SegmentHeader header{at(70000), at(69990)};
  const auto decoded = decode_segment_header(str(encode_segment_header(header)));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, header);
}

TEST(SegmentFormat, HeaderIsStoredAsFormatMdSays) {
  const std::string bytes = str(encode_segment_header({at(0x0102), at(0x0101)}));
  EXPECT_EQ(bytes.substr(0, 28),
            std::string("PSRLSEG1\x01\0\0\0\x02\x01\0\0\0\0\0\0\x01\x01\0\0\0\0\0\0", 28));
}

TEST(SegmentFormat, HeaderCutShortIsTornAndOneWithAnyBitFlippedIsDamaged) {
  const std::string whole = str(encode_segment_header({at(70000), at(69990)}));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    EXPECT_EQ(decode_segment_header(whole.substr(0, n)).error(), DataError::kTorn);
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(decode_segment_header(flipped).error(), DataError::kDamaged) << bit;
  }
}

TEST(SegmentFormat, FrameComesBackAsItWas) {
  const FrameView decoded = decode_frame(frame(at(50), at(52), "abc") + "behind", at(50));
  EXPECT_EQ(decoded.kind, FrameKind::kWhole);
  EXPECT_EQ(decoded.length, 3u);
  EXPECT_EQ(decoded.boundary, at(52));
}

TEST(SegmentFormat, FrameOfAnotherPlaceIsNotTakenForOneOfThisPlace) {
  const std::string bytes = frame(at(50), at(40), "abc");
  EXPECT_EQ(decode_frame(bytes, at(50)).kind, FrameKind::kWhole);
  EXPECT_EQ(decode_frame(bytes, at(51)).kind, FrameKind::kBad);
  EXPECT_EQ(decode_frame(bytes, at(50 + (std::uint64_t{1} << 40))).kind, FrameKind::kBad);
}

TEST(SegmentFormat, FrameCutAnywhereIsPartialAndOneWithAnyBitFlippedIsNotWhole) {
  const std::string whole = frame(at(50), at(52), "some bytes of the stream");
  EXPECT_EQ(decode_frame("", at(50)).kind, FrameKind::kEnd);
  for (std::size_t n = 1; n < whole.size(); ++n) {
    EXPECT_EQ(decode_frame(whole.substr(0, n), at(50)).kind, FrameKind::kPartial) << n;
  }
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(decode_frame(flipped, at(50)).kind, FrameKind::kWhole) << bit;
    EXPECT_NE(decode_frame(flipped, at(50)).kind, FrameKind::kEnd) << bit;
  }
}

TEST(SegmentFormat, ZerosAreTheEnd) {
  EXPECT_EQ(decode_frame(std::string(4096, '\0'), at(50)).kind, FrameKind::kEnd);
}

TEST(SegmentFormat, BoundaryBehindTheFrameIsRefused) {
  EXPECT_EQ(decode_frame(frame(at(50), at(53), "abc"), at(50)).kind, FrameKind::kWhole);
  EXPECT_EQ(decode_frame(frame(at(50), at(54), "abc"), at(50)).kind, FrameKind::kBad);
}

TEST(SegmentFormat, LengthOverSixtyFourKiBIsRefused) {
  const std::string longest(kMaxFramePayload, 'x');
  EXPECT_EQ(decode_frame(frame(at(0), at(0), longest), at(0)).kind, FrameKind::kWhole);
  EXPECT_EQ(decode_frame(frame(at(0), at(0), longest + "x"), at(0)).kind, FrameKind::kBad);
}

TEST(SegmentFormat, SealIsTheEndOfItsPlaceOnly) {
  const SegmentSeal seal{at(900), at(880),
                         std::chrono::system_clock::time_point(std::chrono::milliseconds(1234567))};
  const std::string bytes = str(encode_segment_seal(seal));
  EXPECT_EQ(decode_frame(bytes, at(900)).kind, FrameKind::kSeal);
  EXPECT_EQ(decode_frame(bytes, at(901)).kind, FrameKind::kBad);
  EXPECT_EQ(decode_frame(bytes.substr(0, 31), at(900)).kind, FrameKind::kPartial);
  const auto decoded = decode_segment_seal(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->end, seal.end);
  EXPECT_EQ(decoded->boundary, seal.boundary);
  EXPECT_EQ(decoded->written, seal.written);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_segment_seal(flipped)) << bit;
  }
}

}  // namespace
}  // namespace relay
