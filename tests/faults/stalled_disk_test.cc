// A disk that answers nothing for a while, and no error either: the stream goes on as far as memory
// may grow, then the master is read no further; what counts as durable stands still; everything
// else answers.

#include "tests/support/in_process/relay_in_process.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

TEST(StalledDisk, ReplicasGoOnUntilMemoryIsFullAndThenTheMasterWaits) {
  constexpr std::uint64_t kHard = 4 * kMiB;
  RedisServer master("master");
  RelayInProcess relay(master.port(), [](Config& config) { config.log.memory_hard = kHard; });
  RedisServer replica("replica");
  relay.start();
  relay.wait_until_serving();
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, relay);

  relay.faults().stall({DiskCall::kWrite, DiskCall::kSync});
  master.populate("first", 100, 10'000);
  relay.faults().wait_until_stalled();
  wait_until_in_sync(master, {&replica}, relay);
  const auto durable = relay.info_number("relay_log_durable_offset");
  EXPECT_LT(durable + 900'000, replica.offset());

  // More than memory, and than the sockets between the master and the relay hold.
  master.populate("second", 3000, 10'000);
  wait_until([&] { return relay.metric("psync_relay_upstream_paused") == 1; }, kPatience,
             "memory being full");
  EXPECT_GT(relay.metric("psync_relay_log_memory_bytes"), kHard);
  const auto end = relay.offset();
  // The last command may be here in part.
  const auto last = relay.info_number("relay_log_boundary_offset");
  wait_until([&] { return replica.offset() == last; }, kPatience, "the replica having all of it");
  EXPECT_EQ(relay.get("/livez").status, 200);
  EXPECT_EQ(relay.get("/readyz").status, 200);
  EXPECT_EQ(relay.info_number("relay_log_durable_offset"), durable);
  EXPECT_EQ(relay.offset(), end);
  EXPECT_GT(master.offset(), end + 10'000'000);
  EXPECT_LE(relay.metric("psync_relay_log_memory_bytes"), kHard + kMiB);
  EXPECT_EQ(relay.metric("psync_relay_storage_degraded"), 0);

  wait_until([&] { return relay.count_in_log("upstream.paused") >= 1; }, kPatience,
             "the pause being said");

  relay.faults().release();
  wait_until_in_sync(master, {&replica}, relay);
  relay.wait_until_durable();
  EXPECT_EQ(relay.metric("psync_relay_upstream_paused"), 0);
  EXPECT_GE(relay.count_in_log("upstream.resumed"), 1U);
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_EQ(relay.metric("psync_relay_upstream_connects_total"), 1);
}

TEST(StalledDisk, WithDurableAcksWaitOnTheMasterWaitsForTheDisk) {
  RedisServer master("master");
  RelayInProcess relay(master.port(), [](Config& config) {
    config.upstream.ack.kind = AckPolicy::Kind::kDurable;
    config.log.fsync = FsyncPolicy::kAlways;
  });
  RedisServer replica("replica");
  relay.start();
  relay.wait_until_serving();
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, relay);
  auto client = master.client();
  client.require({"SET", "counter", "1"});
  EXPECT_EQ(client.require({"WAIT", "1", "30000"}).integer, 1);

  relay.faults().stall({DiskCall::kSync});
  client.require({"INCR", "counter"});
  relay.faults().wait_until_stalled();
  wait_until(
      [&] {
        return replica.command({"GET", "counter"}).text == "2";
      },
      kPatience, "the write at the replica");
  EXPECT_EQ(client.require({"WAIT", "1", "300"}).integer, 0);
  // Whatever the disk does not have is not acknowledged, by the tick of a second either.
  const auto durable = relay.info_number("relay_log_durable_offset");
  EXPECT_LE(relay.info_number("relay_upstream_acked_offset"), durable);

  relay.faults().release();
  EXPECT_EQ(client.require({"WAIT", "1", "30000"}).integer, 1);
  wait_until_in_sync(master, {&replica}, relay);
}

}  // namespace
}  // namespace relay::test
