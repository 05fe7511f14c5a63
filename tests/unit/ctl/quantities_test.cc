#include "proxy/ctl/quantities.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(Quantities, SizesHaveAUnitAndThreeDigitsOrSo) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(1023), "1023 B");
  EXPECT_EQ(size_text(1024), "1.0 KiB");
  EXPECT_EQ(size_text(1536), "1.5 KiB");
  EXPECT_EQ(size_text(100.0 * 1024), "100 KiB");
  EXPECT_EQ(size_text(1024.0 * 1024 - 1), "1.0 MiB");
  EXPECT_EQ(size_text(5.5 * 1024 * 1024 * 1024), "5.5 GiB");
  EXPECT_EQ(size_text(9e30).substr(size_text(9e30).size() - 3), "PiB");
  EXPECT_EQ(size_text(std::nullopt), "-");
  EXPECT_EQ(rate_text(2048), "2.0 KiB/s");
}

TEST(Quantities, SpansHaveTheTwoUnitsThatMatter) {
  EXPECT_EQ(span_text(0), "0.0 s");
  EXPECT_EQ(span_text(0.24), "0.2 s");
  EXPECT_EQ(span_text(9.96), "10 s");
  EXPECT_EQ(span_text(59.7), "1m 0s");
  EXPECT_EQ(span_text(125), "2m 5s");
  EXPECT_EQ(span_text(3 * 3600 + 240), "3h 4m");
  EXPECT_EQ(span_text(5 * 86400 + 7200), "5d 2h");
  EXPECT_EQ(span_text(std::nullopt), "-");
}

TEST(Quantities, TimesAreRfc3339InUtc) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:01Z"), 1.0);
  EXPECT_DOUBLE_EQ(*parse_time("1970-01-02T00:00:00.250Z"), 86400.25);
  for (const char* text : {"", "yesterday", "1970-01-01", "1970-01-01T00:00:01",
                           "1970-01-01T00:00:01+02:00", "1970-01-01T00:00:01.Z5"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(Quantities, TwoClocksThatDisagreeAreNoTimeApart) {
  const auto times = boost::json::parse(
      R"({"a": "2026-11-26T05:00:00Z", "b": "2026-11-26T05:00:02.5Z", "c": null})");
  const JsonNode all(times);
  EXPECT_EQ(seconds_between(all["a"], all["b"]), 2.5);
  EXPECT_EQ(seconds_between(all["b"], all["a"]), 0.0);
  EXPECT_EQ(seconds_between(all["c"], all["b"]), std::nullopt);
}

TEST(Progress, ABarIsFullOnlyAtTheEnd) {
  EXPECT_EQ(bar(0, 4), "[    ]");
  EXPECT_EQ(bar(0.5, 4), "[==> ]");
  EXPECT_EQ(bar(0.99, 4), "[===>]");
  EXPECT_EQ(bar(1, 4), "[====]");
  EXPECT_EQ(bar(7, 4), "[====]");
  EXPECT_EQ(bar(-1, 4), "[    ]");
}

TEST(Progress, SaysWhatIsKnown) {
  EXPECT_EQ(progress_text(512, 1024, 256, 2, 4),
            "[==> ]  50%  512 B of 1.0 KiB  256 B/s  2.0 s left");
  EXPECT_EQ(progress_text(1023, 1024, std::nullopt, std::nullopt, 4),
            "[===>]  99%  1023 B of 1.0 KiB");
  EXPECT_EQ(progress_text(1024, 1024, std::nullopt, 0, 4),
            "[====] 100%  1.0 KiB of 1.0 KiB  0.0 s left");
  EXPECT_EQ(progress_text(512, std::nullopt, 256, 2, 4), "512 B of an unknown size  256 B/s");
  EXPECT_EQ(progress_text(512, 1024, 0, std::nullopt, 4, 12),
            "[==> ]  50%  512 B of 1.0 KiB  stalled for 12 s");
  EXPECT_EQ(progress_text(0, 0, std::nullopt, std::nullopt, 4), "[====] 100%  0 B of 0 B");
}

}  // namespace
}  // namespace relay
