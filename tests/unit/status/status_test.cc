#include "proxy/status/status.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

ReplicaStatus replica(ReplicaState state, std::uint64_t acked, std::uint64_t lag, double seconds) {
  ReplicaStatus status;
  status.state = state;
  status.acked = Offset::of_bytes(acked);
  status.lag_bytes = lag;
  status.lag_seconds = seconds;
  return status;
}

TEST(SlowestReplica, IsZeroWhereThereIsNone) {
  const SlowestReplica slowest = slowest_of({});
  EXPECT_EQ(slowest.lag_bytes, 0U);
  EXPECT_EQ(slowest.lag_seconds, 0.0);
  EXPECT_FALSE(slowest.lowest_ack);
}

TEST(SlowestReplica, TakesEachFigureFromWhoeverIsWorstInIt) {
  const SlowestReplica slowest = slowest_of({replica(ReplicaState::kOnline, 900, 100, 7.5),
                                             replica(ReplicaState::kCatchingUp, 500, 500, 2.5)});
  EXPECT_EQ(slowest.lag_bytes, 500U);
  EXPECT_EQ(slowest.lag_seconds, 7.5);
  EXPECT_EQ(slowest.lowest_ack, Offset::of_bytes(500));
}

TEST(SlowestReplica, LeavesOutThoseWhoDoNotReceiveTheLog) {
  for (const ReplicaState state :
       {ReplicaState::kHandshake, ReplicaState::kQueued, ReplicaState::kSendingRdb}) {
    const SlowestReplica slowest = slowest_of({replica(state, 1, 1000, 60)});
    EXPECT_EQ(slowest.lag_bytes, 0U);
    EXPECT_EQ(slowest.lag_seconds, 0.0);
    EXPECT_FALSE(slowest.lowest_ack);
  }
}

TEST(SlowestReplica, OneThatNeverAcknowledgesHasALagAndNoAck) {
  ReplicaStatus legacy = replica(ReplicaState::kOnline, 0, 100, 1);
  legacy.legacy_sync = true;
  const SlowestReplica slowest = slowest_of({legacy});
  EXPECT_EQ(slowest.lag_bytes, 100U);
  EXPECT_FALSE(slowest.lowest_ack);
}

}  // namespace
}  // namespace relay
