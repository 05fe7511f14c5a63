// The relay as a sidecar: in one pod with its master, its replicas in pods of their own, in front of
// both the service that the replicas follow. What happens to a pod, and what it costs, as
// deploy/README.md promises it.

#include "tests/support/mixed_load.h"
#include "tests/support/pod_network.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>
#include <optional>

namespace relay::test {
namespace {

struct Cluster {
  PodNetwork network;
  Service service{network};
  Pod pod{network};
  Pod other_node{network};  // where the pod is made anew when its node is lost
  RedisServer master{"master", {.pod = &pod}};
  ReplicasInPods replicas{network, 3};
  std::optional<RelayProcess> relay = {};
};

class Sidecar : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PodNetwork::may_be_made()) GTEST_SKIP() << "NOT TESTED: pods need root to be made";
    cluster_.emplace();
  }

  // The container of the relay; the replicas know the service alone.
  void start_relay(const std::vector<std::string>& settings = {}) {
    cluster_->relay.emplace(RelayOptions{
        .upstream_port = cluster_->master.port(), .settings = settings, .pod = &cluster_->pod});
    cluster_->service.set_endpoints({relay().endpoint()});
    cluster_->replicas.follow(cluster_->service);
  }

  void start_all() {
    start_relay();
    wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  }

  // As for a rolling update or a drain: another node, other containers, and volumes that are kept.
  void replace_pod(bool without_the_relays_volume) {
    master().shut_down(true);
    EXPECT_EQ(relay().stop(), (ExitStatus{0, 0}));
    if (without_the_relays_volume) relay().lose_data();
    relay().options().pod = &cluster_->other_node;
    master().options().pod = &cluster_->other_node;
    relay().start();
    master().start();
    cluster_->service.set_endpoints({relay().endpoint()});
    relay().wait_until_streaming();
  }

  LoadOptions load() const {
    return {.port = cluster_->master.port(),
            .address = cluster_->master.address(),
            .commands_per_second = 5000,
            .big_value_bytes = 100'000};
  }

  RedisServer& master() { return cluster_->master; }
  RelayProcess& relay() { return *cluster_->relay; }

  std::optional<Cluster> cluster_;
};

TEST_F(Sidecar, TheRelayIsStartedFirstAndItsMasterLater) {
  master().kill();
  start_relay();
  // A native sidecar must count as started before the next container is, which is the master.
  EXPECT_EQ(relay().get("/livez").status, 200);
  EXPECT_EQ(relay().get("/readyz").status, 503);
  wait_until([&] { return !relay().info_field("relay_upstream_last_error").empty(); }, kPatience,
             "a try to reach the master");
  master().start();
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  writes.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(relay().get("/readyz").status, 200);
  EXPECT_EQ(master().full_syncs_given(), 1U);
  EXPECT_EQ(master().forks(), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 1);
}

TEST_F(Sidecar, AMasterThatSavesAndIsStartedAgainInPlaceCostsNoFullSync) {
  start_all();
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  master().shut_down(true);
  master().start();
  relay().wait_until_streaming();
  writes.wait_for_commands(2000);
  writes.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 0U);
  EXPECT_EQ(master().info_number("sync_partial_ok"), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 1);
}

// Two ordinary containers: both are told to stop at the same moment, and the master goes on until it
// has ended.
TEST_F(Sidecar, BesideAnOrdinaryContainerThePauseBeforeTheStopSavesTheFullSync) {
  start_relay({"shutdown-delay=5s"});
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  relay().process().send_signal(SIGTERM);
  relay().wait_for_log("relay.stopping");
  writes.wait_for_commands(1000);
  master().shut_down(true);
  writes.stop();
  EXPECT_EQ(relay().process().wait(), (ExitStatus{0, 0}));
  master().start();
  relay().start();
  relay().wait_until_streaming();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 0U);
  EXPECT_EQ(master().info_number("sync_partial_ok"), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 1);
}

// A native sidecar is told to stop when the master has ended, and is started before it.
TEST_F(Sidecar, APodThatIsReplacedWithItsVolumesCostsNoFullSync) {
  start_all();
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  replace_pod(false);
  writes.stop();
  MixedLoad more(load());
  more.wait_for_commands(1000);
  more.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 0U);
  EXPECT_EQ(master().info_number("sync_partial_ok"), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 1);
}

TEST_F(Sidecar, APodThatIsReplacedWithoutTheRelaysVolumeCostsOneFork) {
  start_all();
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  replace_pod(true);
  writes.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 1U);
  EXPECT_EQ(master().forks(), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 2);
}

// An append-only file does not carry the replication id.
TEST_F(Sidecar, AMasterThatStartsFromAnAppendOnlyFileHasANewHistory) {
  master().kill();
  master().start({"appendonly yes"});
  start_all();
  MixedLoad writes(load());
  writes.wait_for_commands(1000);
  writes.stop();
  wait_until_caught_up(master(), cluster_->replicas.all(), &relay());
  master().shut_down(true);
  master().start({"appendonly yes"});
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 2);
}

TEST_F(Sidecar, AMasterThatCrashesAndComesBackInPlaceCostsOneFullSync) {
  start_all();
  master().command({"SAVE"});
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  master().kill();
  master().start();
  writes.wait_for_commands(2000);
  writes.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 2);
}

TEST_F(Sidecar, ARelayStartedAgainOnItsVolumeCostsNoFullSync) {
  start_all();
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  relay().kill();
  writes.wait_for_commands(2000);
  relay().start();
  relay().wait_until_streaming();
  EXPECT_EQ(relay().stop(), (ExitStatus{0, 0}));
  writes.wait_for_commands(2000);
  relay().start();
  relay().wait_until_streaming();
  writes.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 1);
}

TEST_F(Sidecar, ARelayThatHasLostItsVolumeCostsTheMasterOneFullSync) {
  start_all();
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  relay().kill();
  relay().lose_data();
  writes.wait_for_commands(2000);
  relay().start();
  relay().wait_until_streaming();
  writes.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 2U);
  EXPECT_EQ(master().forks(), 2U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 2);
}

TEST_F(Sidecar, ANodeThatIsLostTakesBothAlongAndTheNewPodServesEverybody) {
  start_all();
  MixedLoad writes(load());
  writes.wait_for_commands(1000);
  master().command({"SAVE"});
  writes.wait_for_commands(1000);
  writes.stop();
  wait_until_caught_up(master(), cluster_->replicas.all(), &relay());

  // Nobody is told: the replicas find out by their repl-timeout. The master's volume is attached
  // elsewhere, with what was saved on it; the relay's was the node's own.
  cluster_->pod.cut();
  master().kill();
  relay().kill();
  relay().lose_data();
  relay().options().pod = &cluster_->other_node;
  relay().start();
  master().options().pod = &cluster_->other_node;
  master().start();
  cluster_->service.set_endpoints({relay().endpoint()});

  MixedLoad more(load());
  more.wait_for_commands(2000);
  more.stop();
  wait_until_in_sync(master(), cluster_->replicas.all(), &relay());
  EXPECT_EQ(master().full_syncs_given(), 1U);
  EXPECT_EQ(master().forks(), 1U);
  expect_full_syncs_of_each(cluster_->replicas.all(), 2);
}

}  // namespace
}  // namespace relay::test
