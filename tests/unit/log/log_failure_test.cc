// The log while its disk fails: the stream goes on in memory, no hole is ever stored, and when the
// disk is back the log goes on where it surely ended, or begins anew at what memory still holds.
#include "tests/unit/log/log_bench.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

void expect_all_stored(LogBench& bench) {
  bench.until_settled();
  bench.expect_holds();
  RecoveredLog found;
  EXPECT_TRUE(is_true_part(*bench.memory->crash(), bench.histories, &found));
  EXPECT_EQ(found.begin, bench.log->begin());
  EXPECT_EQ(found.end, bench.end());
}

void turn_until_degraded(LogBench& bench) {
  bench.until([&] { return bench.health.is_degraded(); });
}

TEST(LogFailure, AFullDiskStopsNobodyAndLeavesNoHole) {
  for (const bool half : {false, true}) {
    LogBench bench;
    bench.append(30'000);
    bench.until_settled();
    if (half) bench.plan.keep_half_of_failed_writes();
    bench.plan.fail_from({DiskCall::kWrite}, 1, ENOSPC);
    bench.append(20'000, 100);
    turn_until_degraded(bench);
    EXPECT_EQ(bench.health.errors().at("append"), 1U);
    EXPECT_FALSE(bench.log->memory_is_full());
    EXPECT_EQ(bench.log->written(), kBenchStart + 30'000);
    bench.append(20'000);
    bench.expect_holds();
    bench.expect_crash_safe();
    bench.plan.heal();
    expect_all_stored(bench);
    EXPECT_EQ(bench.log->begin(), kBenchStart);
  }
}

TEST(LogFailure, ADiskThatFillsUpForReal) {
  LogBench bench;
  bench.memory->set_capacity(200'000);
  for (int i = 0; i < 10; ++i) {
    bench.append(30'000);
    bench.until([&] { return bench.log->written() == bench.end() || bench.health.is_degraded(); });
    bench.expect_crash_safe();
  }
  turn_until_degraded(bench);
  EXPECT_GE(bench.log->written(), kBenchStart + 100'000);
  bench.memory->set_capacity(std::nullopt);
  expect_all_stored(bench);
  EXPECT_EQ(bench.log->begin(), kBenchStart);
}

TEST(LogFailure, EveryCallMayFailOnce) {
  std::uint64_t calls = 1;
  for (std::uint64_t n = 1; n <= calls; ++n) {
    SCOPED_TRACE(n);
    LogBench bench;
    bench.append(30'000);
    bench.until_settled();
    bench.plan.fail_nth(every_call(), n, EIO);
    for (int i = 0; i < 4; ++i) {
      bench.append(50'000, 100);
      bench.until_written();
    }
    bench.cut();
    bench.append(1000);
    bench.until_written();
    if (n == 1) {
      for (int kind = 0; kind < 14; ++kind) calls += bench.plan.count(static_cast<DiskCall>(kind));
    }
    expect_all_stored(bench);
    EXPECT_EQ(bench.stored_too_early, 0U);
  }
  EXPECT_GT(calls, 30U);
}

TEST(LogFailure, WhileMemoryIsShedTheLogBeginsLater) {
  LogBench bench;
  bench.append(30'000);
  bench.until_settled();
  bench.plan.fail_from({DiskCall::kWrite}, 1, EIO);
  bench.append(1000);
  turn_until_degraded(bench);
  for (int i = 0; i < 12; ++i) {
    bench.append(kOneChunk / 2 + 1);
    EXPECT_LE(bench.log->memory_bytes(), 4 * kOneChunk);
    EXPECT_FALSE(bench.log->memory_is_full());
    bench.expect_holds();
  }
  EXPECT_EQ(bench.log->begin(), bench.log->memory_begin());
  EXPECT_GT(bench.log->begin(), kBenchStart + 31'000);
  bench.expect_crash_safe();
  bench.plan.heal();
  expect_all_stored(bench);
}

// The disk is back, and before the log has begun anew, more is shed or cut.
TEST(LogFailure, WhatIsShedWhileTheLogBeginsAnewIsNotMissed) {
  for (const bool cut : {false, true}) {
    LogBench bench;
    bench.append(30'000);
    bench.until_settled();
    bench.plan.fail_from({DiskCall::kWrite}, 1, EIO);
    bench.append(6 * kOneChunk);
    turn_until_degraded(bench);
    bench.append(kOneChunk);
    ASSERT_GT(bench.log->begin(), kBenchStart);
    bench.plan.heal();
    bench.plan.stall({DiskCall::kRename});
    bench.until_stalled();
    if (cut) {
      bench.append(2 * kOneChunk, 2 * kOneChunk);
      bench.cut();
    } else {
      bench.append(2 * kOneChunk);
    }
    bench.plan.release();
    expect_all_stored(bench);
  }
}

TEST(LogFailure, AfterAFailedSyncTheBytesSinceTheLastGoodOneAreWrittenAgain) {
  LogBench bench;
  bench.append(30'000);
  bench.until_settled();
  bench.plan.fail_nth({DiskCall::kSync}, 1, EIO);
  bench.append(2000);
  turn_until_degraded(bench);
  EXPECT_EQ(bench.health.errors().at("fsync"), 1U);
  expect_all_stored(bench);
  // Begun anew there, for the kernel may have dropped what it had after it.
  EXPECT_EQ(bench.log->segment_at(kBenchStart + 30'000)->base, kBenchStart + 30'000);
}

TEST(LogFailure, ASegmentWhoseLastSyncFailsIsNotTrusted) {
  Config::Log settings = small_log();
  settings.fsync = FsyncPolicy::kInterval;
  settings.fsync_interval = 1h;
  LogBench bench(settings);
  bench.append(30'000);
  bench.until_written();
  bench.append(50'000);
  bench.until_written();
  bench.plan.fail_nth({DiskCall::kSync}, 1, EIO);
  bench.append(1000);  // the segment is full: it is synced before the next is begun
  turn_until_degraded(bench);
  EXPECT_EQ(bench.health.errors().at("fsync"), 1U);
  EXPECT_EQ(bench.log->written(), kBenchStart);
  bench.log->set_limits(1 << 30, 0s, FsyncPolicy::kAlways, 0ms);
  expect_all_stored(bench);
}

TEST(LogFailure, AFailedSyncOfBytesThatMemoryNoLongerHasBeginsTheLogAnew) {
  Config::Log settings = small_log();
  settings.fsync = FsyncPolicy::kInterval;
  settings.fsync_interval = 1h;
  settings.segment_size = 64 << 20;
  LogBench bench(settings);
  for (int i = 0; i < 5; ++i) {
    bench.append(kOneChunk);
    bench.until_written();
  }
  ASSERT_GT(bench.log->memory_begin(), bench.log->durable());
  bench.plan.fail_nth({DiskCall::kSync}, 1, EIO);
  bench.log->set_limits(1 << 30, 0s, FsyncPolicy::kAlways, 0ms);
  turn_until_degraded(bench);
  EXPECT_EQ(bench.log->begin(), bench.log->memory_begin());
  // More is shed than the disk has again: the log must not believe that it is still there.
  bench.plan.stall({DiskCall::kRename});
  bench.append(4 * kOneChunk);
  bench.expect_holds();
  bench.plan.release();
  expect_all_stored(bench);
}

TEST(LogFailure, TheDiskCountsAsRecoveredWithTheFirstByteStored) {
  Config::Log settings = small_log();
  settings.memory_hard = 16 * kOneChunk;
  LogBench bench(settings);
  bench.append(30'000);
  bench.until_settled();
  bench.plan.fail_from({DiskCall::kWrite}, 1, EIO);
  bench.append(8 * kOneChunk);  // more than is handed to the disk at a time
  turn_until_degraded(bench);
  bench.plan.heal();
  bench.until([&] { return bench.log->written() > kBenchStart + 30'000; });
  EXPECT_LT(bench.log->written(), bench.end());
  EXPECT_FALSE(bench.health.is_degraded());
}

// A full sync while the disk fails: the log that met the failure is gone, and the next one says when
// the disk is back.
TEST(LogFailure, TheNextGenerationsLogSaysThatTheDiskIsBack) {
  for (const std::size_t appended : {0U, 20'000U}) {
    SCOPED_TRACE(appended);
    LogBench bench;
    bench.plan.fail_from({DiskCall::kWrite}, 1, ENOSPC);
    bench.append(30'000);
    turn_until_degraded(bench);
    bench.log->abandon();
    bench.until([&] { return !bench.log->is_running(); });
    bench.log.reset();
    bench.memory = std::make_unique<MemoryFileSystem>();
    ASSERT_TRUE(bench.memory->make_directory(kBenchDir));
    ASSERT_TRUE(bench.memory->sync_directory(""));
    bench.histories.assign(1, {});

    bench.plan.heal();
    bench.open({kBenchStart, {}});
    ASSERT_TRUE(bench.health.is_degraded());
    if (appended > 0) bench.append(appended);
    expect_all_stored(bench);
    EXPECT_FALSE(bench.health.is_degraded());
  }
}

TEST(LogFailure, AFileThatCannotBeRemovedIsTriedAgainLaterAndStopsNothing) {
  Config::Log settings = small_log();
  settings.max_size = 200'000;
  LogBench bench(settings);
  bench.log->set_retry_interval(1h);
  bench.plan.fail_from({DiskCall::kRemove}, 1, EIO);
  for (int i = 0; i < 10; ++i) {
    bench.append(70'000);
    bench.until_written();
  }
  EXPECT_EQ(bench.health.errors().at("trim"), 1U);
  EXPECT_FALSE(bench.health.is_degraded());
  bench.plan.heal();
  bench.log->set_retry_interval(Duration(0));
  bench.log->stop();
  bench.until([&] { return !bench.log->is_running(); });
  EXPECT_EQ(bench.log->durable(), bench.end());
}

TEST(LogFailure, WhatAFailedTrimDidRemoveIsForgotten) {
  Config::Log settings = small_log();
  settings.max_size = 0;
  LogBench bench(settings);
  for (int i = 0; i < 6; ++i) {
    bench.append(70'000);
    bench.until_settled();
  }
  bench.plan.fail_nth({DiskCall::kRemove}, 2, EIO);
  bench.log->set_limits(150'000, 0s, FsyncPolicy::kAlways, 0ms);
  bench.until([&] { return bench.health.errors().at("trim") == 1; });
  EXPECT_EQ(bench.log->segment_count(), 5U);
  bench.append(1);  // retried with the next that there is to do
  bench.until([&] { return bench.log->disk_bytes() <= 150'000; });
  bench.expect_holds();
}

TEST(LogFailure, AFailedTrimAtTheEndLeavesNothingUnstored) {
  Config::Log settings = small_log();
  settings.max_size = 0;
  LogBench bench(settings);
  for (int i = 0; i < 6; ++i) {
    bench.append(70'000);
    bench.until_settled();
  }
  bench.log->set_retry_interval(1h);
  bench.plan.fail_from({DiskCall::kRemove}, 1, EIO);
  bench.append(500);
  bench.log->set_limits(150'000, 0s, FsyncPolicy::kAlways, 0ms);
  bench.log->stop();
  bench.until([&] { return !bench.log->is_running(); });
  EXPECT_EQ(bench.log->durable(), bench.end());
}

TEST(LogFailure, StoppingWithAFailedDiskGivesUpAfterOneAttempt) {
  LogBench bench;
  bench.log->set_retry_interval(1h);
  bench.until_settled();
  bench.plan.fail_from({DiskCall::kWrite}, 1, EIO);
  bench.append(500);
  turn_until_degraded(bench);
  bench.log->stop();
  bench.until([&] { return !bench.log->is_running(); });
  EXPECT_EQ(bench.log->written(), kBenchStart);
}

// What was there at the last look is not there any more when the log is to go on behind it.
TEST(LogFailure, AHoleThatIsFoundMakesTheLogBeginBehindIt) {
  LogBench bench;
  for (int i = 0; i < 4; ++i) {
    bench.append(70'000);
    bench.until_settled();
  }
  bench.close();
  bench.log.reset();
  const auto found = recover_log(*bench.memory, kBenchLog);
  ASSERT_TRUE(found);
  ASSERT_TRUE(bench.memory->remove(segment_path(kBenchLog, found->segments[2].base)));
  bench.open({found->end, found->segments});
  bench.append(1000);
  bench.until_settled();
  EXPECT_EQ(bench.log->begin(), found->segments[3].base);
  bench.expect_holds();
}

}  // namespace
}  // namespace relay::test
