// Two levels behind services: two relays beside the master, one in each of two zones behind them, the
// replicas behind those. What deploy/kubernetes/README.md says of the tree, with its numbers.

#include "tests/support/mixed_load.h"
#include "tests/support/pod_network.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

namespace relay::test {
namespace {

constexpr unsigned kReplicas = 4;

struct Cluster {
  PodNetwork network;
  Service root_service{network};
  Service zone_service{network};
  Pod master_pod{network};
  Pod root_pods[2]{Pod(network), Pod(network)};
  Pod zone_pods[2]{Pod(network), Pod(network)};
  RedisServer master{"master", {.pod = &master_pod}};
  RelayProcess root{behind(master.port(), master.address(), root_pods[0])};
  RelayProcess other_root{behind(master.port(), master.address(), root_pods[1])};
  std::vector<RelayProcess*> roots{&root, &other_root};
  std::unique_ptr<RelayProcess> zone = {};
  std::unique_ptr<RelayProcess> other_zone = {};
  std::vector<RelayProcess*> zones = {};
  ReplicasInPods replicas{network, kReplicas};

  // A zone's relay that hears nothing from its root gives the link up. None asks a question through
  // the service: that would take a turn of it.
  static RelayOptions behind(std::uint16_t port, const std::string& address, const Pod& pod) {
    return {.upstream_port = port,
            .upstream_address = address,
            .settings = {"upstream.timeout=5s", "upstream.ask-min-replicas=no"},
            .pod = &pod};
  }
  std::unique_ptr<RelayProcess> zone_in(const Pod& pod) {
    return std::make_unique<RelayProcess>(behind(root_service.port(), root_service.address(), pod));
  }
};

class TwoRoots : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PodNetwork::may_be_made()) GTEST_SKIP() << "NOT TESTED: pods need root to be made";
    auto& c = cluster_.emplace();
    for (auto* root : c.roots) wait_until_ready(*root);
    c.root_service.set_endpoints(endpoints_of(c.roots));
    c.zone = c.zone_in(c.zone_pods[0]);
    c.other_zone = c.zone_in(c.zone_pods[1]);
    c.zones = {c.zone.get(), c.other_zone.get()};
    for (auto* zone : c.zones) wait_until_ready(*zone);
    c.zone_service.set_endpoints(endpoints_of(c.zones));
    c.replicas.follow(c.zone_service);
    wait_until_all_in_sync();
    for (auto* relay : {&c.root, &c.other_root}) ASSERT_EQ(children_of(*relay), 1U);
    for (auto* relay : c.zones) ASSERT_EQ(children_of(*relay), kReplicas / 2);
    ASSERT_EQ(c.master.full_syncs_given(), 2U);
  }

  static std::uint64_t children_of(RelayProcess& relay) {
    return relay.info_number("connected_slaves");
  }
  static std::uint64_t full_syncs_taken_by(RelayProcess& relay) {
    return relay.info_number("relay_upstream_full_syncs");
  }
  LoadOptions load() const {
    return {.port = cluster_->master.port(),
            .address = cluster_->master.address(),
            .commands_per_second = 3000,
            .big_value_bytes = 100'000};
  }

  void wait_until_all_in_sync() {
    auto& c = *cluster_;
    for (auto* relay : {c.zone.get(), c.other_zone.get(), &c.root, &c.other_root}) {
      wait_until_caught_up(c.master, {}, relay);
    }
    wait_until_in_sync(c.master, c.replicas.all());
  }

  std::optional<Cluster> cluster_;
};

TEST_F(TwoRoots, ARollingUpdateOfBothLevelsCostsNobodyAFullSync) {
  auto& c = *cluster_;
  MixedLoad writes(load());
  writes.wait_for_commands(1000);
  const auto go_on = [&] { writes.wait_for_commands(1000); };
  update_one_after_the_other(c.root_service, c.roots, go_on);
  for (auto* zone : c.zones) EXPECT_EQ(full_syncs_taken_by(*zone), 1U);
  update_one_after_the_other(c.zone_service, c.zones, go_on);
  writes.stop();
  wait_until_all_in_sync();
  EXPECT_EQ(c.master.full_syncs_given(), 2U);
  for (auto* relay : {c.zone.get(), c.other_zone.get(), &c.root, &c.other_root}) {
    EXPECT_EQ(full_syncs_taken_by(*relay), 0U);  // since its start
    EXPECT_EQ(relay->info_number("sync_full"), 0U);
  }
  expect_full_syncs_of_each(c.replicas.all(), 1);
}

TEST_F(TwoRoots, ARootsNodeThatVanishesTogetherWithItsVolumeCostsOneForkWhenItIsBack) {
  auto& c = *cluster_;
  MixedLoad writes(load());
  writes.wait_for_commands(1000);
  c.root_pods[0].cut();
  c.root_service.set_endpoints({c.other_root.endpoint()});
  wait_until([&] { return children_of(c.other_root) == 2; }, kPatience,
             "both zones at the other root");
  writes.wait_for_commands(1000);
  EXPECT_EQ(c.master.full_syncs_given(), 2U);

  c.root.kill();
  c.root.lose_data();
  const Pod elsewhere(c.network);
  c.root.options().pod = &elsewhere;
  c.root.start();
  wait_until_ready(c.root);
  c.root_service.set_endpoints(endpoints_of(c.roots));
  writes.stop();
  wait_until_all_in_sync();
  EXPECT_EQ(c.master.full_syncs_given(), 3U);
  for (auto* zone : c.zones) EXPECT_EQ(full_syncs_taken_by(*zone), 1U);
  expect_full_syncs_of_each(c.replicas.all(), 1);
}

TEST_F(TwoRoots, AZonesRelayThatLosesItsVolumeIsServedByARootAndItsReplicasByAnotherZone) {
  auto& c = *cluster_;
  const auto given = [&] {
    return c.root.info_number("sync_full") + c.other_root.info_number("sync_full");
  };
  ASSERT_EQ(given(), 2U);
  MixedLoad writes(load());
  writes.wait_for_commands(1000);
  c.zone->kill();
  c.zone->lose_data();
  c.zone_service.set_endpoints({c.other_zone->endpoint()});
  wait_until([&] { return children_of(*c.other_zone) == kReplicas; }, kPatience,
             "all replicas at the other zone's relay");
  c.zone->start();
  wait_until_ready(*c.zone);
  c.zone_service.set_endpoints(endpoints_of(c.zones));
  writes.stop();
  wait_until_all_in_sync();
  EXPECT_EQ(given(), 3U);
  EXPECT_EQ(c.master.full_syncs_given(), 2U);
  expect_full_syncs_of_each(c.replicas.all(), 1);
}

}  // namespace
}  // namespace relay::test
