// kill -9 of the relay at any moment costs no full sync, neither at the master nor at a replica
// that was online.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/tap_proxy.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <random>

namespace relay::test {
namespace {

// Small segments: with some megabytes of writes between two kills, many fall into a roll-over.
const std::vector<std::string> kSmallSegments = {"log.segment-size=256kb", "log.max-size=64mb"};

TEST(KillNine, WhileStreamingUnderLoadCostsNoFullSyncAnywhere) {
  constexpr int kKills = 12;
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = kSmallSegments});
  RedisServer first("replica 1");
  RedisServer second("replica 2");
  first.follow(relay.port());
  second.follow(relay.port());
  wait_until_in_sync(master, {&first, &second}, &relay);

  std::mt19937 random(20);
  MixedLoad load({.port = master.port(), .commands_per_second = 20000, .big_value_bytes = 300'000});
  for (int i = 0; i < kKills; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    // The moment is random in bytes of the stream, not in time: the same on a slow machine.
    const auto moment = relay.offset() + 1000 + random() % 3'000'000;
    wait_until([&] { return relay.offset() >= moment; }, kPatience, "the moment to kill");
    relay.kill();
    relay.start();
    relay.wait_until_streaming();
  }
  load.stop();
  wait_until_in_sync(master, {&first, &second}, &relay);
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(first.full_syncs_taken(), 1U);
  EXPECT_EQ(second.full_syncs_taken(), 1U);
}

TEST(KillNine, DuringTheSnapshotFromUpstreamCostsThatSnapshotAlone) {
  constexpr unsigned kKills = 4;
  RedisServer master("master");
  master.populate("key", 200, 100000);
  TapProxy tap(master.port());
  tap.record(false);
  RedisServer replica("replica");
  std::mt19937 random(4);
  tap.stall_after(1000 + random() % 20'000'000);
  RelayProcess relay({.upstream_port = tap.port()});
  replica.follow(relay.port());
  MixedLoad load({.port = master.port(), .commands_per_second = 2000});
  for (unsigned i = 0; i < kKills; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    wait_until([&] { return relay.info_field("relay_upstream_state") == "receiving_rdb"; },
               kPatience, "the transfer");
    relay.kill();
    tap.stall_after(1000 + random() % 20'000'000);
    relay.start();
  }
  wait_until([&] { return relay.info_field("relay_upstream_state") == "receiving_rdb"; }, kPatience,
             "the transfer");
  tap.stall_after({});
  relay.wait_until_streaming();
  load.stop();
  wait_until_in_sync(master, {&replica}, &relay);
  EXPECT_EQ(master.full_syncs_given(), kKills + 1);
  EXPECT_EQ(relay.info_number("relay_upstream_full_syncs"), 1U);
}

TEST(KillNine, DuringAFullSyncDownstreamLeavesTheOthersOnline) {
  RedisServer master("master");
  master.populate("key", 200, 100000);
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer online("replica");
  online.follow(relay.port());
  wait_until_in_sync(master, {&online}, &relay);
  MixedLoad load({.port = master.port(), .commands_per_second = 2000});
  for (int i = 0; i < 4; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    RawReplica taking({.port = relay.port(), .starts_stalled = true});
    wait_until([&] { return relay.info_number("relay_replicas_sending_rdb") == 1; }, kPatience,
               "the transfer");
    relay.kill();
    taking.resume();
    taking.wait_until_closed();
    EXPECT_FALSE(taking.progress().is_snapshot_whole);
    relay.start();
  }
  RawReplica again({.port = relay.port()});
  again.wait_for_snapshot();
  load.stop();
  wait_until_in_sync(master, {&online}, &relay);
  again.wait_for_offset(relay.offset());
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(online.full_syncs_taken(), 1U);
}

TEST(KillNine, AMasterThatIsAwayAtTheRestartDoesNotStopTheRelayFromServing) {
  RedisServer master("master");
  master.populate("key", 1000, 1000);
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer online("replica");
  online.follow(relay.port());
  // A ping after what is durable would be lost with the kill.
  master.command({"CONFIG", "SET", "repl-ping-replica-period", "3600"});
  wait_until_in_sync(master, {&online}, &relay);
  const auto digest = master.digest();
  // What the replica had beyond the disk would keep it away until its master brings it again.
  relay.wait_until_durable();
  relay.kill();
  master.kill();
  relay.start();
  wait_until([&] { return online.is_linked(); }, kPatience, "the replica's link");
  RedisServer fresh("fresh replica");
  fresh.follow(relay.port());
  wait_until([&] { return fresh.is_linked() && fresh.digest() == digest; }, kPatience,
             "the dataset without its master");
  EXPECT_EQ(online.full_syncs_taken(), 1U);
}

}  // namespace
}  // namespace relay::test
