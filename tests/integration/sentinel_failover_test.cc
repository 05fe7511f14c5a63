// A real Sentinel, which takes the relay for one more replica: it promotes another one, and the
// relay goes along, with all who are behind it. And the other way round: a relay that asks Sentinel
// who the master is.

#include "tests/support/ctl.h"
#include "tests/support/mixed_load.h"
#include "tests/support/sentinel_server.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

TEST(SentinelFailover, TheRelayFollowsTheNewMasterAndNobodyBehindItTakesAFullSync) {
  RedisServer master("master");
  RedisServer heir("heir");
  heir.follow(master.port());
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer first("replica 1");
  RedisServer second("replica 2");
  first.follow(relay.port());
  second.follow(relay.port());
  wait_until_in_sync(master, {&heir, &first, &second}, &relay);
  SentinelServer sentinel(master.port());
  wait_until([&] { return sentinel.replica_ports().size() == 2; }, kPatience,
             "Sentinel knowing the heir and the relay");

  MixedLoad load({.port = master.port(), .commands_per_second = 2000});
  load.wait_for_commands(1000);
  load.stop();
  wait_until_in_sync(master, {&heir, &first, &second}, &relay);
  sentinel.judge_quickly();
  master.kill();
  wait_until([&] { return heir.info_field("role") == "master"; }, kPatience, "the promotion");
  wait_until([&] { return relay.info_field("master_port") == std::to_string(heir.port()); },
             kPatience, "the relay being told");
  MixedLoad more({.port = heir.port(), .commands_per_second = 2000});
  more.wait_for_commands(1000);
  more.stop();
  wait_until_in_sync(heir, {&first, &second}, &relay);
  EXPECT_EQ(relay.info_field("role"), "slave");
  EXPECT_EQ(heir.full_syncs_given(), 0U);
  EXPECT_EQ(first.full_syncs_taken(), 1U);
  EXPECT_EQ(second.full_syncs_taken(), 1U);
}

// Two Sentinels, a master and its heir; the relay knows the Sentinels alone.
class FoundBySentinel : public ::testing::Test {
 protected:
  FoundBySentinel() {
    wait_until(
        [&] { return one_.replica_ports().size() == 1 && other_.replica_ports().size() == 1; },
        kPatience, "the Sentinels knowing the heir");
  }

  RelayOptions options() const {
    RelayOptions options;
    options.settings = {"upstream.sentinels=" + one_.address() + ", " + other_.address(),
                        "upstream.sentinel-master=fleet"};
    return options;
  }
  boost::json::object upstream(const RelayProcess& relay) const {
    return boost::json::parse(relay.get("/v1/status").body).at("upstream").as_object();
  }
  static std::string port_of(RelayProcess& relay) { return relay.info_field("master_port"); }

  RedisServer master_{"master"};
  RedisServer heir_{"heir"};
  // Before they look at the master, for they look again only after ten seconds.
  const bool heir_follows_ = [this] {
    heir_.follow(master_.port());
    wait_until_in_sync(master_, {&heir_});
    return true;
  }();
  SentinelServer one_{master_.port()};
  SentinelServer other_{master_.port()};
};

TEST_F(FoundBySentinel, TheRelayFindsTheMasterAndGoesAlongWhenThatChanges) {
  RelayProcess relay(options());
  RedisServer first("replica 1");
  RedisServer second("replica 2");
  first.follow(relay.port());
  second.follow(relay.port());
  wait_until_in_sync(master_, {&heir_, &first, &second}, &relay);
  EXPECT_EQ(port_of(relay), std::to_string(master_.port()));
  wait_until([&] { return relay.metric("psync_relay_sentinel_listening") == 1; }, kPatience,
             "a Sentinel being listened to");
  // What an operator says would be undone at the next question.
  const CtlOutcome refused = ctl(relay, {"follow", "127.0.0.1:1"});
  EXPECT_EQ(refused.status, ExitStatus{1});
  EXPECT_NE(refused.err.find("the Sentinels say who the master is"), std::string::npos)
      << refused.err;

  // Not by SENTINEL FAILOVER: a master that lives sends on what the heir no longer hears, and whoever
  // follows it is ahead of the heir then.
  for (const SentinelServer* sentinel : {&one_, &other_}) sentinel->judge_quickly();
  master_.kill();
  wait_until([&] { return heir_.info_field("role") == "master"; }, kPatience, "the promotion");
  wait_until([&] { return port_of(relay) == std::to_string(heir_.port()); }, kPatience,
             "the relay going along");
  wait_until([&] { return relay.metric("psync_relay_sentinel_switches_total") == 1; }, kPatience,
             "the message");
  heir_.populate("after", 1000, 100);
  wait_until_in_sync(heir_, {&first, &second}, &relay);
  EXPECT_EQ(first.full_syncs_taken(), 1U);
  EXPECT_EQ(second.full_syncs_taken(), 1U);
  EXPECT_EQ(heir_.full_syncs_given(), 0U);
}

