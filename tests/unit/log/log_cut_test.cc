// Cutting the log back to the last border, with the disk anywhere behind it: the torn bytes are
// gone, in memory, on disk and after any crash, and the new history's number is on disk before its
// first byte is.
#include "tests/unit/log/log_bench.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

// After every cut the log goes on, and in the end all of it is right.
void go_on(LogBench& bench) {
  bench.expect_holds();
  bench.expect_crash_safe();
  bench.append(5000, 10);
  bench.expect_holds();
  bench.plan.release();
  bench.until_settled();
  bench.expect_holds();
  bench.expect_crash_safe();
  EXPECT_EQ(bench.stored_too_early, 0U);
  RecoveredLog found;
  EXPECT_TRUE(is_true_part(*bench.memory->crash(), bench.histories, &found));
  EXPECT_EQ(found.end, bench.end());
  EXPECT_EQ(*read_file(*bench.memory, kBenchDir + "/" + kBenchId),
            std::to_string(bench.histories.size() - 1));
}

TEST(LogCut, OfBytesThatWereNeverWritten) {
  LogBench bench;
  bench.append(3000);
  bench.until_settled();
  bench.plan.stall({DiskCall::kWrite});
  bench.append(1000);
  bench.until_stalled();
  bench.append(500, 400);
  bench.cut();
  EXPECT_EQ(bench.log->end(), kBenchStart + 4100);
  go_on(bench);
}

