// The log when its disk is back and the stream does not rest: what is about to be stored is not
// shed meanwhile, however long the disk takes to begin anew.
#include "tests/unit/log/log_bench.h"

#include <gtest/gtest.h>

#include <thread>

namespace relay::test {
namespace {

Config::Log one_segment() {
  Config::Log settings = small_log();
  settings.segment_size = 64 << 20;
  return settings;
}

// As the upstream link does: no more than memory takes.
void append_if_there_is_room(LogBench& bench, int chunks) {
  for (int i = 0; i < chunks && !bench.log->memory_is_full(); ++i) bench.append(kOneChunk);
}

// Turns the executor until one more segment is about to be begun, or nothing is wrong any more.
void until_next_attempt(LogBench& bench, std::uint64_t before) {
  while (bench.health.is_degraded() && bench.plan.count(DiskCall::kRename) == before) {
    bench.context.restart();
    bench.context.poll();
    std::this_thread::yield();
  }
}

TEST(LogCatchingUp, ADiskThatIsSlowToBeginAnewIsWaitedForOnceItAnswers) {
  LogBench bench(one_segment());
  bench.append(30'000);
  bench.until_settled();
  bench.plan.fail_from({DiskCall::kWrite}, 1, EIO);
  bench.append(6 * kOneChunk);
  bench.until([&] { return bench.health.is_degraded(); });
  append_if_there_is_room(bench, 3);
  ASSERT_GT(bench.log->begin(), kBenchStart);

  bench.plan.stall({DiskCall::kRename});
  std::uint64_t renames = bench.plan.count(DiskCall::kRename);
  bench.plan.heal();
  int attempts = 0;
  for (; attempts < 5; ++attempts) {
    until_next_attempt(bench, renames);
    if (!bench.health.is_degraded()) break;
    bench.plan.wait_until_stalled();
    renames = bench.plan.count(DiskCall::kRename);
    append_if_there_is_room(bench, 2);
    const std::uint64_t named = bench.plan.count(DiskCall::kSyncDirectory);
    bench.plan.release();
    while (bench.plan.count(DiskCall::kSyncDirectory) == named) std::this_thread::yield();
    bench.plan.stall({DiskCall::kRename});
  }
  EXPECT_EQ(attempts, 2);  // the first came too late
  bench.plan.release();
  bench.until_settled();
  bench.expect_holds();
  bench.expect_crash_safe();
}

TEST(LogCatchingUp, WhatADiskCannotTakeAsItComesGoesThroughThePageCache) {
  Config::Log settings;
  settings.memory = kOneChunk;
  settings.memory_hard = 16 * kOneChunk;
  LogBench bench(settings);
  bench.append(500'000);
  bench.until_settled();
  EXPECT_EQ(bench.memory->direct_writes(), 1U);

  bench.plan.stall({DiskCall::kWrite});
  bench.append(500'000);
  bench.until_stalled();
  bench.append(2 * kOneChunk, 77);
  bench.plan.release();
  bench.until_settled();
  EXPECT_EQ(bench.memory->direct_writes(), 2U);  // the one that was under way

  bench.append(500'000, 99);
  bench.until_settled();
  EXPECT_EQ(bench.memory->direct_writes(), 3U);
  bench.expect_holds();
  bench.expect_crash_safe();
}

TEST(LogCatchingUp, ADiskThatRefusesAgainIsWaitedForNoLonger) {
  LogBench bench(one_segment());
  bench.append(30'000);
  bench.until_settled();
  bench.plan.fail_from({DiskCall::kWrite}, 1, EIO);
  bench.append(6 * kOneChunk);
  bench.until([&] { return bench.health.is_degraded(); });
  append_if_there_is_room(bench, 3);
  ASSERT_GT(bench.log->begin(), kBenchStart);
  // A segment can be begun, and then nothing put into it.
  const std::uint64_t renames = bench.plan.count(DiskCall::kRename);
  bench.plan.fail_from({DiskCall::kWrite}, 2, ENOSPC);
  until_next_attempt(bench, renames);
  bench.until([&] { return bench.health.errors().at("append") >= 3; });
  append_if_there_is_room(bench, 8);
  EXPECT_FALSE(bench.log->memory_is_full());
  EXPECT_LE(bench.log->memory_bytes(), 4 * kOneChunk);
  bench.expect_holds();
}

}  // namespace
}  // namespace relay::test
