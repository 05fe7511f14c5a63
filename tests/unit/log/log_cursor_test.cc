#include "proxy/log/log_cursor.h"

#include "tests/unit/log/log_bench.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

using Found = LogCursor::Found;

TEST(LogCursor, YieldsTheBytesFromItsPlaceToTheEnd) {
  LogBench bench;
  bench.append(kOneChunk + 500);
  LogCursor cursor(*bench.log, kBenchStart + 100);
  std::string bytes;
  while (true) {
    const LogCursor::Next next = cursor.next();
    if (next.found != Found::kBytes) break;
    const std::string_view part = next.bytes.substr(0, 300'000);
    bytes += part;
    cursor.advance(part.size());
  }
  EXPECT_EQ(cursor.position(), bench.end());
  EXPECT_TRUE(bytes == bench.histories[0].slice(kBenchStart + 100, bench.end()));
  EXPECT_EQ(cursor.next().found, Found::kCaughtUp);
  bench.append(10);
  EXPECT_EQ(cursor.next().bytes, bench.histories[0].slice(cursor.position(), bench.end()));
}

TEST(LogCursor, MayStandPastTheEnd) {
  LogBench bench;
  LogCursor cursor(*bench.log, kBenchStart + 50);
  EXPECT_EQ(cursor.next().found, Found::kCaughtUp);
  bench.append(50);
  EXPECT_EQ(cursor.next().found, Found::kCaughtUp);
  bench.append(7);
  EXPECT_EQ(cursor.next().bytes.size(), 7U);
}

TEST(LogCursor, IsColdBehindWhatMemoryHolds) {
  LogBench bench;
  for (int i = 0; i < 4; ++i) {
    bench.append(kOneChunk);
    bench.until_written();
  }
  LogCursor cursor(*bench.log, kBenchStart);
  EXPECT_EQ(cursor.next().found, Found::kCold);
  LogCursor near(*bench.log, bench.log->memory_begin());
  EXPECT_EQ(near.next().found, Found::kBytes);
}

TEST(LogCursor, IsOvertakenForGood) {
  Config::Log settings = small_log();
  settings.max_size = 200'000;
  LogBench bench(settings);
  LogCursor cursor(*bench.log, kBenchStart);
  for (int i = 0; i < 10; ++i) {
    bench.append(70'000);
    bench.until_settled();
  }
  ASSERT_GT(bench.log->begin(), kBenchStart);
  EXPECT_EQ(cursor.next().found, Found::kOvertaken);
  LogCursor first(*bench.log, bench.log->begin());
  EXPECT_EQ(first.next().found, Found::kBytes);
}

TEST(LogCursor, SeesNothingOfWhatWasCut) {
  LogBench bench;
  bench.append(1000, 300);
  LogCursor cursor(*bench.log, kBenchStart);
  cursor.advance(cursor.next().bytes.size() - 500);
  const LogCursor::Next before = cursor.next();  // somebody keeps the old chunk alive
  ASSERT_EQ(before.bytes.size(), 500U);
  const std::string sent(before.bytes);
  bench.cut();
  EXPECT_EQ(cursor.next().bytes.size(), 200U);
  bench.append(300);
  EXPECT_EQ(cursor.next().bytes, bench.histories[1].slice(cursor.position(), bench.end()));
  EXPECT_EQ(before.bytes, sent) << "bytes that are being sent do not change";
}

TEST(LogCursor, KeepsNoChunkAliveBetweenTwoCalls) {
  LogBench bench;
  bench.append(kOneChunk);
  bench.until_written();
  LogCursor cursor(*bench.log, kBenchStart);
  const std::weak_ptr<Chunk> chunk = cursor.next().chunk;
  ASSERT_FALSE(chunk.expired());
  for (int i = 0; i < 3; ++i) {
    bench.append(kOneChunk);
    bench.until_written();
  }
  bench.context.restart();
  bench.context.poll();
  EXPECT_TRUE(chunk.expired());
  EXPECT_EQ(cursor.next().found, Found::kCold);
}

}  // namespace
}  // namespace relay::test
