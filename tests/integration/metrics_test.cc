// What the metrics say of replicas that fall behind, leave and come back, and of the master.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

std::string address_of(const RedisServer& replica) {
  return "127.0.0.1:" + std::to_string(replica.port());
}

std::optional<double> of(const RelayProcess& relay, const RedisServer& replica,
                         const std::string& name) {
  return find_sample(relay.get("/metrics").body, name, {{"replica", address_of(replica)}});
}

TEST(Metrics, LagInSecondsGrowsWhileAReplicaIsStoppedAndReturnsToZero) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer stopped("stopped replica");
  RedisServer other("other replica");
  for (auto* replica : {&stopped, &other}) replica->follow(relay.port());
  wait_until_in_sync(master, {&stopped, &other}, &relay);

  const std::string name = "psync_relay_replica_lag_seconds";
  stopped.pause();
  MixedLoad load({.port = master.port(), .commands_per_second = 500});
  wait_until([&] { return of(relay, stopped, name) >= 4; }, kPatience, "a lag of seconds");
  // The oldest byte that it has not acknowledged is the same one a second later.
  const double before = *of(relay, stopped, name);
  wait_until([&] { return of(relay, stopped, name) >= before + 2; }, kPatience, "a growing lag");
  EXPECT_LT(*of(relay, other, name), before) << "who keeps up is not behind";
  EXPECT_GT(*of(relay, stopped, "psync_relay_replica_lag_bytes"), 0);
  EXPECT_GE(relay.metric("psync_relay_replica_slowest_lag_seconds"), before);
  EXPECT_GE(std::stod(relay.info_field("relay_slowest_lag_seconds")), before);

  stopped.resume();
  load.stop();
  wait_until_in_sync(master, {&stopped, &other}, &relay);
  wait_until(
      [&] {
        const std::string page = relay.get("/metrics").body;
        const Labels which = {{"replica", address_of(stopped)}};
        return find_sample(page, name, which) == 0 &&
               find_sample(page, "psync_relay_replica_lag_bytes", which) == 0;
      },
      kPatience, "no lag");
  EXPECT_GT(relay.metric("psync_relay_propagation_delay_seconds_count"), 0);
}

TEST(Metrics, AReplicaThatLeftLingersUntilItIsBackOrForgotten) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = {"metrics.replica-linger=1h"}});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);
  wait_until([&] { return of(relay, replica, "psync_relay_replica_online") == 1; }, kPatience,
             "the replica online");

  replica.follow_nobody();
  wait_until([&] { return of(relay, replica, "psync_relay_replica_online") == 0; }, kPatience,
             "the replica to be shown as gone");
  EXPECT_TRUE(of(relay, replica, "psync_relay_replica_ack_offset_bytes"));
  EXPECT_TRUE(of(relay, replica, "psync_relay_replica_lag_seconds"));

  replica.follow(relay.port());
  wait_until([&] { return of(relay, replica, "psync_relay_replica_online") == 1; }, kPatience,
             "the replica to be back under its name");

  relay.stop();
  relay.options().settings = {"metrics.replica-linger=100ms"};
  relay.start();
  wait_until([&] { return of(relay, replica, "psync_relay_replica_online") == 1; }, kPatience,
             "the replica");
  replica.follow_nobody();
  wait_until([&] { return !of(relay, replica, "psync_relay_replica_online"); }, kPatience,
             "the replica to be forgotten");
}

TEST(Metrics, OneSnapshotServesManyAndTheMasterIsSparedTheOthers) {
  RedisServer master("master");
  master.populate("key", 100, 1000);
  RelayProcess relay({.upstream_port = master.port()});
  relay.wait_until_streaming();
  RedisServer first("replica 1");
  RedisServer second("replica 2");
  RedisServer third("replica 3");
  for (auto* replica : {&first, &second, &third}) replica->follow(relay.port());
  wait_until_in_sync(master, {&first, &second, &third}, &relay);
  wait_until(
      [&] {
        return relay.metric("psync_relay_replicas", {{"state", "online"}}) == 3;
      },
      kPatience, "the replicas online");
  EXPECT_EQ(relay.metric("psync_relay_replica_syncs_total", {{"kind", "full"}}), 3);
  EXPECT_EQ(relay.metric("psync_relay_full_syncs_spared_total"), 2);
  EXPECT_EQ(master.forks(), 1U);
}

TEST(Metrics, AMasterThatWantsMoreReplicasThanItCountsIsWarnedOf) {
  RedisServer master("master", {.password = "secret"});
  master.command({"CONFIG", "SET", "min-replicas-to-write", "2"});
  RelayProcess relay({.upstream_port = master.port(),
                      .environment = {{"PSYNC_RELAY_UPSTREAM__PASSWORD", "secret"}}});
  const auto warning = [&] {
    return relay.metric("psync_relay_warnings", {{"code", "min_replicas"}});
  };
  wait_until([&] { return warning() == 1; }, kPatience, "the warning");
  relay.wait_for_log("warning.raised");
  EXPECT_EQ(relay.info_field("relay_warnings"), "min_replicas");
  EXPECT_EQ(master.info_number("connected_slaves"), 1U) << "the question makes no replica";

  // The next stream begins with the question.
  master.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
  master.command({"CLIENT", "KILL", "TYPE", "replica"});
  wait_until([&] { return warning() == 0; }, kPatience, "the end of the warning");
  relay.wait_for_log("warning.gone");
}

}  // namespace
}  // namespace relay::test
