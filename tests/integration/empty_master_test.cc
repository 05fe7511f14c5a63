// A master that comes back empty-handed, with a new id: what is old stays whole and served until
// what is new is whole.

#include "tests/support/raw_replica.h"
#include "tests/support/tap_proxy.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

class EmptyMaster : public ::testing::Test {
 protected:
  EmptyMaster()
      : master_("master"),
        tap_(master_.port()),
        relay_({.upstream_port = tap_.port()}),
        replica_("replica") {
    tap_.record(false);
    master_.populate("old", 100, 50000);
    replica_.follow(relay_.port());
    wait_until_in_sync(master_, {&replica_}, &relay_);
    old_digest_ = replica_.digest();
    old_id_ = relay_.info_field("master_replid");
    old_end_ = relay_.offset();
  }

  // Nobody gets through to it until the tap is told to let them.
  void restart_master_with_other_data() {
    tap_.refuse(true);
    master_.kill();
    master_.start();
    master_.populate("new", 200, 50000);  // 10 MB
  }

  void expect_old_is_served() {
    EXPECT_EQ(replica_.digest(), old_digest_);
    EXPECT_EQ(replica_.full_syncs_taken(), 1U);
    RawReplica back(
        {.port = relay_.port(), .psync_id = old_id_, .psync_offset = std::to_string(old_end_ + 1)});
    back.wait_for_answer();
    EXPECT_EQ(back.progress().answer, "+CONTINUE " + old_id_);
  }

  RedisServer master_;
  TapProxy tap_;
  RelayProcess relay_;
  RedisServer replica_;
  std::string old_digest_;
  std::string old_id_;
  std::uint64_t old_end_ = 0;
};

TEST_F(EmptyMaster, ATransferCutAnywhereCostsNobodyTheirData) {
  restart_master_with_other_data();
  for (const std::uint64_t point :
       {60U, 150U, 200U, 230U, 300U, 5000U, 100'000U, 1'000'000U, 5'000'000U, 9'900'000U}) {
    SCOPED_TRACE("cut after " + std::to_string(point));
    tap_.cut_after(point);
    tap_.refuse(false);
    const auto tries = tap_.connections();
    wait_until([&] { return tap_.connections() >= tries + 2; }, kPatience, "the next try");
    tap_.refuse(true);
    EXPECT_EQ(relay_.info_field("master_replid"), old_id_);
    expect_old_is_served();
  }
  tap_.cut_after({});
  tap_.refuse(false);
  wait_until_in_sync(master_, {&replica_}, &relay_);
  EXPECT_NE(relay_.info_field("master_replid"), old_id_);
  EXPECT_NE(replica_.digest(), old_digest_);
  EXPECT_EQ(replica_.full_syncs_taken(), 2U);
}

TEST_F(EmptyMaster, WhileTheNewSnapshotArrivesTheOldIsServedAndNewcomersGetTheNew) {
  restart_master_with_other_data();
  tap_.stall_after(5'000'000);
  tap_.refuse(false);
  wait_until([&] { return tap_.down_bytes() == 5'000'000; }, kPatience, "half a snapshot");
  expect_old_is_served();
  RawReplica newcomer({.port = relay_.port()});
  wait_until([&] { return newcomer.progress().snapshot_bytes > 1'000'000; }, kPatience,
             "the snapshot as it arrives");
  EXPECT_NE(newcomer.progress().id, old_id_);
  EXPECT_FALSE(newcomer.progress().is_snapshot_whole);
  expect_old_is_served();

  tap_.cut();  // the newcomer's snapshot can never be whole: it is closed without an end
  newcomer.wait_until_closed();
  EXPECT_FALSE(newcomer.progress().is_snapshot_whole);
  expect_old_is_served();

  tap_.stall_after({});
  wait_until_in_sync(master_, {&replica_}, &relay_);
  EXPECT_EQ(replica_.full_syncs_taken(), 2U);
}

TEST_F(EmptyMaster, AKillDuringTheNewSnapshotLeavesTheOldGeneration) {
  restart_master_with_other_data();
  tap_.stall_after(5'000'000);
  tap_.refuse(false);
  wait_until([&] { return tap_.down_bytes() == 5'000'000; }, kPatience, "half a snapshot");
  relay_.kill();
  tap_.refuse(true);
  relay_.start();
  EXPECT_EQ(relay_.info_field("master_replid"), old_id_);
  expect_old_is_served();
  tap_.stall_after({});
  tap_.refuse(false);
  wait_until_in_sync(master_, {&replica_}, &relay_);
  EXPECT_EQ(replica_.full_syncs_taken(), 2U);
}

TEST_F(EmptyMaster, ADamagedSnapshotNeverCompletesAtAReplica) {
  // The tap cannot alter bytes; a master whose own file is damaged on its way is played by a
  // scripted one.
  ListeningSocket scripted;
  relay_.follow(scripted.port());
  auto link = scripted.accept(kPatience);
  ASSERT_TRUE(link);
  std::string said;
  const auto answer_to = [&](std::string_view word, std::string_view reply) {
    while (said.find(word) == std::string::npos) said += link->receive();
    link->send_all(reply);
  };
  answer_to("PING", "+PONG\r\n");
  answer_to("listening-port", "+OK\r\n");
  answer_to("capa", "+OK\r\n");
  const std::string mark(40, 'f');
  answer_to("PSYNC", "+FULLRESYNC " + std::string(40, 'd') + " 100\r\n$EOF:" + mark + "\r\n");
  const std::string bad = "REDIS0010" + std::string(2'000'000, 'x') + "\xff" + "12345678";
  link->send_all(std::string_view(bad).substr(0, 1'000'000));
  RawReplica newcomer({.port = relay_.port()});
  link->send_all(std::string_view(bad).substr(1'000'000));
  link->send_all(mark);
  wait_until(
      [&] {
        return relay_.metric("psync_relay_snapshot_failures_total", {{"stage", "verify"}}) >= 1;
      },
      kPatience, "the failure counted");
  EXPECT_FALSE(newcomer.progress().is_snapshot_whole && newcomer.progress().begin == 100);
  expect_old_is_served();
}

}  // namespace
}  // namespace relay::test
