// The steps of deploy/README.md: a fleet that follows its master moves behind a relay, and back,
// while the master is written to, and nobody takes a full sync for it.

#include "tests/support/mixed_load.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <memory>

namespace relay::test {
namespace {

constexpr unsigned kReplicas = 6;

TEST(Migration, AFleetMovesBehindTheRelayAndBackWithoutAFullSync) {
  RedisServer master("master");
  master.populate("key", 2000, 1000);
  std::vector<std::unique_ptr<RedisServer>> servers;
  std::vector<RedisServer*> fleet;
  for (unsigned i = 1; i <= kReplicas; ++i) {
    servers.push_back(std::make_unique<RedisServer>("replica " + std::to_string(i)));
    fleet.push_back(servers.back().get());
    fleet.back()->follow(master.port());
  }
  wait_until_in_sync(master, fleet);
  const auto full_syncs = master.full_syncs_given();

  MixedLoad load({.port = master.port(), .commands_per_second = 5000, .big_value_bytes = 100'000});
  load.wait_for_commands(1000);
  RelayProcess relay({.upstream_port = master.port()});
  wait_until([&] { return relay.get("/readyz").status == 200; }, kPatience, "readiness");
  for (auto* replica : fleet) {
    replica->follow(relay.port());
    wait_until([&] { return replica->is_linked(); }, kPatience, replica->name() + " being linked");
  }
  load.wait_for_commands(1000);
  EXPECT_EQ(master.info_number("connected_slaves"), 1U);
  EXPECT_EQ(relay.info_number("sync_partial_ok"), kReplicas);

  for (auto* replica : fleet) {
    replica->follow(master.port());
    wait_until([&] { return replica->is_linked(); }, kPatience, replica->name() + " being linked");
  }
  load.stop();
  wait_until_in_sync(master, fleet, &relay);
  EXPECT_EQ(relay.info_number("connected_slaves"), 0U);
  EXPECT_EQ(relay.info_number("sync_full"), 0U);
  EXPECT_EQ(master.full_syncs_given(), full_syncs + 1);  // the relay's
  for (auto* replica : fleet) EXPECT_EQ(replica->full_syncs_taken(), 1U) << replica->name();
}

}  // namespace
}  // namespace relay::test
