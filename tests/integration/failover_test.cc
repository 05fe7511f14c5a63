// Failover by hand, under write load with commands so large that the link is cut inside them: a
// replica behind the relay is promoted, the relay is pointed at it, and everybody goes on where
// they were.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

LoadOptions large_commands(std::uint16_t port, unsigned seed) {
  return {.port = port,
          .seed = seed,
          .value_bytes = 20'000,
          .big_value_bytes = 2 << 20,
          .big_value_every = 60};
}

class Failover : public ::testing::Test {
 protected:
  Failover()
      : master_("master"),
        relay_({.upstream_port = master_.port()}),
        first_("replica 1"),
        second_("replica 2"),
        third_("replica 3") {
    for (auto* replica : {&first_, &second_, &third_}) replica->follow(relay_.port());
    wait_until_in_sync(master_, {&first_, &second_, &third_}, &relay_);
  }

  // The master dies in the midst of its writes; `heir` has then read all that the relay has, and
  // becomes the master.
  void lose_and_replace(RedisServer& master, RedisServer& heir, unsigned seed) {
    {
      MixedLoad load(large_commands(master.port(), seed));
      load.wait_for_commands(1500);
      master.kill();
    }
    wait_until([&] { return relay_.info_field("master_link_status") == "down"; }, kPatience,
               "the relay noticing");
    wait_until([&] { return heir.info_number("slave_read_repl_offset") == relay_.offset(); },
               kPatience, "the heir having all that the relay has");
    torn_bytes_ += relay_.info_number("relay_log_end_offset") -
                   relay_.info_number("relay_log_boundary_offset");
    heir.follow_nobody();
    relay_.follow(heir.port());
    relay_.wait_until_streaming();
    MixedLoad load(large_commands(heir.port(), seed + 1));
    load.wait_for_commands(500);
    load.stop();
  }

  RedisServer master_;
  RelayProcess relay_;
  RedisServer first_;
  RedisServer second_;
  RedisServer third_;
  std::uint64_t torn_bytes_ = 0;
};

TEST_F(Failover, TwiceInARowCostsNoFullSyncAndOldIdsAreStillContinued) {
  const auto oldest_id = master_.info_field("master_replid");
  // One replica sleeps through both failovers, and comes back with the id of the first master.
  RedisServer sleeper("sleeper");
  sleeper.follow(relay_.port());
  wait_until_in_sync(master_, {&sleeper}, &relay_);
  const auto slept_at = sleeper.offset();
  sleeper.shut_down(true);

  lose_and_replace(master_, first_, 10);
  wait_until_in_sync(first_, {&second_, &third_}, &relay_);
  EXPECT_NE(first_.info_field("master_replid"), oldest_id);

  lose_and_replace(first_, second_, 20);
  wait_until_in_sync(second_, {&third_}, &relay_);

  sleeper.start({"replicaof 127.0.0.1 " + std::to_string(relay_.port())});
  wait_until_in_sync(second_, {&third_, &sleeper}, &relay_);

  RawReplica old(
      {.port = relay_.port(), .psync_id = oldest_id, .psync_offset = std::to_string(slept_at + 1)});
  old.wait_for_answer();
  EXPECT_EQ(old.progress().answer, "+CONTINUE " + second_.info_field("master_replid"));

  // Only the first of all syncs, that of each replica when it came, were full.
  EXPECT_EQ(second_.full_syncs_taken(), 1U);
  EXPECT_EQ(third_.full_syncs_taken(), 1U);
  EXPECT_EQ(sleeper.full_syncs_taken(), 1U);
  EXPECT_EQ(first_.full_syncs_taken(), 1U);
  EXPECT_EQ(second_.full_syncs_given(), 0U);
  EXPECT_EQ(relay_.info_number("relay_upstream_full_syncs"), 1U);
  EXPECT_EQ(relay_.info_number("relay_upstream_partial_syncs"), 2U);
  RecordProperty("torn_bytes", std::to_string(torn_bytes_));
}

