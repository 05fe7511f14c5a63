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

ReplicaStatus at(ReplicaState state, std::uint64_t acked, std::uint64_t sent) {
  ReplicaStatus status;
  status.state = state;
  status.acked = Offset::of_bytes(acked);
  status.sent = Offset::of_bytes(sent);
  return status;
}

TEST(Lag, IsWhatIsNotAcknowledgedAndTheAgeOfItsOldestByte) {
  ReplicaStatus replica = at(ReplicaState::kOnline, 400, 900);
  EXPECT_EQ(reached_by(replica), Offset::of_bytes(400));
  describe_lag(replica, Offset::of_bytes(1000), 2.5);
  EXPECT_EQ(replica.lag_bytes, 600U);
  EXPECT_EQ(replica.lag_seconds, 2.5);
}

TEST(Lag, OfOneThatHasAllIsZeroHoweverOldItsLastByteIs) {
  for (const std::uint64_t acked : {std::uint64_t{1000}, std::uint64_t{1001}}) {
    ReplicaStatus replica = at(ReplicaState::kOnline, acked, acked);
    describe_lag(replica, Offset::of_bytes(1000), 7.0);
    EXPECT_EQ(replica.lag_bytes, 0U) << acked;
    EXPECT_EQ(replica.lag_seconds, 0.0) << acked;
  }
}

TEST(Lag, OfOneThatNeverAcknowledgesIsWhatItWasNotSent) {
  ReplicaStatus replica = at(ReplicaState::kOnline, 0, 900);
  replica.legacy_sync = true;
  EXPECT_EQ(reached_by(replica), Offset::of_bytes(900));
  describe_lag(replica, Offset::of_bytes(1000), 1.0);
  EXPECT_EQ(replica.lag_bytes, 100U);
}

TEST(Lag, IsAbsentWhileTheLogIsNotReceived) {
  ReplicaStatus replica = at(ReplicaState::kSendingRdb, 0, 0);
  EXPECT_FALSE(reached_by(replica));
  describe_lag(replica, Offset::of_bytes(1000), 1.0);
  EXPECT_FALSE(replica.lag_bytes);
  EXPECT_FALSE(replica.lag_seconds);
}

TEST(Lag, OfUnknownAgeHasBytesAlone) {
  ReplicaStatus replica = at(ReplicaState::kCatchingUp, 0, 0);
  describe_lag(replica, Offset::of_bytes(1000), std::nullopt);
  EXPECT_EQ(replica.lag_bytes, 1000U);
  EXPECT_FALSE(replica.lag_seconds);
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
