#include "common/base/duration.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace relay {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(Duration, IsANumberAndAUnitAndBareNumbersAreSeconds) {
  const std::vector<std::pair<std::string_view, milliseconds>> table = {
      {"0", 0s},        {"0ms", 0s},
      {"100ms", 100ms}, {"60s", 60s},
      {"60", 60s},      {"5m", 5min},
      {"1h", 1h},       {"7d", 24h * 7},
      {"1500", 25min},  {"9223372036854775807ms", milliseconds::max()},
  };
  for (const auto& [text, duration] : table) EXPECT_EQ(parse_duration(text), duration) << text;
}

TEST(Duration, AnythingElseIsNoDuration) {
  for (std::string_view text : {"",
                                " ",
                                "s",
                                "ms",
                                "-1",
                                "-0s",
                                "+5s",
                                "1.5s",
                                "5 s",
                                " 5s",
                                "5s ",
                                "5S",
                                "5sec",
                                "1h30m",
                                "5us",
                                "1w",
                                "0x10",
                                "inf",
                                "9223372036854775808ms",
                                "9223372036854775807",
                                "106751991168d"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Duration, IsPrintedInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(format_duration(0ms), "0s");
  EXPECT_EQ(format_duration(1ms), "1ms");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(5s), "5s");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(15min), "15m");
  EXPECT_EQ(format_duration(36h), "36h");
  EXPECT_EQ(format_duration(48h), "2d");
}

TEST(Duration, WhatIsPrintedReadsBackAsTheSame) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 2000; ++i) {
    const milliseconds d(static_cast<std::int64_t>(random() >> (1 + random() % 63)));
    EXPECT_EQ(parse_duration(format_duration(d)), d);
  }
}

}  // namespace
}  // namespace relay