TEST_F(Failover, ACutInsideALargeCommandIsTakenBackAndReplicasContinue) {
  // The heir is told to stop while the relay holds half a command, which makes the cut certain, not
  // likely.
  master_.command({"SET", "before", "the cut"});
  wait_until_caught_up(master_, {&first_, &second_, &third_}, &relay_);
  master_.pause();
  // What the master would have sent next is sent by hand, through a scripted master that knows the
  // same history.
  ListeningSocket scripted;
  const auto id = relay_.info_field("master_replid");
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
  while (said.find("PSYNC") == std::string::npos) said += link->receive();
  // No byte of the paused master comes any more.
  const auto boundary = relay_.offset();
  answer_to("PSYNC", "+CONTINUE " + id + "\r\n");
  const std::string torn = "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\ntorn\r\n$1000000\r\n" +
                           std::string(300'000, 'x');
  link->send_all(torn);
  wait_until([&] { return relay_.offset() == boundary + torn.size(); }, kPatience,
             "the torn bytes");
  EXPECT_EQ(relay_.info_number("relay_log_boundary_offset"), boundary);
  wait_until(
      [&] { return second_.info_number("slave_read_repl_offset") == boundary + torn.size(); },
      kPatience, "the torn bytes at a replica");

  first_.follow_nobody();
  relay_.follow(first_.port());
  relay_.wait_until_streaming();
  first_.command({"SET", "after", "the cut"});
  wait_until_in_sync(first_, {&second_, &third_}, &relay_);
  EXPECT_EQ(second_.command({"EXISTS", "torn"}).integer, 0);
  EXPECT_EQ(second_.full_syncs_taken(), 1U);
  EXPECT_EQ(third_.full_syncs_taken(), 1U);
  EXPECT_EQ(first_.full_syncs_given(), 0U);
}

TEST_F(Failover, TheNewMasterIsRememberedOverARestart) {
  first_.follow_nobody();
  relay_.follow(first_.port());
  // What it was told is on disk before the first byte that came of it.
  first_.command({"SET", "before", "the restart"});
  wait_until_in_sync(first_, {&second_, &third_}, &relay_);
  relay_.wait_until_durable();
  relay_.kill();
  relay_.start();
  first_.command({"SET", "after", "the restart"});
  wait_until_in_sync(first_, {&second_, &third_}, &relay_);
  EXPECT_EQ(relay_.info_field("master_port"), std::to_string(first_.port()));
  EXPECT_EQ(second_.full_syncs_taken(), 1U);
}

TEST_F(Failover, ItRefusesToBecomeAMasterOrToFollowItself) {
  auto client = relay_.client();
  EXPECT_TRUE(client.command({"REPLICAOF", "NO", "ONE"}).is_error());
  EXPECT_TRUE(client.command({"SLAVEOF", "NO", "ONE"}).is_error());
  client.command({"REPLICAOF", "127.0.0.1", std::to_string(relay_.port())});
  // Refused at once, or never followed: what counts is that no circle is ever closed.
  relay_.follow(master_.port());
  relay_.wait_until_streaming();
  RelayProcess lower({.upstream_port = relay_.port()});
  lower.wait_until_streaming();
  client.command({"REPLICAOF", "127.0.0.1", std::to_string(lower.port())});
  wait_until(
      [&] {
        return !relay_.info_field("relay_upstream_last_error").empty() &&
               relay_.info_field("master_link_status") == "down";
      },
      kPatience, "the circle being refused");
  relay_.follow(master_.port());
  relay_.wait_until_streaming();
  master_.command({"SET", "after", "the circle"});
  wait_until_in_sync(master_, {&first_, &second_, &third_}, &relay_);
  EXPECT_EQ(first_.full_syncs_taken(), 1U);
}

}  // namespace
}  // namespace relay::test
