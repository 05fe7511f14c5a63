#include "proxy/control/byte_range.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

std::optional<ByteRange> part(std::string_view header, std::uint64_t size = 100) {
  const RangeAnswer answer = range_of(header, size);
  EXPECT_FALSE(answer.is_unsatisfiable) << header;
  return answer.part;
}

TEST(ByteRange, BothEndsAreCounted) {
  EXPECT_EQ(part("bytes=0-0"), (ByteRange{0, 1}));
  EXPECT_EQ(part("bytes=10-19"), (ByteRange{10, 10}));
  EXPECT_EQ(part("bytes=99-99"), (ByteRange{99, 1}));
}

TEST(ByteRange, AnOpenEndIsTheWholeRestAndALongOneIsCut) {
  EXPECT_EQ(part("bytes=10-"), (ByteRange{10, 90}));
  EXPECT_EQ(part("bytes=10-1000"), (ByteRange{10, 90}));
  EXPECT_EQ(part("bytes=0-18446744073709551615"), (ByteRange{0, 100}));
}

TEST(ByteRange, TheLastSoMany) {
  EXPECT_EQ(part("bytes=-10"), (ByteRange{90, 10}));
  EXPECT_EQ(part("bytes=-1000"), (ByteRange{0, 100}));
}

TEST(ByteRange, WhatIsNotUnderstoodIsAsGoodAsNothing) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5", "lines=1-2", "bytes=1-2,4-5",
        "bytes=9-3", "bytes=1x-2", "bytes= 1-2", "bytes=18446744073709551616-"}) {
    EXPECT_EQ(part(header), std::nullopt) << header;
  }
}

TEST(ByteRange, BehindTheEndIsNothing) {
  EXPECT_TRUE(range_of("bytes=100-", 100).is_unsatisfiable);
  EXPECT_TRUE(range_of("bytes=100-200", 100).is_unsatisfiable);
  EXPECT_TRUE(range_of("bytes=0-", 0).is_unsatisfiable);
  EXPECT_TRUE(range_of("bytes=-0", 100).is_unsatisfiable);
}

}  // namespace
}  // namespace relay
