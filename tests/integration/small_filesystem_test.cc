// A disk that is really full: the stream goes on, no hole is stored or served, the state is to be
// seen, and it recovers.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <unistd.h>

namespace relay::test {
namespace {

TEST(SmallFilesystem, AFullDiskStopsNeitherTheStreamNorTheRecovery) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "NOT TESTED: a file system of a few megabytes needs root to be mounted";
  }
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"log.max-size=16mb", "log.segment-size=1mb", "log.memory=2mb",
                                   "log.memory-hard=16mb", "snapshot.refresh-min-interval=100ms"},
                      .disk_bytes = 64 << 20});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);
  const auto ballast = relay.data_dir_from_outside() / "ballast";
  write_text(ballast, std::string(56 << 20, 'b'));

  MixedLoad load({.port = master.port(), .commands_per_second = 3000});
  // More than there is room for, however slow the load. Not at once: without a disk the log is what
  // log.memory-hard holds of it, and a replica that lags further is rightly sent away.
  for (int part = 0; part < 20; ++part) {
    master.populate("filler" + std::to_string(part), 100, 10'000);
    const auto written = master.offset();
    wait_until([&] { return replica.offset() >= written; }, kPatience, "the replica to keep up");
  }
  wait_until([&] { return relay.metric("psync_relay_storage_degraded") == 1; }, kPatience,
             "the full disk being seen");
  load.wait_for_commands(5000);
  EXPECT_TRUE(replica.is_linked());
  EXPECT_EQ(relay.info_field("relay_disk_degraded"), "1");
  EXPECT_NE(relay.info_field("relay_disk_error"), "");
  EXPECT_TRUE(relay.is_in_log("storage.degraded"));

  // A replica that asks for what the disk should have had is served right or not at all.
  const auto begin = relay.info_number("repl_backlog_first_byte_offset");
  RawReplica behind({.port = relay.port(),
                     .psync_id = relay.info_field("master_replid"),
                     .psync_offset = std::to_string(begin)});
  behind.wait_for_answer();

  std::filesystem::remove(ballast);
  wait_until([&] { return relay.metric("psync_relay_storage_degraded") == 0; }, kPatience,
             "the recovery");
  load.wait_for_commands(5000);
  load.stop();
  RedisServer fresh("fresh replica");
  fresh.follow(relay.port());
  wait_until_in_sync(master, {&replica, &fresh}, &relay);
  EXPECT_EQ(relay.metric("psync_relay_storage_degraded"), 0);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
}

TEST(SmallFilesystem, ASnapshotThatDoesNotFitIsSaidAndTriedAgain) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "NOT TESTED: a file system of a few megabytes needs root to be mounted";
  }
  RedisServer master("master");
  master.populate("key", 300, 100000);  // 30 MB
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"log.max-size=4mb", "log.segment-size=1mb"},
                      .disk_bytes = 24 << 20});
  wait_until(
      [&] {
        return relay.metric("psync_relay_snapshot_failures_total", {{"stage", "write"}}) >= 1;
      },
      kPatience, "the failure counted");
  EXPECT_EQ(relay.client().command({"PING"}).text, "PONG");
  EXPECT_EQ(relay.get("/livez").status, 200);
  EXPECT_EQ(relay.get("/readyz").status, 503);
  master.command({"FLUSHALL"});
  master.command({"SET", "small", "enough"});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);
}

}  // namespace
}  // namespace relay::test
