#include "common/base/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace relay {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

TEST(Bytes, AreReadAsRedisWritesThem) {
  const std::vector<std::pair<std::string_view, std::uint64_t>> table = {
      {"0", 0},
      {"1", 1},
      {"1500", 1500},
      {"7b", 7},
      {"1k", 1000},
      {"1kb", 1024},
      {"10m", 10'000'000},
      {"10mb", 10 * 1024 * 1024},
      {"2g", 2'000'000'000},
      {"2gb", 2ULL * 1024 * 1024 * 1024},
      {"3t", 3'000'000'000'000},
      {"3tb", 3ULL * 1024 * 1024 * 1024 * 1024},
      {"10Ki", 10 * 1024},
      {"10Mi", 10 * 1024 * 1024},
      {"10Gi", 10ULL * 1024 * 1024 * 1024},
      {"1Ti", 1024ULL * 1024 * 1024 * 1024},
      {"10MiB", 10 * 1024 * 1024},
      {"64MB", 64 * 1024 * 1024},
      {"64Mb", 64 * 1024 * 1024},
      {"18446744073709551615", kMax},
      {"16777215tb", 16777215ULL << 40},
  };
  for (const auto& [text, bytes] : table) EXPECT_EQ(parse_bytes(text), bytes) << text;
}

TEST(Bytes, AnythingElseIsNoSize) {
  for (std::string_view text : {"", " ", "mb", "-1", "+1", "-0", "1.5gb", "64 mb", " 64mb", "64mb ",
                                "64xb", "64mbb", "0x10", "1e6", "64m b", "64,000",
                                "18446744073709551616", "16777216tb", "99999999999999999999k"}) {
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
  }
}

TEST(Bytes, ArePrintedInTheLargestUnitThatDividesThem) {
  EXPECT_EQ(format_bytes(0), "0");
  EXPECT_EQ(format_bytes(1), "1");
  EXPECT_EQ(format_bytes(1023), "1023");
  EXPECT_EQ(format_bytes(1024), "1kb");
  EXPECT_EQ(format_bytes(1025), "1025");
  EXPECT_EQ(format_bytes(1000'000), "1000000");
  EXPECT_EQ(format_bytes(1536 * 1024), "1536kb");
  EXPECT_EQ(format_bytes(64 * 1024 * 1024), "64mb");
  EXPECT_EQ(format_bytes(1024 * 1024 * 1024), "1gb");
  EXPECT_EQ(format_bytes(5ULL << 40), "5tb");
}

TEST(Bytes, WhatIsPrintedReadsBackAsTheSameNumber) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t n = random() >> (random() % 64) << (random() % 40);
    EXPECT_EQ(parse_bytes(format_bytes(n)), n);
  }
  EXPECT_EQ(parse_bytes(format_bytes(kMax)), kMax);
}

}  // namespace
}  // namespace relay
