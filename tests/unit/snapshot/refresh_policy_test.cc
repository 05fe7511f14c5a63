// The numbers throughout: a snapshot of 100 MiB at offset 0, ratio 4: it is outgrown by the first
// byte past 400 MiB of log. The log's limit is 1024 MiB: retention is near from 768 MiB on.
#include "proxy/snapshot/refresh_policy.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

RefreshInputs with_log_after(std::uint64_t bytes) {
  RefreshInputs now;
  now.min_interval = 15min;
  now.snapshot = RefreshInputs::Whole{Offset(), 100 * kMiB, 1h};
  now.log_end = Offset::of_bytes(bytes);
  now.log_limit_bytes = 1024 * kMiB;
  now.streaming = true;
  return now;
}

RefreshInputs without_snapshot() {
  RefreshInputs now = with_log_after(500 * kMiB);
  now.snapshot.reset();
  now.replica_is_waiting = true;
  return now;
}

TEST(RefreshPolicy, OutgrownFromTheFirstBytePastRatioTimesTheSnapshot) {
  EXPECT_FALSE(is_outgrown(4.0, 100 * kMiB, 400 * kMiB));
  EXPECT_TRUE(is_outgrown(4.0, 100 * kMiB, 400 * kMiB + 1));
}

TEST(RefreshPolicy, SmallSnapshotCountsAs64Megabytes) {
  EXPECT_FALSE(is_outgrown(4.0, 90, 256 * kMiB));
  EXPECT_TRUE(is_outgrown(4.0, 90, 256 * kMiB + 1));
}

TEST(RefreshPolicy, WaitingReplicaWithAnOutgrownSnapshotGetsAFreshOne) {
  RefreshInputs now = with_log_after(400 * kMiB + 1);
  EXPECT_FALSE(should_refresh(now).refresh) << "nobody waits";
  now.replica_is_waiting = true;
  EXPECT_TRUE(should_refresh(now).refresh);
  now.log_end = Offset::of_bytes(400 * kMiB);
  EXPECT_FALSE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, LogNearItsLimitIsRefreshedUnderAutoThoughNobodyWaits) {
  EXPECT_FALSE(should_refresh(with_log_after(768 * kMiB - 1)).refresh);
  EXPECT_TRUE(should_refresh(with_log_after(768 * kMiB)).refresh);
  RefreshInputs now = with_log_after(768 * kMiB);
  now.policy = RefreshPolicy::kOnDemand;
  EXPECT_FALSE(should_refresh(now).refresh);
  now.replica_is_waiting = true;
  EXPECT_TRUE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, LogWithoutALimitIsNeverNearIt) {
  RefreshInputs now = with_log_after(100'000 * kMiB);
  now.log_limit_bytes = 0;
  EXPECT_FALSE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, OneAttemptPerMinimumIntervalWhileThereIsSomethingToServe) {
  RefreshInputs now = with_log_after(768 * kMiB);
  now.replica_is_waiting = true;
  now.since_last_attempt = 15min - 1ms;
  EXPECT_FALSE(should_refresh(now).refresh);
  now.since_last_attempt = 15min;
  EXPECT_TRUE(should_refresh(now).refresh);
  now.snapshot->age = 15min - 1ms;  // taken before a restart: no attempt is remembered, the age is
  now.since_last_attempt.reset();
  EXPECT_FALSE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, WaitingReplicaWithNothingToServeIgnoresTheMinimumInterval) {
  RefreshInputs now = without_snapshot();
  EXPECT_TRUE(should_refresh(now).refresh);
  now.since_last_attempt = 0ms;
  EXPECT_TRUE(should_refresh(now).refresh);
  now.replica_is_waiting = false;
  EXPECT_FALSE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, FailuresInARowKeepItOffTheMasterForLonger) {
  EXPECT_EQ(delay_after_failures(0), 0ms);
  EXPECT_EQ(delay_after_failures(1), 1s);
  EXPECT_EQ(delay_after_failures(2), 2s);
  EXPECT_EQ(delay_after_failures(6), 32s);
  EXPECT_EQ(delay_after_failures(7), 60s);
  EXPECT_EQ(delay_after_failures(4'000'000'000), 60s);

  RefreshInputs now = without_snapshot();
  now.consecutive_failures = 3;
  now.since_last_attempt = 4s - 1ms;
  EXPECT_FALSE(should_refresh(now).refresh);
  now.since_last_attempt = 4s;
  EXPECT_TRUE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, SnapshotThatTheLogNoLongerReachesIsNone) {
  RefreshInputs now = with_log_after(500 * kMiB);
  now.log_begin = Offset::of_bytes(1);
  now.replica_is_waiting = true;
  now.since_last_attempt = 0ms;
  EXPECT_TRUE(should_refresh(now).refresh);
  now.log_begin = Offset();
  EXPECT_FALSE(should_refresh(now).refresh) << "the same with the snapshot: too soon";
}

TEST(RefreshPolicy, SnapshotAheadOfAShortenedLogHasNothingAfterIt) {
  RefreshInputs now = with_log_after(10);
  now.snapshot->offset = Offset::of_bytes(20);
  now.replica_is_waiting = true;
  EXPECT_FALSE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, NeverIsNeverEvenWithNothingToServe) {
  RefreshInputs now = without_snapshot();
  now.policy = RefreshPolicy::kNever;
  EXPECT_FALSE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, OnlyWhileStreamingAndOneTransferAtATimeAndOnlyWhereOffsetsAreKnown) {
  RefreshInputs now = without_snapshot();
  now.streaming = false;
  EXPECT_FALSE(should_refresh(now).refresh);
  now = without_snapshot();
  now.transfer_in_progress = true;
  EXPECT_FALSE(should_refresh(now).refresh);
  now = without_snapshot();
  now.own_ids = true;
  EXPECT_FALSE(should_refresh(now).refresh);
}

TEST(RefreshPolicy, EveryAnswerHasAReason) {
  EXPECT_FALSE(should_refresh(without_snapshot()).reason.empty());
  EXPECT_FALSE(should_refresh(with_log_after(0)).reason.empty());
  EXPECT_FALSE(should_refresh(RefreshInputs{}).reason.empty());
}

}  // namespace
}  // namespace relay
