// The life of a log whose disk does what it should, at its own pace: frontiers, memory, retention
// and the end. What happens when the disk fails is in log_failure_test.cc, cuts are in
// log_cut_test.cc.
#include "proxy/log/replication_log.h"

#include "tests/unit/log/log_bench.h"

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

Config::Log with_fsync(FsyncPolicy policy, Duration interval) {
  Config::Log settings = small_log();
  settings.fsync = policy;
  settings.fsync_interval = interval;
  return settings;
}

TEST(ReplicationLog, EndMovesAtOnceAndTheDiskFollows) {
  LogBench bench;
  bench.until_settled();
  bench.plan.stall({DiskCall::kWrite});
  bench.append(3000, 100);
  EXPECT_EQ(bench.log->end(), kBenchStart + 3000);
  EXPECT_EQ(bench.log->boundary(), kBenchStart + 2900);
  bench.until_stalled();
  EXPECT_EQ(bench.log->written(), kBenchStart);
  bench.expect_holds();

  bench.plan.stall({DiskCall::kSync});  // and the writing goes on
  bench.until_stalled();
  EXPECT_EQ(bench.log->durable(), kBenchStart);
  bench.plan.release();
  bench.until_settled();
  EXPECT_EQ(bench.log->written(), kBenchStart + 3000);
  EXPECT_EQ(bench.log->appended_bytes(), 3000U);
  bench.expect_holds();
  RecoveredLog found;
  EXPECT_TRUE(is_true_part(*bench.memory->crash(), bench.histories, &found));
  EXPECT_EQ(found.end, kBenchStart + 3000);
  EXPECT_EQ(found.boundary, kBenchStart + 2900);
}

