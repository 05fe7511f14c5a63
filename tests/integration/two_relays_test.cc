// Two relays of one master behind one address. They hold the same bytes under the same ids and
// offsets, so a replica that loses one goes on with the other where it was.

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
  Service service{network};
  Pod master_pod{network};
  Pod pod{network};
  Pod other_pod{network};
  RedisServer master{"master", {.pod = &master_pod}};
  RelayProcess relay{to(master, pod)};
  RelayProcess other{to(master, other_pod)};
  ReplicasInPods replicas{network, kReplicas};

  static RelayOptions to(RedisServer& master, const Pod& pod) {
    return {.upstream_port = master.port(), .upstream_address = master.address(), .pod = &pod};
  }
};

class TwoRelays : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PodNetwork::may_be_made()) GTEST_SKIP() << "NOT TESTED: pods need root to be made";
    auto& c = cluster_.emplace();
    // As a service does it: whoever is not ready gets no connection.
    for (auto* relay : {&c.relay, &c.other}) wait_until_ready(*relay);
    c.service.set_endpoints(endpoints_of({&c.relay, &c.other}));
    c.replicas.follow(c.service);
    wait_until_in_sync(c.master, c.replicas.all(), &c.relay);
    wait_until_in_sync(c.master, {}, &c.other);
    ASSERT_EQ(replicas_of(c.relay), kReplicas / 2);
    ASSERT_EQ(replicas_of(c.other), kReplicas / 2);
  }

  static std::uint64_t replicas_of(RelayProcess& relay) {
    return relay.info_number("connected_slaves");
  }

  LoadOptions load() const {
    return {.port = cluster_->master.port(),
            .address = cluster_->master.address(),
            .commands_per_second = 5000,
            .big_value_bytes = 300'000};
  }

  // Everybody is served by this one. Of the full syncs there have ever been, it gave so many since
  // its start; nobody took a second one.
  void expect_all_continued_on(RelayProcess& relay, std::uint64_t full_syncs) {
    auto& c = *cluster_;
    wait_until_in_sync(c.master, c.replicas.all(), &relay);
    EXPECT_EQ(replicas_of(relay), kReplicas);
    EXPECT_EQ(relay.info_number("sync_full"), full_syncs);
    EXPECT_EQ(c.master.full_syncs_given(), 2U);  // one for each relay, when it came
    expect_full_syncs_of_each(c.replicas.all(), 1);
  }

  std::optional<Cluster> cluster_;
};

TEST_F(TwoRelays, OneIsKilledUnderLoadAndItsReplicasContinueOnTheOther) {
  auto& c = *cluster_;
  MixedLoad writes(load());
  writes.wait_for_commands(3000);
  c.relay.kill();
  // Until its probe has failed, the service still sends new connections to it.
  writes.wait_for_commands(1000);
  c.service.set_endpoints({c.other.endpoint()});
  wait_until([&] { return replicas_of(c.other) == kReplicas; }, kPatience,
             "all replicas at the other relay");
  writes.wait_for_commands(1000);
  writes.stop();
  expect_all_continued_on(c.other, kReplicas / 2);

  // It comes back and takes part again, without a word to the replicas.
  c.relay.start();
  c.relay.wait_until_streaming();
  c.service.set_endpoints({c.relay.endpoint()});
  MixedLoad more(load());
  more.wait_for_commands(1000);
  EXPECT_EQ(c.other.stop(), (ExitStatus{0, 0}));
  wait_until([&] { return replicas_of(c.relay) == kReplicas; }, kPatience,
             "all replicas at the first relay");
  more.stop();
  expect_all_continued_on(c.relay, 0);
}

TEST_F(TwoRelays, ARollingUpdateUnderLoadCostsNobodyAFullSync) {
  auto& c = *cluster_;
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  update_one_after_the_other(c.service, {&c.relay, &c.other},
                             [&] { writes.wait_for_commands(2000); });
  writes.stop();
  wait_until_in_sync(c.master, {}, &c.other);
  wait_until([&] { return replicas_of(c.relay) + replicas_of(c.other) == kReplicas; }, kPatience,
             "every replica at one of the two");
  wait_until_in_sync(c.master, c.replicas.all(), &c.relay);
  EXPECT_EQ(c.master.full_syncs_given(), 2U);
  for (auto* relay : {&c.relay, &c.other}) EXPECT_EQ(relay->info_number("sync_full"), 0U);
  expect_full_syncs_of_each(c.replicas.all(), 1);
}

TEST_F(TwoRelays, OneThatComesBackWithoutItsVolumeCostsTheMasterOneForkAndTheReplicasNothing) {
  auto& c = *cluster_;
  MixedLoad writes(load());
  writes.wait_for_commands(2000);
  c.relay.kill();
  c.relay.lose_data();
  c.service.set_endpoints({c.other.endpoint()});
  wait_until([&] { return replicas_of(c.other) == kReplicas; }, kPatience,
             "all replicas at the other relay");
  c.relay.start();
  c.relay.wait_until_streaming();
  writes.wait_for_commands(1000);
  writes.stop();
  wait_until_in_sync(c.master, c.replicas.all(), &c.other);
  wait_until_in_sync(c.master, {}, &c.relay);
  EXPECT_EQ(c.master.full_syncs_given(), 3U);
  expect_full_syncs_of_each(c.replicas.all(), 1);
}

TEST_F(TwoRelays, ANodeThatVanishesWithoutAWordCostsNoFullSyncEither) {
  auto& c = *cluster_;
  MixedLoad writes(load());
  writes.wait_for_commands(3000);
  c.pod.cut();
  c.service.set_endpoints({c.other.endpoint()});
  wait_until([&] { return replicas_of(c.other) == kReplicas; }, kPatience,
             "all replicas at the other relay");
  writes.stop();
  expect_all_continued_on(c.other, kReplicas / 2);
}

}  // namespace
}  // namespace relay::test
