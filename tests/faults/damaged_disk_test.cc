// What was stored and cannot be read, or reads wrong: whoever needs it is closed with the reason
// and comes back another way, what was lost is said, and no wrong byte is ever served.

#include "tests/support/in_process/relay_in_process.h"
#include "tests/support/reserved_port.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace relay::test {
namespace {

// A replica that was away while more went by than memory holds, so that it needs the disk. Its
// link leads nowhere meanwhile: it keeps what it has, and asks to go on from there.
class ReplicaBehind : public ::testing::Test {
 protected:
  void start(const RelayInProcess::Settings& settings = nullptr) {
    relay.emplace(master.port(), settings);
    relay->start();
    relay->wait_until_serving();
    for (RedisServer* replica : both) replica->follow(relay->port());
    wait_until_in_sync(master, both, *relay);
    away.follow(nobody.number());
    wait_until([&] { return !away.is_linked(); }, kPatience, "the replica being away");
    // A job stores up to a chunk at a time, and a segment takes all of it.
    master.populate("key", 1500, 10'000);
    wait_until_in_sync(master, {&online}, *relay);
    relay->wait_until_durable();
  }

  void come_back() {
    away.follow(relay->port());
    wait_until_in_sync(master, both, *relay);
  }

  double closed_for_storage() const {
    return relay->metric("psync_relay_replica_disconnects_total", {{"reason", "storage"}});
  }

  RedisServer master{"master"};
  std::optional<RelayInProcess> relay;
  RedisServer online{"replica"};
  RedisServer away{"replica that was away"};
  std::vector<RedisServer*> both = {&online, &away};
  ReservedPort nobody;
};

TEST_F(ReplicaBehind, WithASoundDiskItReadsTheLogFromIt) {
  start();
  come_back();
  EXPECT_EQ(away.full_syncs_taken(), 1U);
  EXPECT_GT(relay->faults().count(DiskCall::kRead), 0U);
}

TEST_F(ReplicaBehind, ASegmentThatCannotBeReadIsLostAloudAndASnapshotReplacesIt) {
  start();
  const auto begin = relay->info_number("relay_log_begin_offset");
  relay->faults().fail_nth({DiskCall::kRead}, 1, EIO);
  come_back();
  EXPECT_EQ(closed_for_storage(), 1);
  EXPECT_EQ(relay->metric("psync_relay_storage_errors_total", {{"op", "read"}}), 1);
  EXPECT_EQ(relay->count_in_log("log.damaged"), 1U);
  EXPECT_EQ(relay->count_in_log("snapshot.dropped"), 1U);
  EXPECT_GT(relay->info_number("relay_log_begin_offset"), begin);
  EXPECT_EQ(away.full_syncs_taken(), 2U);
  EXPECT_EQ(online.full_syncs_taken(), 1U);
}

TEST_F(ReplicaBehind, AFlippedByteIsNeverServed) {
  start();
  const auto segments = relay->files("segment");
  ASSERT_GT(segments.size(), 4U);
  flip_byte(segments[3], 100'000);
  come_back();
  EXPECT_EQ(closed_for_storage(), 1);
  EXPECT_EQ(relay->count_in_log("log.damaged segment=" + segments[3].filename().string()), 1U);
  EXPECT_EQ(away.full_syncs_taken(), 2U);
  EXPECT_EQ(online.full_syncs_taken(), 1U);
}

TEST_F(ReplicaBehind, AFlippedByteInTheSegmentBeingWrittenIsNeverServedAndTheLogGoesOnBehindIt) {
  start([](Config& config) { config.log.segment_size = 64 * kMiB; });
  const auto segments = relay->files("segment");
  ASSERT_EQ(segments.size(), 1U);
  flip_byte(segments[0], 1'000'000);
  come_back();
  EXPECT_EQ(closed_for_storage(), 1);
  EXPECT_EQ(relay->count_in_log("log.damaged"), 1U);
  EXPECT_EQ(away.full_syncs_taken(), 2U);
  // What is left of the log is on the disk again: a restart finds it.
  master.populate("more", 100, 1'000);
  wait_until_in_sync(master, both, *relay);
  relay->wait_until_durable();
  const auto full_syncs = master.full_syncs_given();
  relay->stop();
  relay->start();
  relay->wait_until_serving();
  wait_until_in_sync(master, both, *relay);
  EXPECT_EQ(master.full_syncs_given(), full_syncs);
  EXPECT_EQ(away.full_syncs_taken(), 2U);
  EXPECT_EQ(online.full_syncs_taken(), 1U);
}

TEST_F(ReplicaBehind, ASegmentThatWasCutShortIsLostAsWell) {
  start();
  const auto segments = relay->files("segment");
  ASSERT_GT(segments.size(), 4U);
  std::filesystem::resize_file(segments[2], 100'000);
  come_back();
  EXPECT_EQ(closed_for_storage(), 1);
  EXPECT_EQ(relay->count_in_log("log.damaged segment=" + segments[2].filename().string()), 1U);
  EXPECT_EQ(away.full_syncs_taken(), 2U);
  EXPECT_EQ(online.full_syncs_taken(), 1U);
}

TEST_F(ReplicaBehind, WhenNoFileCanBeOpenedForAMomentNothingOfTheLogIsGivenUp) {
  start();
  const auto begin = relay->info_number("relay_log_begin_offset");
  relay->faults().fail_nth({DiskCall::kOpen}, 1, EMFILE);
  come_back();
  EXPECT_EQ(closed_for_storage(), 1);
  EXPECT_EQ(relay->info_number("relay_log_begin_offset"), begin);
  EXPECT_EQ(away.full_syncs_taken(), 1U);
}

TEST(DamagedSnapshot, IsFoundAtTheStartAndReplacedWhenAReplicaNeedsOne) {
  RedisServer master("master");
  master.populate("key", 100, 10'000);
  RelayInProcess relay(master.port());
  RedisServer replica("replica");
  relay.start();
  relay.wait_until_serving();
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, relay);
  relay.stop();
  const auto damaged = relay.files("rdb").at(0);
  flip_byte(damaged, 500'000);

  relay.start();
  relay.wait_for_log("snapshot.damaged");
  wait_until([&] { return !std::filesystem::exists(damaged); }, kPatience, "its removal");
  EXPECT_EQ(relay.metric("psync_relay_snapshot_failures_total", {{"stage", "verify"}}), 1);
  wait_until_in_sync(master, {&replica}, relay);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_EQ(master.full_syncs_given(), 1U);

  RedisServer fresh("fresh replica");
  fresh.follow(relay.port());
  wait_until_in_sync(master, {&replica, &fresh}, relay);
  EXPECT_EQ(master.full_syncs_given(), 2U);
  EXPECT_EQ(relay.files("rdb").size(), 1U);
}

}  // namespace
}  // namespace relay::test
