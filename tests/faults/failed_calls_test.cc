// Single calls of the disk that fail: a write of which half is stored, a sync, a rename, a create.

#include "tests/support/in_process/relay_in_process.h"
#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <ostream>

namespace relay::test {
namespace {

struct LogFault {
  std::string name;
  DiskCall call;
  std::string op;  // the metric's label
  FsyncPolicy fsync = FsyncPolicy::kInterval;

  friend std::ostream& operator<<(std::ostream& out, const LogFault& fault) {
    return out << fault.name;
  }
};

class LogFaults : public ::testing::TestWithParam<LogFault> {};

TEST_P(LogFaults, CostNobodyAByteAndARestartContinues) {
  RedisServer master("master");
  RelayInProcess relay(master.port(), [](Config& c) { c.log.fsync = GetParam().fsync; });
  RedisServer replica("replica");
  relay.start();
  relay.wait_until_serving();
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, relay);

  MixedLoad load({.port = master.port(), .commands_per_second = 5000});
  load.wait_for_commands(500);
  relay.faults().keep_half_of_failed_writes();
  relay.faults().fail_nth({GetParam().call}, 3, EIO);
  relay.wait_for_log("storage.degraded");
  relay.wait_for_log("storage.recovered");
  EXPECT_GE(relay.metric("psync_relay_storage_errors_total", {{"op", GetParam().op}}), 1);
  load.wait_for_commands(500);
  load.stop();
  relay.wait_until_recovered();
  wait_until_in_sync(master, {&replica}, relay);

  const auto begin = relay.info_number("relay_log_begin_offset");
  relay.stop();
  relay.start();
  relay.wait_until_serving();
  wait_until_in_sync(master, {&replica}, relay);
  EXPECT_EQ(relay.count_in_log("log.recovered"), 0U);
  EXPECT_EQ(relay.info_number("relay_log_begin_offset"), begin);
  // All of it, from the disk, as a replica that was away would read it.
  RawReplica oldest({.port = relay.port(),
                     .psync_id = relay.info_field("master_replid"),
                     .psync_offset = std::to_string(begin + 1)});
  oldest.wait_for_offset(relay.offset());
  EXPECT_TRUE(oldest.progress().is_continued);
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    All, LogFaults,
    ::testing::Values(LogFault{"AWriteOfWhichHalfIsStored", DiskCall::kWrite, "append"},
                      LogFault{"ASyncOnceAnInterval", DiskCall::kSync, "fsync"},
                      LogFault{"ASyncAfterEachWrite", DiskCall::kSync, "fsync",
                               FsyncPolicy::kAlways}),
    [](const auto& param) { return param.param.name; });

TEST(SnapshotFaults, AFirstTransferThatCannotBeStoredIsTriedAgain) {
  for (const DiskCall call : {DiskCall::kCreate, DiskCall::kWrite, DiskCall::kRename}) {
    SCOPED_TRACE("call " + std::to_string(static_cast<int>(call)));
    RedisServer master("master");
    master.populate("key", 200, 10'000);
    RelayInProcess relay(master.port());
    RedisServer replica("replica");
    relay.faults().fail_nth({call}, 1, EIO);
    relay.start();
    relay.wait_for_log("snapshot.failed");
    replica.follow(relay.port());
    wait_until_in_sync(master, {&replica}, relay);
    EXPECT_EQ(relay.metric("psync_relay_snapshot_failures_total", {{"stage", "write"}}), 1);
    EXPECT_EQ(relay.metric("psync_relay_upstream_disconnects_total", {{"reason", "storage"}}), 1);
    EXPECT_EQ(relay.files("partial").size(), 0U);
    EXPECT_EQ(relay.files("rdb").size(), 1U);
  }
}

TEST(SnapshotFaults, ANewHistoryThatCannotBeCompletedLeavesTheOldOneServed) {
  RedisServer master("master");
  master.populate("old", 100, 1'000);
  RelayInProcess relay(master.port());
  RedisServer replica("replica");
  relay.start();
  relay.wait_until_serving();
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, relay);
  const auto old_id = relay.info_field("master_replid");
  const auto old_digest = replica.digest();
  const auto old_end = relay.offset();

  relay.faults().fail_from({DiskCall::kRename}, 1, EIO);
  master.kill();
  master.start();
  master.populate("new", 50, 1'000);
  wait_until(
      [&] {
        return relay.metric("psync_relay_snapshot_failures_total", {{"stage", "write"}}) >= 2;
      },
      kPatience, "the transfer failing again and again");
  EXPECT_EQ(relay.info_field("master_replid"), old_id);
  EXPECT_TRUE(replica.is_linked());
  EXPECT_EQ(replica.digest(), old_digest);
  RawReplica known(
      {.port = relay.port(), .psync_id = old_id, .psync_offset = std::to_string(old_end + 1)});
  known.wait_for_answer();
  EXPECT_TRUE(known.progress().is_continued);

  relay.faults().heal();
  wait_until_in_sync(master, {&replica}, relay);
  EXPECT_NE(relay.info_field("master_replid"), old_id);
  EXPECT_EQ(replica.full_syncs_taken(), 2U);
  known.wait_until_closed();
}

}  // namespace
}  // namespace relay::test
