#include "common/base/logging.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <limits>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace relay {
namespace {

constexpr std::string_view kTime = "2026-11-20T17:00:00.123Z";

std::string logfmt(std::string_view event, std::initializer_list<LogField> fields) {
  return format_log_line(LogFormat::kLogfmt, kTime, LogLevel::kInfo, event, fields);
}
std::string json(std::string_view event, std::initializer_list<LogField> fields) {
  return format_log_line(LogFormat::kJson, kTime, LogLevel::kWarn, event, fields);
}
std::string logfmt_value(std::string_view value) {
  const std::string line = logfmt("e", {{"v", value}});
  return line.substr(line.find(" v=") + 3);
}
std::string json_value(std::string_view value) {
  const std::string line = json("e", {{"v", value}});
  const std::size_t start = line.find("\"v\":") + 4;
  return line.substr(start, line.size() - 1 - start);
}

// What is set for the whole process goes back to what it was.
struct Settings {
  ~Settings() {
    set_log_level(LogLevel::kInfo);
    set_log_format(LogFormat::kLogfmt);
  }
};

TEST(Logging, ALogfmtLineIsTimeLevelEventAndTheFieldsInOrder) {
  EXPECT_EQ(
      logfmt("upstream.connected", {{"host", "127.0.0.1"}, {"port", 6379}}),
      "time=2026-11-20T17:00:00.123Z level=info event=upstream.connected host=127.0.0.1 port=6379");
}

TEST(Logging, AJsonLineIsOneObjectWithNumbersAndTruthValuesBare) {
  EXPECT_EQ(
      json("upstream.lost",
           {{"host", "::1"}, {"port", 6379}, {"again", true}, {"offset", Offset::of_bytes(7)}}),
      R"({"time":"2026-11-20T17:00:00.123Z","level":"warn","event":"upstream.lost",)"
      R"("host":"::1","port":6379,"again":true,"offset":7})");
}

TEST(Logging, LogfmtQuotesWhatASplitterWouldMisread) {
  EXPECT_EQ(logfmt_value("plain:value/1"), "plain:value/1");
  EXPECT_EQ(logfmt_value(""), R"("")");
  EXPECT_EQ(logfmt_value("two words"), R"("two words")");
  EXPECT_EQ(logfmt_value("a=b"), R"("a=b")");
  EXPECT_EQ(logfmt_value(R"(say "x")"), R"("say \"x\"")");
  EXPECT_EQ(logfmt_value(R"(a\b)"), R"("a\\b")");
}

TEST(Logging, NoValueBreaksTheLineOrReachesTheTerminalRaw) {
  EXPECT_EQ(logfmt_value("a\nlevel=error\r\tb"), R"("a\nlevel=error\r\tb")");
  EXPECT_EQ(logfmt_value(std::string_view("\0\x1b[31m\x7f", 7)), R"("\x00\x1b[31m\x7f")");
  EXPECT_EQ(logfmt_value("\xc2\x9b"
                         "31m"),
            R"("\u009b31m")");
  EXPECT_EQ(json_value("a\n\"\\\x1b\x7f"), R"("a\n\"\\\u001b\u007f")");
  EXPECT_EQ(json_value("\xc2\x9b"), R"("\u009b")");
}

TEST(Logging, Utf8StaysAsItIsAndWhatIsNotUtf8IsEscapedByteByByte) {
  EXPECT_EQ(logfmt_value("caf\xc3\xa9\xf0\x9f\x8c\x8d\xe2\x82\xac"),
            "caf\xc3\xa9\xf0\x9f\x8c\x8d\xe2\x82\xac");
  EXPECT_EQ(logfmt_value("\xff\xc3"), R"("\xff\xc3")");          // never valid; cut short
  EXPECT_EQ(logfmt_value("\xc0\xaf"), R"("\xc0\xaf")");          // too long a form
  EXPECT_EQ(logfmt_value("\xe0\x80\xaf"), R"("\xe0\x80\xaf")");  // likewise
  EXPECT_EQ(logfmt_value("\xed\xa0\x80"), R"("\xed\xa0\x80")");  // a surrogate
  EXPECT_EQ(logfmt_value("\xf4\x90\x80\x80"),
            R"("\xf4\x90\x80\x80")");  // beyond the last character
  EXPECT_EQ(json_value("\xff"), R"("\\xff")");
}

TEST(Logging, ALongValueIsCut) {
  EXPECT_EQ(logfmt_value(std::string(5000, 'x')), std::string(1024, 'x') + "...");
}

TEST(Logging, JsonQuotesNumbersThatJsonDoesNotKnow) {
  EXPECT_NE(json("e", {{"v", std::numeric_limits<double>::infinity()}}).find(R"("v":"inf")"),
            std::string::npos);
  EXPECT_NE(json("e", {{"v", 1.5}}).find(R"("v":1.500000)"), std::string::npos);
  EXPECT_NE(json("e", {{"v", -3}}).find(R"("v":-3)"), std::string::npos);
}

TEST(Logging, WhatIsBelowTheLevelIsCountedButNotShown) {
  Settings settings;
  set_log_level(LogLevel::kWarn);
  const auto infos = log_count(LogLevel::kInfo);
  const auto warnings = log_count(LogLevel::kWarn);
  testing::internal::CaptureStderr();
  log_info("not.shown");
  log_warn("shown");
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_EQ(log_count(LogLevel::kInfo), infos + 1);
  EXPECT_EQ(log_count(LogLevel::kWarn), warnings + 1);
  EXPECT_EQ(out.find("not.shown"), std::string::npos);
  EXPECT_TRUE(std::regex_match(
      out, std::regex(R"(time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warn event=shown\n)")))
      << out;
}

TEST(Logging, FormatIsTakenFromTheSetting) {
  Settings settings;
  set_log_format(LogFormat::kJson);
  testing::internal::CaptureStderr();
  log_error("broken", {{"why", "test"}});
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_NE(out.find(R"("level":"error","event":"broken","why":"test"})"), std::string::npos)
      << out;
}

TEST(Logging, LinesOfSeveralThreadsNeverMix) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  testing::internal::CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < kLines; ++i) log_info("threads.line", {{"text", "one two three"}});
      });
    }
  }
  std::istringstream lines(testing::internal::GetCapturedStderr());
  int seen = 0;
  const std::regex whole(R"(time=\S+ level=info event=threads\.line text="one two three")");
  for (std::string line; std::getline(lines, line); ++seen)
    EXPECT_TRUE(std::regex_match(line, whole)) << line;
  EXPECT_EQ(seen, kThreads * kLines);
}

TEST(Logging, ErrnoIsLeftAsItWas) {
  testing::internal::CaptureStderr();
  errno = ENOSPC;
  log_info("kept");
  EXPECT_EQ(errno, ENOSPC);
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace relay
