// A replica that has stopped reading costs the others nothing and the relay no memory; when the log
// has passed it, it is closed, and comes back from the spool.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kGrowthLimit = 150ULL << 20;
#else
constexpr std::uint64_t kGrowthLimit = 48ULL << 20;
#endif

constexpr std::uint64_t kUnderWay = 8ULL << 20;

const std::vector<std::string> kSmallLog = {"log.max-size=32mb", "log.segment-size=2mb",
                                            "log.memory=4mb", "log.memory-hard=16mb",
                                            "snapshot.refresh-min-interval=100ms"};

TEST(SlowReplica, AStoppedOneMovesNobodyAndComesBackFromTheSpool) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = kSmallLog});
  RedisServer first("replica 1");
  RedisServer second("replica 2");
  RedisServer stopped("stopped replica");
  for (auto* replica : {&first, &second, &stopped}) replica->follow(relay.port());
  wait_until_in_sync(master, {&first, &second, &stopped}, &relay);
  const auto memory_before = relay.process().resident_bytes();
  const auto end_before = relay.offset();

  stopped.pause();
  // Slow enough for the relay to take a fresh snapshot before its small log has outrun the old one.
  MixedLoad load({.port = master.port(),
                  .commands_per_second = 3500,
                  .value_bytes = 2000,
                  .big_value_bytes = 100'000,
                  .big_value_every = 100});
  const auto closed = [&] {
    return relay.metric("psync_relay_replica_disconnects_total", {{"reason", "log_trimmed"}}) >= 1;
  };
  wait_until(
      [&] {
        // The others: never so far behind, on whatever machine, that the small log passes them too.
        EXPECT_LT(relay.process().resident_bytes(), memory_before + kGrowthLimit);
        const auto end = master.offset();
        load.hold(first.offset() + kUnderWay < end || second.offset() + kUnderWay < end);
        return closed();
      },
      2 * kPatience, "the stopped replica being closed");
  load.stop();
  EXPECT_GT(relay.offset(), end_before + 20'000'000);
  wait_until_in_sync(master, {&first, &second}, &relay);
  EXPECT_EQ(first.full_syncs_taken(), 1U);
  EXPECT_EQ(second.full_syncs_taken(), 1U);
  EXPECT_LT(relay.process().resident_bytes(), memory_before + kGrowthLimit);
  EXPECT_TRUE(relay.is_in_log("log_trimmed"));

  wait_until(
      [&] {
        return relay.get("/v1/snapshots").body.find("\"arriving\":null") != std::string::npos;
      },
      kPatience, "the end of the last refresh");
  const auto forks = master.forks();
  stopped.resume();
  wait_until_in_sync(master, {&first, &second, &stopped}, &relay);
  EXPECT_EQ(stopped.full_syncs_taken(), 2U);
  EXPECT_EQ(master.forks(), forks);
}

TEST(SlowReplica, AStalledSnapshotReaderHoldsNobodyBack) {
  RedisServer master("master");
  master.populate("key", 500, 100000);
  RelayProcess relay({.upstream_port = master.port(), .settings = kSmallLog});
  RedisServer online("replica");
  online.follow(relay.port());
  wait_until_in_sync(master, {&online}, &relay);
  RawReplica stalled({.port = relay.port(), .starts_stalled = true});
  wait_until([&] { return relay.info_number("relay_replicas_sending_rdb") == 1; }, kPatience,
             "the transfer");
  MixedLoad load({.port = master.port()});
  load.wait_for_commands(3000);
  load.stop();
  wait_until_in_sync(master, {&online}, &relay);
  EXPECT_EQ(relay.info_number("relay_replicas_sending_rdb"), 1U);
  stalled.resume();
  stalled.wait_for_snapshot();
  stalled.wait_for_offset(relay.offset());
}

TEST(SlowReplica, OneThatNeverAcksIsClosedAndTheOthersAreNot) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = {"replicas.timeout=8s"}});
  RedisServer online("replica");
  online.follow(relay.port());
  wait_until_in_sync(master, {&online}, &relay);
  RawReplica mute({.port = relay.port(), .capas = {"psync2"}, .acks = false});
  mute.wait_for_snapshot();
  mute.wait_until_closed();
  EXPECT_EQ(relay.metric("psync_relay_replica_disconnects_total", {{"reason", "ack_timeout"}}), 1);
  EXPECT_TRUE(online.is_linked());
  EXPECT_EQ(relay.info_number("connected_slaves"), 1U);
}

}  // namespace
}  // namespace relay::test
