// A disk that takes nothing more: the stream goes on, what the disk never got is never served from
// it, the state is to be seen, and it recovers.

#include "tests/support/in_process/relay_in_process.h"
#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/same_bytes.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace relay::test {
namespace {

const DiskCalls kNeedsRoom = {DiskCall::kWrite, DiskCall::kReserve, DiskCall::kCreate};

// A link to nowhere: the replica keeps what it has, and may go on from there later.
void detach(RedisServer& replica, const ReservedPort& nobody) {
  replica.follow(nobody.number());
  wait_until([&] { return !replica.is_linked(); }, kPatience, "the replica being detached");
}

TEST(FullDisk, TheStreamGoesOnAndTheLogIsWholeAgainWhenThereIsRoom) {
  RedisServer master("master");
  RelayInProcess relay(master.port());
  RedisServer replica("replica");
  relay.start();
  relay.wait_until_serving();
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, relay);

  MixedLoad load({.port = master.port(), .commands_per_second = 4000});
  relay.faults().fail_from(kNeedsRoom, 1, ENOSPC);
  relay.wait_until_degraded();
  const auto begin = relay.info_number("relay_log_begin_offset");
  const auto written = relay.info_number("relay_log_written_offset");
  wait_until([&] { return replica.offset() > written + 200'000; }, kPatience,
             "the stream going on to the replica");
  EXPECT_EQ(relay.info_field("relay_disk_degraded"), "1");
  EXPECT_NE(relay.info_field("relay_disk_error").find("No space left"), std::string::npos);
  EXPECT_GE(relay.metric("psync_relay_storage_errors_total", {{"op", "append"}}), 1);
  EXPECT_EQ(relay.info_number("relay_log_written_offset"), written);
  EXPECT_NE(relay.get("/readyz?verbose").body.find("memory only"), std::string::npos);
  EXPECT_EQ(relay.count_in_log("storage.degraded"), 1U);

  relay.faults().heal();
  relay.wait_until_recovered();
  EXPECT_EQ(relay.count_in_log("storage.recovered"), 1U);
  load.stop();
  wait_until_in_sync(master, {&replica}, relay);
  EXPECT_EQ(relay.info_number("relay_log_begin_offset"), begin);  // memory reached back to the hole

  relay.stop();
  relay.start();
  relay.wait_until_serving();
  wait_until_in_sync(master, {&replica}, relay);
  EXPECT_EQ(relay.info_number("relay_log_begin_offset"), begin);
  EXPECT_EQ(relay.metric("psync_relay_upstream_syncs_total", {{"kind", "partial"}}), 1);
  EXPECT_EQ(relay.metric("psync_relay_upstream_syncs_total", {{"kind", "full"}}), 0);
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
}

TEST(FullDisk, WhatMemoryShedBeforeTheDiskHadItIsGoneAndNoHoleIsStored) {
  RedisServer master("master");
  RelayInProcess relay(master.port(), [](Config& config) { config.log.memory_hard = 2 * kMiB; });
  RedisServer online("replica");
  RedisServer lagging("lagging replica");
  ReservedPort nobody;
  relay.start();
  relay.wait_until_serving();
  online.follow(relay.port());
  lagging.follow(relay.port());
  wait_until_in_sync(master, {&online, &lagging}, relay);
  RawReplica truth({.port = master.port(), .keeps_stream = true});
  truth.wait_for_snapshot();
  master.populate("before", 300, 10'000);
  wait_until_in_sync(master, {&online, &lagging}, relay);
  relay.wait_until_durable();
  detach(lagging, nobody);

  const auto stored = relay.info_number("relay_log_written_offset");
  relay.faults().fail_from(kNeedsRoom, 1, ENOSPC);
  master.populate("lost", 800, 10'000);
  const auto shed = [&] { return relay.info_number("relay_log_begin_offset") > stored; };
  wait_until(shed, kPatience, "memory being shed");
  EXPECT_LE(relay.metric("psync_relay_log_memory_bytes"), 4 * kMiB);
  wait_until_in_sync(master, {&online}, relay);

  relay.faults().heal();
  relay.wait_until_recovered();
  const auto full_syncs = master.full_syncs_given();
  lagging.follow(relay.port());
  wait_until_in_sync(master, {&online, &lagging}, relay);
  EXPECT_EQ(master.full_syncs_given(), full_syncs + 1);  // the refreshed snapshot
  EXPECT_EQ(lagging.full_syncs_taken(), 2U);
  EXPECT_EQ(online.full_syncs_taken(), 1U);

  const auto begin = relay.info_number("relay_log_begin_offset");
  relay.stop();
  relay.start();
  relay.wait_until_serving();
  wait_until_in_sync(master, {&online, &lagging}, relay);
  EXPECT_EQ(relay.info_number("relay_log_begin_offset"), begin);
  EXPECT_EQ(relay.count_in_log("log.recovered"), 0U);
  const auto end = relay.offset();
  RawReplica oldest({.port = relay.port(),
                     .psync_id = relay.info_field("master_replid"),
                     .psync_offset = std::to_string(begin + 1),
                     .keeps_stream = true});
  oldest.wait_for_offset(end);
  truth.wait_for_offset(end);
  EXPECT_TRUE(oldest.progress().is_continued);
  EXPECT_TRUE(same_bytes(oldest.stream().substr(0, end - begin),
                         truth.stream().substr(begin - truth.progress().begin, end - begin)));
  EXPECT_EQ(online.full_syncs_taken(), 1U);
}

// All of memory is then waiting for the disk, and what is about to be stored is about to be shed. So
// little of it may also overtake the replica; only that all come together again is asked for here.
TEST(FullDisk, ThatHasRoomAgainCatchesUpWithAStreamThatDoesNotRest) {
  RedisServer master("master");
  RelayInProcess relay(master.port(), [](Config& config) { config.log.memory_hard = 2 * kMiB; });
  RedisServer replica("replica");
  relay.start();
  relay.wait_until_serving();
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, relay);

  // Not as fast as the master can: it would close a link that is slower than itself, and then a full
  // sync needs the room that there is none of.
  MixedLoad load({.port = master.port(),
                  .commands_per_second = 300,
                  .big_value_bytes = 900'000,
                  .big_value_every = 3});
  relay.faults().fail_from(kNeedsRoom, 1, ENOSPC);
  relay.wait_until_degraded();
  const auto end = relay.offset();
  wait_until([&] { return relay.info_number("relay_log_begin_offset") > end; }, kPatience,
             "memory being shed");
  relay.faults().heal();
  relay.wait_until_recovered();
  load.wait_for_commands(1);
  load.stop();
  wait_until_in_sync(master, {&replica}, relay);
}

}  // namespace
}  // namespace relay::test