TEST_F(FoundBySentinel, AFailoverThatItHasNotSeenIsFollowedAtTheStart) {
  RelayProcess relay(options());
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master_, {&heir_, &replica}, &relay);
  relay.stop();
  for (const SentinelServer* sentinel : {&one_, &other_}) sentinel->judge_quickly();
  master_.kill();
  wait_until(
      [&] {
        return heir_.info_field("role") == "master" &&
               one_.master_port() == std::to_string(heir_.port()) &&
               other_.master_port() == std::to_string(heir_.port());
      },
      kPatience, "the failover");
  heir_.populate("after", 1000, 100);
  relay.start();
  wait_until_in_sync(heir_, {&replica}, &relay);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_EQ(heir_.full_syncs_given(), 0U);
}

TEST_F(FoundBySentinel, WithoutSentinelsTheMasterKnownLastIsFollowed) {
  RelayProcess relay(options());
  relay.wait_until_streaming();
  wait_until([&] { return relay.metric("psync_relay_sentinel_listening") == 1; }, kPatience,
             "a Sentinel being listened to");
  one_.kill();
  other_.kill();
  relay.wait_for_log("sentinel.lost");
  // The stream goes on, and it is said what would happen if it did not.
  wait_until(
      [&] {
        return relay.metric("psync_relay_warnings", {{"code", "no_sentinel"}}) == 1;
      },
      kPatience, "the warning");
  EXPECT_EQ(relay.info_field("master_link_status"), "up");
  // Over a cut link, and over a restart.
  master_.command({"CLIENT", "KILL", "TYPE", "slave"});
  relay.wait_for_log("sentinel.none");
  wait_until([&] { return master_.info_number("sync_partial_ok") >= 1; }, kPatience,
             "the partial sync");
  relay.stop();
  relay.start();
  relay.wait_until_streaming();
  EXPECT_EQ(port_of(relay), std::to_string(master_.port()));
  wait_until(
      [&] {
        return relay.metric("psync_relay_warnings", {{"code", "no_sentinel"}}) == 1;
      },
      kPatience, "the warning");
  EXPECT_TRUE(upstream(relay).at("sentinel").at("listening_to").is_null());

  other_.start();
  wait_until(
      [&] {
        return relay.metric("psync_relay_warnings", {{"code", "no_sentinel"}}) == 0;
      },
      kPatience, "the end of the warning");
  EXPECT_EQ(upstream(relay).at("sentinel").at("listening_to").as_string(), other_.address());
}

TEST(SentinelQuestions, WithAWrongPasswordOrNameTheReasonIsSaidAndNoSecret) {
  RedisServer master("master");
  SentinelServer sentinel(master.port(), "s3ntinel-secret");
  TempDir secrets;
  write_text(secrets / "right", "s3ntinel-secret\n");
  write_text(secrets / "wrong", "wr0ng-secret\n");
  const auto settings = [&](const std::string& name, const std::string& password) {
    return std::vector<std::string>{
        "upstream.sentinels=" + sentinel.address(), "upstream.sentinel-master=" + name,
        "upstream.sentinel-password-file=" + (secrets / password).string()};
  };
  RelayOptions options;
  options.settings = settings("fleet", "wrong");
  RelayProcess relay(options);
  relay.wait_for_log("WRONGPASS");
  relay.wait_for_log("no Sentinel has said who the master is yet");
  relay.stop();
  relay.options().settings = settings("navy", "right");
  relay.start();
  relay.wait_for_log("knows no master navy");
  EXPECT_GE(relay.metric("psync_relay_sentinel_queries_total", {{"result", "unknown"}}), 1);
  relay.stop();
  relay.options().settings = settings("fleet", "right");
  relay.start();
  relay.wait_until_streaming();
  EXPECT_FALSE(relay.is_in_log("wr0ng-secret"));
  EXPECT_FALSE(relay.is_in_log("s3ntinel-secret"));
}

}  // namespace
}  // namespace relay::test