TEST(ReplicationLog, GathersWhatIsAppendedUntilItIsWorthAJobOrHasWaited) {
  LogBench bench(with_fsync(FsyncPolicy::kInterval, 1h));
  bench.until_settled();
  bench.log->set_gathering(10'000, 1h);
  const auto writes = [&] { return bench.plan.count(DiskCall::kWrite); };
  const auto before = writes();
  for (int i = 0; i < 9; ++i) {
    bench.append(1000);
    bench.context.restart();
    bench.context.poll();
  }
  EXPECT_EQ(writes(), before);
  EXPECT_EQ(bench.log->written(), kBenchStart);
  bench.append(1000);
  bench.until_written();
  EXPECT_EQ(writes(), before + 1);

  bench.append(1000);
  bench.log->set_gathering(10'000, 1ms);
  bench.append(1000);
  bench.until_written();
  bench.expect_holds();
}

TEST(ReplicationLog, GathersNothingThatIsWaitedFor) {
  LogBench bench(with_fsync(FsyncPolicy::kAlways, 1h));
  bench.until_settled();
  bench.log->set_gathering(1 << 20, 1h);
  bench.append(1000);
  bench.until_written();

  bench.log->set_limits(1 << 30, 0s, FsyncPolicy::kInterval, 1h);
  bench.append(1000);
  bench.log->stop();
  bench.until([&] { return !bench.log->is_running(); });
  EXPECT_EQ(bench.log->durable(), bench.end());
}

TEST(ReplicationLog, WithoutSyncsWhatIsWrittenCountsAsDurable) {
  LogBench bench(with_fsync(FsyncPolicy::kNo, 1h));
  bench.until_settled();
  const auto syncs = bench.plan.count(DiskCall::kSync);
  bench.append(3000);
  bench.until_settled();
  EXPECT_EQ(bench.plan.count(DiskCall::kSync), syncs);
}

TEST(ReplicationLog, SyncsOnlyWhenTheIntervalIsOver) {
  LogBench bench(with_fsync(FsyncPolicy::kInterval, 1h));
  bench.append(3000);
  bench.until_written();
  bench.context.poll();
  EXPECT_EQ(bench.log->durable(), kBenchStart);
  bench.log->set_limits(1 << 30, 0s, FsyncPolicy::kInterval, 1ms);
  bench.until_settled();
}

// Under load there is more to write whenever a write is done.
TEST(ReplicationLog, SyncsComeInTimeAlsoWhenWritesNeverEnd) {
  LogBench bench(with_fsync(FsyncPolicy::kInterval, 0ms));
  bench.until_settled();
  for (int i = 0; i < 10; ++i) {
    const Offset before = bench.log->written();
    bench.plan.stall({DiskCall::kWrite});
    bench.append(1000);
    bench.until_stalled();
    EXPECT_GE(bench.log->durable(), before) << "all that the job before this one wrote";
    bench.append(1000);
    bench.plan.release();
    bench.until([&] { return bench.log->written() > before; });
  }
}

TEST(ReplicationLog, AFullSegmentIsDurable) {
  LogBench bench(with_fsync(FsyncPolicy::kInterval, 1h));
  for (int i = 0; i < 5; ++i) {
    bench.append(40'000);
    bench.until_written();
  }
  EXPECT_EQ(bench.log->segment_count(), 3U);
  EXPECT_EQ(bench.log->durable(), kBenchStart + 160'000);
  RecoveredLog found;
  EXPECT_TRUE(is_true_part(*bench.memory->crash(), bench.histories, &found));
  EXPECT_GE(found.end, bench.log->durable());
}

TEST(ReplicationLog, WhatHasLeftMemoryIsReadFromSegments) {
  LogBench bench;
  for (int i = 0; i < 25; ++i) {
    bench.append(200'000);
    bench.until_written();
  }
  EXPECT_GT(bench.log->segment_count(), 10U);
  EXPECT_GT(bench.log->memory_begin(), kBenchStart);
  EXPECT_LE(bench.log->memory_bytes(), 3 * kOneChunk);
  EXPECT_EQ(bench.log->begin(), kBenchStart);
  bench.expect_holds();
  EXPECT_GE(bench.cold_bytes, bench.log->memory_begin().since(kBenchStart));
}

TEST(ReplicationLog, NothingLeavesMemoryBeforeItIsWritten) {
  LogBench bench;
  bench.until_settled();
  bench.plan.stall({DiskCall::kWrite});
  bench.append(1000);
  bench.until_stalled();
  bench.append(4 * kOneChunk);
  EXPECT_EQ(bench.log->memory_begin(), kBenchStart);
  EXPECT_EQ(bench.log->memory_bytes(), 5 * kOneChunk);
  bench.plan.release();
  bench.until_written();
  EXPECT_EQ(bench.log->memory_bytes(), 2 * kOneChunk);
  bench.expect_holds();
}

TEST(ReplicationLog, AStalledDiskFillsMemoryAndARoomIsThereWhenItGoesOn) {
  LogBench bench;
  bench.until_settled();
  bench.plan.stall({DiskCall::kWrite});
  bench.append(4 * kOneChunk);
  bench.until_stalled();
  EXPECT_FALSE(bench.log->memory_is_full());
  bench.append(1);
  EXPECT_TRUE(bench.log->memory_is_full());
  bool room = false;
  const auto wait = [&]() -> asio::awaitable<void> {
    co_await bench.log->room();
    room = true;
  };
  asio::co_spawn(bench.context, wait(), asio::detached);
  bench.context.restart();
  bench.context.poll();
  EXPECT_FALSE(room);
  bench.plan.release();
  bench.until([&] { return room; });
  EXPECT_FALSE(bench.log->memory_is_full());
}

TEST(ReplicationLog, SettledReturnsWhenAllIsDurable) {
  LogBench bench;
  bench.append(300'000);
  bool settled = false;
  const auto wait = [&]() -> asio::awaitable<void> {
    co_await bench.log->settled();
    settled = true;
    EXPECT_EQ(bench.log->durable(), bench.log->end());
  };
  asio::co_spawn(bench.context, wait(), asio::detached);
  bench.until([&] { return settled; });
}

TEST(ReplicationLog, RetentionDropsTheOldestSegments) {
  Config::Log settings = small_log();
  settings.max_size = 300'000;
  LogBench bench(settings);
  for (int i = 0; i < 20; ++i) {
    bench.append(50'000);
    bench.until_settled();
  }
  bench.until([&] { return bench.log->disk_bytes() <= 300'000; });
  EXPECT_GT(bench.log->begin(), kBenchStart);
  EXPECT_EQ(bench.log->trimmed_bytes(), bench.log->begin().since(kBenchStart));
  EXPECT_GT(bench.log->disk_bytes(), 100'000U);
  EXPECT_FALSE(bench.log->segment_at(kBenchStart));
  bench.expect_holds();
  bench.close();
  RecoveredLog found;
  EXPECT_TRUE(is_true_part(*bench.memory->crash(), bench.histories, &found));
  EXPECT_EQ(found.begin, bench.log->begin());
}

TEST(ReplicationLog, NothingBehindThePinIsDropped) {
  Config::Log settings = small_log();
  settings.max_size = 300'000;
  LogBench bench(settings);
  const Offset pin = kBenchStart + 260'000;
  bench.log->pin(pin);
  for (int i = 0; i < 20; ++i) {
    bench.append(50'000);
    bench.until_settled();
    EXPECT_LE(bench.log->begin(), pin);
  }
  EXPECT_TRUE(bench.log->is_pinned_over_budget());
  EXPECT_GT(bench.log->begin(), kBenchStart) << "what lies before the pin may go";
  ASSERT_TRUE(bench.log->segment_at(pin));
  bench.expect_holds();
  bench.log->pin(std::nullopt);
  EXPECT_FALSE(bench.log->is_pinned_over_budget());
  EXPECT_GT(bench.log->begin(), pin);
  bench.until([&] { return bench.log->disk_bytes() <= 300'000; });
  bench.expect_holds();
}

TEST(ReplicationLog, ADamagedSegmentIsGivenUpWithAllBeforeIt) {
  LogBench bench;
  for (int i = 0; i < 4; ++i) {
    bench.append(70'000);
    bench.until_settled();
  }
  ASSERT_EQ(bench.log->segment_count(), 4U);
  bench.log->set_aside(kBenchStart + 70'000);
  EXPECT_EQ(bench.log->begin(), kBenchStart + 140'000);
  bench.until([&] { return bench.log->segment_count() == 2; });
  bench.expect_holds();
}

// It ends earlier for the reader, as a damaged one would.
TEST(ReplicationLog, ASegmentThatIsBeingCutIsNotTakenForDamaged) {
  LogBench bench;
  bench.append(70'000);
  bench.until_settled();
  bench.append(70'000, 30'000);
  bench.until_settled();
  bench.append(70'000);
  bench.until_settled();
  const Offset base = bench.log->segment_at(kBenchStart + 100'000)->base;
  bench.append(10, 10);
  bench.plan.stall(changing_calls());
  bench.cut();
  bench.until_stalled();
  bench.log->set_aside(base);
  EXPECT_EQ(bench.log->begin(), kBenchStart);
  bench.plan.release();
  bench.until_settled();
  bench.expect_holds();
}

TEST(ReplicationLog, DamageInTheLastSegmentLeavesWhatMemoryHolds) {
  Config::Log settings = small_log();
  settings.segment_size = 64 << 20;
  LogBench bench(settings);
  for (int i = 0; i < 5; ++i) {
    bench.append(kOneChunk);
    bench.until_settled();
  }
  const Offset memory = bench.log->memory_begin();
  ASSERT_GT(memory, kBenchStart);
  bench.log->set_aside(kBenchStart);
  EXPECT_EQ(bench.log->begin(), memory);
  EXPECT_EQ(bench.log->written(), memory);
  bench.append(1000);
  bench.until_settled();
  bench.expect_holds();
  RecoveredLog found;
  EXPECT_TRUE(is_true_part(*bench.memory->crash(), bench.histories, &found));
  EXPECT_EQ(found.begin, memory);
  EXPECT_EQ(found.end, bench.end());
}

TEST(ReplicationLog, StoppingStoresEverythingAndSealsIt) {
  LogBench bench(with_fsync(FsyncPolicy::kNo, 1h));
  bench.append(9 * kOneChunk);
  bench.log->stop();
  bench.until([&] { return !bench.log->is_running(); });
  EXPECT_EQ(bench.log->durable(), bench.end());
  RecoveredLog found;
  const auto after = bench.memory->crash();
  EXPECT_TRUE(is_true_part(*after, bench.histories, &found));
  EXPECT_EQ(found.end, bench.end());
  const auto last = after->open(segment_path(kBenchLog, found.segments.back().base));
  const auto looked = look_at_segment(**last, found.segments.back().base);
  EXPECT_TRUE(looked->seal);
}

TEST(ReplicationLog, AnAbandonedLogStoresNothingMore) {
  LogBench bench;
  bench.until_settled();
  bench.plan.stall({DiskCall::kWrite});
  bench.append(1000);
  bench.until_stalled();
  bench.append(1000);
  bench.log->abandon();
  bench.plan.release();
  bench.until([&] { return !bench.log->is_running(); });
  EXPECT_EQ(bench.log->written(), kBenchStart + 1000);
}

TEST(ReplicationLog, WhatARestartFoundGoesOn) {
  LogBench bench;
  bench.append(200'000, 300);
  bench.until_settled();
  bench.close();
  bench.log.reset();
  const auto found = recover_log(*bench.memory, kBenchLog);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->boundary, kBenchStart + 199'700);
  bench.histories.back().stream.resize(199'700);
  bench.open({found->boundary, found->segments});
  EXPECT_EQ(bench.log->begin(), kBenchStart);
  EXPECT_EQ(bench.log->segment_at(kBenchStart + 199'699)->end, kBenchStart + 199'700);
  bench.expect_holds();
  bench.append(200'000);
  bench.until_settled();
  bench.expect_holds();
  bench.expect_crash_safe();
}

}  // namespace
}  // namespace relay::test
