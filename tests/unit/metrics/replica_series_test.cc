#include "proxy/metrics/replica_series.h"

#include "tests/unit/metrics/page_lines.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(ReplicaSeries, AReplicaThatNeverAcknowledgesHasALagAndNoAck) {
  Status status;
  status.downstream.replicas = {replica(1, "10.0.0.7", ReplicaState::kOnline, 0)};
  status.downstream.replicas[0].legacy_sync = true;
  const std::string text = expose(status, ProcessStatus{});
  EXPECT_EQ(only_series(text, "psync_relay_replica_lag_bytes{"),
            "psync_relay_replica_lag_bytes{replica=\"10.0.0.7:6379\"} 789");
  EXPECT_TRUE(series_of(text, "psync_relay_replica_ack_offset_bytes{").empty());
  EXPECT_TRUE(series_of(text, "psync_relay_replica_last_ack_timestamp_seconds{").empty());
  EXPECT_TRUE(series_of(text, "psync_relay_replica_min_ack_offset_bytes ").empty());
}

DepartedReplica departed(const ReplicaStatus& last, double left) { return {last, at(left)}; }

TEST(ReplicaSeries, AReplicaThatHasLeftKeepsItsLastValuesAndIsNotOnline) {
  Status status;
  status.now = at(1000);
  ReplicaStatus last = replica(1, "10.0.0.7", ReplicaState::kOnline, 5000);
  last.queue_bytes = 12;
  status.downstream.departed = {departed(last, 900)};
  const std::string text = expose(status, ProcessStatus{});
  const std::string of_it = "{replica=\"10.0.0.7:6379\"} ";
  EXPECT_EQ(only_series(text, "psync_relay_replica_online{"),
            "psync_relay_replica_online" + of_it + "0");
  EXPECT_EQ(only_series(text, "psync_relay_replica_lag_bytes{"),
            "psync_relay_replica_lag_bytes" + of_it + "789");
  EXPECT_EQ(only_series(text, "psync_relay_replica_ack_offset_bytes{"),
            "psync_relay_replica_ack_offset_bytes" + of_it + "5000");
  EXPECT_EQ(only_series(text, "psync_relay_replica_last_ack_timestamp_seconds{"),
            "psync_relay_replica_last_ack_timestamp_seconds" + of_it + "899.5");
  EXPECT_TRUE(series_of(text, "psync_relay_replica_output_queue_bytes{").empty()) << "it has none";
  EXPECT_EQ(only_series(text, "psync_relay_replica_slowest_lag_bytes "),
            "psync_relay_replica_slowest_lag_bytes 0")
      << "the totals are of those who are here";
}

TEST(ReplicaSeries, OneThatIsBackHidesItsFormerSelf) {
  Status status;
  status.downstream.replicas = {replica(9, "10.0.0.7", ReplicaState::kOnline, 1)};
  status.downstream.departed = {
      departed(replica(12, "10.0.0.7", ReplicaState::kCatchingUp, 0), 900)};
  EXPECT_EQ(only_series(expose(status, ProcessStatus{}), "psync_relay_replica_online{"),
            "psync_relay_replica_online{replica=\"10.0.0.7:6379\"} 1");
}

TEST(ReplicaSeries, TwoConnectionsOfOneAddressGiveOneSeriesTheNewerOnes) {
  Status status;
  status.downstream.replicas = {replica(8, "10.0.0.7", ReplicaState::kOnline, 0),
                                replica(5, "10.0.0.7", ReplicaState::kCatchingUp, 0)};
  const std::string text = expose(status, ProcessStatus{});
  EXPECT_EQ(only_series(text, "psync_relay_replica_online{"),
            "psync_relay_replica_online{replica=\"10.0.0.7:6379\"} 1");
  EXPECT_EQ(only_series(text, "psync_relay_replicas{state=\"catching_up\"}"),
            "psync_relay_replicas{state=\"catching_up\"} 1");
}

TEST(ReplicaSeries, AnAnnouncedAddressThatIsJunkIsMadeHarmless) {
  Status status;
  status.downstream.replicas = {
      replica(1, "a\"\n\xff" + std::string(4000, 'x'), ReplicaState::kOnline, 0)};
  EXPECT_EQ(only_series(expose(status, ProcessStatus{}), "psync_relay_replica_online{"),
            "psync_relay_replica_online{replica=\"a\\\"??" + std::string(251, 'x') + ":6379\"} 1");
}

Status crowd(std::uint64_t replicas) {
  Status status;
  for (std::uint64_t id = 1; id <= replicas; ++id) {
    const std::string ip = "10.1." + std::to_string(id / 256) + "." + std::to_string(id % 256);
    status.downstream.replicas.push_back(replica(id, ip, ReplicaState::kOnline, 0));
  }
  return status;
}

TEST(ReplicaSeries, BeyondTheCapTheLongestConnectedKeepTheirSeries) {
  Status status = crowd(503);
  status.downstream.departed = {departed(replica(1, "10.9.9.9", ReplicaState::kOnline, 0), 900)};
  const std::string text = expose(status, ProcessStatus{});
  EXPECT_EQ(series_of(text, "psync_relay_replica_online{").size(), 500U);
  EXPECT_EQ(only_series(text, "psync_relay_metrics_replicas_dropped "),
            "psync_relay_metrics_replicas_dropped 3");
  EXPECT_EQ(series_of(text, "psync_relay_replica_online{replica=\"10.1.0.1:").size(), 1u);
  EXPECT_TRUE(series_of(text, "psync_relay_replica_online{replica=\"10.1.1.247:").empty());
  EXPECT_TRUE(series_of(text, "psync_relay_replica_online{replica=\"10.9.9.9:").empty())
      << "those who are here need the room";
}

TEST(ReplicaSeries, HowManyReplicasHaveSeriesIsForTheConfigurationToSay) {
  Status status = crowd(503);
  status.shown.most_replicas.reset();
  std::string text = expose(status, ProcessStatus{});
  EXPECT_EQ(series_of(text, "psync_relay_replica_online{").size(), 503U);
  EXPECT_EQ(only_series(text, "psync_relay_metrics_replicas_dropped "),
            "psync_relay_metrics_replicas_dropped 0");

  status.shown.each_replica = false;
  text = expose(status, ProcessStatus{});
  EXPECT_TRUE(series_of(text, "psync_relay_replica_online{").empty());
  EXPECT_EQ(only_series(text, "psync_relay_replicas{state=\"online\"}"),
            "psync_relay_replicas{state=\"online\"} 503");
}

}  // namespace
}  // namespace relay