TEST(LogCut, OfBytesThatAreWritten) {
  LogBench bench;
  bench.append(300'000, 1000);
  bench.until_settled();
  bench.cut();
  EXPECT_EQ(bench.log->end(), kBenchStart + 299'000);
  EXPECT_EQ(bench.log->written(), bench.log->end());
  EXPECT_EQ(bench.log->durable(), bench.log->end());
  go_on(bench);
}

TEST(LogCut, WhileTheCutBytesAreBeingWritten) {
  LogBench bench;
  bench.append(3000);
  bench.until_settled();
  bench.plan.stall({DiskCall::kWrite});
  bench.append(2000, 700);
  bench.until_stalled();
  bench.cut();
  go_on(bench);
}

TEST(LogCut, WhileTheCutBytesAreBeingSynced) {
  LogBench bench;
  bench.append(3000);
  bench.until_settled();
  bench.plan.stall({DiskCall::kSync});
  bench.append(2000, 700);
  bench.until_stalled();
  bench.cut();
  go_on(bench);
}

TEST(LogCut, AtTheEndItselfTakesNothing) {
  LogBench bench;
  bench.append(3000);
  bench.until_settled();
  const unsigned cuts = bench.log->cuts();
  bench.cut();
  EXPECT_EQ(bench.log->cuts(), cuts);
  EXPECT_EQ(bench.log->end(), kBenchStart + 3000);
  go_on(bench);
}

TEST(LogCut, BeforeAnythingWasStored) {
  LogBench bench;
  bench.append(300, 300);
  bench.cut();
  EXPECT_EQ(bench.log->end(), kBenchStart);
  go_on(bench);
}

TEST(LogCut, OfACommandLongerThanTheSegments) {
  LogBench bench;
  bench.append(30'000);
  bench.until_settled();
  for (int i = 0; i < 6; ++i) {
    const bool first = i == 0;
    bench.append(70'000, first ? 60'000 : 70'000);
    bench.until_settled();
  }
  ASSERT_GT(bench.log->segment_count(), 4U);
  const Offset to = kBenchStart + 40'000;
  bench.plan.stall(changing_calls());
  bench.cut();
  // Nobody may read what was cut away, though the files still hold it.
  for (Offset at = kBenchStart; at < to; at += 1000) {
    ASSERT_TRUE(bench.log->segment_at(at));
    EXPECT_LE(bench.log->segment_at(at)->end, to);
  }
  for (Offset at = to; at < to + 400'000; at += 1000) EXPECT_FALSE(bench.log->segment_at(at));
  go_on(bench);
}

TEST(LogCut, OfACommandLongerThanMemory) {
  LogBench bench;
  bench.append(30'000, 100);
  for (int i = 0; i < 4; ++i) {
    bench.append(kOneChunk, kOneChunk);
    bench.until_settled();
  }
  ASSERT_GT(bench.log->memory_begin(), bench.log->boundary());
  bench.cut();
  EXPECT_EQ(bench.log->memory_bytes(), 0U);
  go_on(bench);
}

TEST(LogCut, OfACommandLongerThanAllThatIsHeld) {
  Config::Log settings = small_log();
  settings.max_size = 300'000;
  LogBench bench(settings);
  bench.append(30'000, 100);
  for (int i = 0; i < 20; ++i) {
    bench.append(70'000, 70'000);
    bench.until_settled();
  }
  ASSERT_GT(bench.log->begin(), bench.log->boundary());
  bench.cut();
  EXPECT_EQ(bench.log->begin(), kBenchStart + 29'900);
  EXPECT_EQ(bench.log->end(), kBenchStart + 29'900);
  go_on(bench);
  EXPECT_EQ(bench.log->begin(), kBenchStart + 29'900);
}

TEST(LogCut, TwiceBeforeTheDiskHasSeenTheFirst) {
  LogBench bench;
  bench.append(30'000, 100);
  bench.until_settled();
  bench.plan.stall(changing_calls());
  bench.append(5000, 5000);
  bench.until_stalled();
  bench.cut();
  bench.append(2000, 1500);
  bench.cut();
  EXPECT_EQ(bench.log->end(), kBenchStart + 30'400);
  go_on(bench);
}

// A step of the cut is on its way, and a lower cut comes.
TEST(LogCut, WhileAnEarlierCutIsOnItsWay) {
  for (const DiskCall step : changing_calls()) {
    LogBench bench;
    bench.append(200'000, 100'000);
    bench.until_settled();
    bench.append(1000, 10);
    bench.until_settled();
    const auto before = bench.plan.count(step);
    bench.plan.stall({step});
    bench.cut();
    bench.context.restart();
    while (bench.plan.count(step) == before && bench.context.run_one_for(5ms) > 0) {
    }
    bench.append(3000, 2000);
    bench.cut();
    go_on(bench);
  }
}

TEST(LogCut, ARecordThatCannotBeStoredHoldsBackTheNewBytes) {
  LogBench bench;
  bench.append(3000, 100);
  bench.until_settled();
  bench.plan.fail_from({DiskCall::kRename}, 2, EIO);  // the first is the cut's own segment
  bench.cut();
  bench.append(500);
  bench.until([&] { return bench.health.is_degraded(); });
  EXPECT_EQ(bench.log->written(), kBenchStart + 2900);
  bench.expect_crash_safe();
  bench.plan.heal();
  go_on(bench);
}

// A crash after any change that the cut and what follows it make.
TEST(LogCut, ACrashAtAnyStepLeavesOneHistoryOrTheOther) {
  std::uint64_t n = 0;
  for (bool crashed = true; crashed; ++n) {
    SCOPED_TRACE(n);
    LogBench bench;
    bench.append(30'000);
    bench.until_settled();
    bench.append(100'000, 90'000);
    bench.until_settled();
    bench.append(70'000, 70'000);
    bench.until_settled();
    bench.plan.crash_after(n);
    bench.cut();
    bench.append(4000, 10);
    bench.until([&] { return bench.health.is_degraded() || bench.log->durable() == bench.end(); });
    crashed = bench.plan.has_crashed();
    bench.expect_crash_safe();
    EXPECT_EQ(bench.stored_too_early, 0U);
    bench.log->abandon();
  }
  EXPECT_GT(n, 10U);
}

}  // namespace
}  // namespace relay::test
