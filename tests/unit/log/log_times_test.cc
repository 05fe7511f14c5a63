// When the bytes of a log were received, over cuts, trimming and a restart; and the samples that go
// with its tail.
#include "tests/unit/log/log_bench.h"

#include <gtest/gtest.h>

#include <thread>

namespace relay::test {
namespace {

using Time = ReplicationLog::Time;

Time now() { return std::chrono::steady_clock::now(); }

// As bench.append() does, at a time of our own.
void append_at(LogBench& bench, std::size_t n, Time when) {
  bench.histories.back().stream += std::string(n, 'x');
  bench.histories.back().borders.insert(bench.end());
  bench.log->append(std::string(n, 'x'), bench.end(), when);
}

TEST(LogTimes, EachByteWasReceivedWhenItsBatchWas) {
  LogBench bench;
  const Time start = now();
  EXPECT_FALSE(bench.log->received(kBenchStart));
  append_at(bench, 1000, start);
  append_at(bench, 500, start + 5s);
  EXPECT_EQ(bench.log->received(kBenchStart), start);
  EXPECT_EQ(bench.log->received(kBenchStart + 999), start);
  EXPECT_EQ(bench.log->received(kBenchStart + 1000), start + 5s);
}

TEST(LogTimes, BytesThatReplaceOthersAfterACutHaveTheirOwn) {
  LogBench bench;
  const Time start = now();
  append_at(bench, 1000, start);
  bench.log->append(std::string(300, 'y'), bench.end(), start + 5s);  // torn: no border behind it
  bench.log->cut_back(bench.log->boundary(), [] { return Result<void>(); });
  append_at(bench, 100, start + 9s);
  EXPECT_EQ(bench.log->received(kBenchStart + 999), start);
  EXPECT_EQ(bench.log->received(kBenchStart + 1000), start + 9s);
}

TEST(LogTimes, TheOldestIsThatOfTheFirstByteHeld) {
  LogBench bench;
  const auto age = [&] { return std::chrono::system_clock::now() - *bench.log->oldest(); };
  EXPECT_FALSE(bench.log->oldest());
  const Time start = now() - 1h;
  for (int i = 0; i < 10; ++i) {
    append_at(bench, 60'000, start + i * 60s);
    bench.until_written();
  }
  EXPECT_GE(age(), 1h);
  bench.log->set_limits(200'000, 0s, FsyncPolicy::kAlways, 1s);
  ASSERT_GT(bench.log->begin(), kBenchStart + 240'000);
  EXPECT_LT(age(), 57min);
  EXPECT_GE(age(), 50min);
}

TEST(LogTimes, WhatIsTrimmedNextEndsWithTheOldestFile) {
  LogBench bench;
  bench.append(1000);
  bench.until_settled();
  EXPECT_FALSE(bench.log->trim_next()) << "the only file stays";
  for (int i = 0; i < 5; ++i) {
    bench.append(60'000);
    bench.until_written();
  }
  const auto next = bench.log->trim_next();
  ASSERT_TRUE(next);
  EXPECT_EQ(bench.log->segment_at(kBenchStart)->end, *next);
}

// A replica that was hours behind before a restart is so after it.
TEST(LogTimes, AfterARestartTheSegmentsSayWhatTheyKnow) {
  LogBench bench;
  bench.close();
  const auto wall = std::chrono::system_clock::now();
  LogStart start;
  start.at = kBenchStart + 300;
  start.segments = {
      {kBenchStart, kBenchStart + 100, 1000, wall - 2h},
      {kBenchStart + 100, kBenchStart + 200, 1000, wall - 1h},
      {kBenchStart + 200, kBenchStart + 300, 1000, wall + 1h}};  // of a clock set back
  ReplicationLog log(bench.context.get_executor(), bench.disk(), *bench.fs, kBenchLog, small_log(),
                     bench.health, start);
  const auto age = [&](std::uint64_t at) { return now() - *log.received(kBenchStart + at); };
  EXPECT_GE(age(0), 2h);
  EXPECT_GE(age(150), 1h);
  EXPECT_LT(age(150), 2h);
  EXPECT_GE(age(250), 0s);
  EXPECT_LT(age(250), 1h);
}

TEST(LogTimes, NowAndThenABatchIsASampleForThoseWhoFollow) {
  LogBench bench;
  TailView view(bench.log->tail());
  EXPECT_FALSE(view.sample_behind(Offset()));
  const Time start = now();
  append_at(bench, 100, start);
  ASSERT_TRUE(view.refresh());
  append_at(bench, 100, start + 1ms);
  append_at(bench, 100, start + ReplicationLog::kSampleEvery);
  ASSERT_TRUE(view.refresh());
  const auto first = view.sample_behind(kBenchStart + 99);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->end, kBenchStart + 100);
  EXPECT_EQ(first->received, start);
  const auto second = view.sample_behind(kBenchStart + 100);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->end, kBenchStart + 300);
  EXPECT_EQ(second->received, start + ReplicationLog::kSampleEvery);
  EXPECT_FALSE(view.sample_behind(kBenchStart + 300));
}

// Two numbers that do not belong together would be a delay that never was.
TEST(LogTimes, ASampleIsReadWholeOrNotAtAll) {
  constexpr std::uint64_t kSamples = 200'000;
  LogTail tail{Offset()};
  std::thread writing([&] {
    for (std::uint64_t n = 1; n <= kSamples; ++n) {
      tail.set_sample({Offset::of_bytes(n), Time(Time::duration(static_cast<Time::rep>(n)))});
    }
  });
  for (std::uint64_t seen = 0; seen < kSamples;) {
    const auto sample = tail.sample();
    if (!sample) continue;
    ASSERT_EQ(sample->end.bytes(),
              static_cast<std::uint64_t>(sample->received.time_since_epoch().count()));
    ASSERT_GE(sample->end.bytes(), seen);
    seen = sample->end.bytes();
  }
  writing.join();
}

}  // namespace
}  // namespace relay::test
