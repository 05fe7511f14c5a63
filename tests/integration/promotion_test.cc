// An operator's servers, each with a relay in its pod, and the service of the master's: what happens to
// the replicas behind it when another server is promoted (deploy/kubernetes/operator).

#include "tests/support/mixed_load.h"
#include "tests/support/pod_network.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <optional>

namespace relay::test {
namespace {

struct Cluster {
  PodNetwork network;
  Service service{network};
  Pod pod{network};
  Pod other_pod{network};
  RedisServer server{"first server", in(pod)};
  RedisServer other_server{"second server", in(other_pod)};
  ReplicasInPods replicas{network, 2};
  std::optional<RelayProcess> relay = {};
  std::optional<RelayProcess> other_relay = {};

  static RedisOptions in(const Pod& pod) { return {.config = {"repl-timeout 5"}, .pod = &pod}; }
};

class Promotion : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PodNetwork::may_be_made()) GTEST_SKIP() << "NOT TESTED: pods need root to be made";
    auto& c = cluster_.emplace();
    c.other_server.follow(c.server.port(), c.server.address());
    c.relay.emplace(beside(c.server, c.pod));
    c.other_relay.emplace(beside(c.other_server, c.other_pod));
    for (auto* relay : {&*c.relay, &*c.other_relay}) wait_until_ready(*relay);
    c.service.set_endpoints({c.relay->endpoint()});
    c.replicas.follow(c.service);
    MixedLoad writes(load(c.server));
    writes.wait_for_commands(2000);
    writes.stop();
    wait_until_in_sync(c.server, {&c.other_server, &c.replicas[0], &c.replicas[1]}, &*c.relay);
    wait_until_in_sync(c.server, {}, &*c.other_relay);
  }

  // Keys expire all the time. What only some have received when the master is gone is no part of the
  // next one's history, and whoever has it is sent everything, with relays as without.
  void let_nothing_be_under_way() {
    auto& c = *cluster_;
    c.server.command({"CLIENT", "PAUSE", "600000", "WRITE"});
    wait_until_caught_up(c.server, {&c.other_server, &c.replicas[0], &c.replicas[1]}, &*c.relay);
  }

  static RelayOptions beside(RedisServer& server, const Pod& pod) {
    return {.upstream_port = server.port(), .pod = &pod};
  }
  static LoadOptions load(const RedisServer& master) {
    return {.port = master.port(), .address = master.address(), .commands_per_second = 5000};
  }

  // The label moves with the role, and the service with the label.
  void move_the_service() { cluster_->service.set_endpoints({cluster_->other_relay->endpoint()}); }

  std::optional<Cluster> cluster_;
};

TEST_F(Promotion, AMasterThatIsLostLeavesItsReplicasToTheRelayOfTheNextOne) {
  auto& c = *cluster_;
  let_nothing_be_under_way();
  c.pod.cut();
  c.other_server.follow_nobody();
  move_the_service();
  MixedLoad writes(load(c.other_server));
  writes.wait_for_commands(2000);
  wait_until([&] { return c.other_relay->info_number("connected_slaves") == 2; }, kPatience,
             "the replicas at the new master's relay");
  writes.stop();
  wait_until_in_sync(c.other_server, c.replicas.all(), &*c.other_relay);
  EXPECT_EQ(c.other_relay->info_number("sync_full"), 0U);
  EXPECT_EQ(c.other_relay->info_number("relay_upstream_full_syncs"), 1U);  // when it first started
  EXPECT_EQ(c.other_server.full_syncs_given(), 1U);
  expect_full_syncs_of_each(c.replicas.all(), 1);
}

// Connections that exist stay with the pod they went to: these replicas go on behind the old master's
// relay, one server further from the new one.
TEST_F(Promotion, AMasterThatStepsDownCostsNobodyAFullSync) {
  auto& c = *cluster_;
  c.server.command(
      {"FAILOVER", "TO", c.other_server.address(), std::to_string(c.other_server.port())});
  wait_until([&] { return c.other_server.info_field("role") == "master" && c.server.is_linked(); },
             kPatience, "the change of roles");
  move_the_service();
  MixedLoad writes(load(c.other_server));
  writes.wait_for_commands(2000);
  writes.stop();
  wait_until_in_sync(c.other_server, {&c.server, &c.replicas[0], &c.replicas[1]}, &*c.other_relay);
  wait_until_in_sync(c.other_server, {}, &*c.relay);
  for (auto* relay : {&*c.relay, &*c.other_relay}) {
    EXPECT_EQ(relay->info_number("relay_upstream_full_syncs"), 1U);  // when it first started
  }
  EXPECT_EQ(c.server.full_syncs_taken(), 0U);
  expect_full_syncs_of_each(c.replicas.all(), 1);
}

TEST_F(Promotion, AMasterThatWritesOnAfterThePromotionTakesThoseBehindItAlongWhenItFollows) {
  auto& c = *cluster_;
  const auto given = c.server.full_syncs_given();
  c.other_server.follow_nobody();
  c.server.command({"SET", "too", "late"});
  wait_until_caught_up(c.server, c.replicas.all(), &*c.relay);
  c.server.follow(c.other_server.port(), c.other_server.address());
  wait_until_in_sync(c.other_server, {&c.server, &c.replicas[0], &c.replicas[1]}, &*c.relay);
  EXPECT_EQ(c.replicas[0].command({"EXISTS", "too"}).integer, 0);
  EXPECT_EQ(c.server.full_syncs_taken(), 1U);
  EXPECT_EQ(c.server.full_syncs_given(), given + 1);
  EXPECT_EQ(c.other_server.full_syncs_given(), 2U);  // to its relay when that came, and to this one
  EXPECT_EQ(c.relay->info_number("relay_upstream_full_syncs"), 2U);
  expect_full_syncs_of_each(c.replicas.all(), 2);
}

}  // namespace
}  // namespace relay::test
