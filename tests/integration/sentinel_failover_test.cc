// A real Sentinel, which takes the relay for one more replica: it promotes another one, and the
// relay goes along, with all who are behind it.

#include "tests/support/mixed_load.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

// Alone it is its own quorum, and it is quick to judge.
class Sentinel {
 public:
  explicit Sentinel(std::uint16_t master) {
    const auto config = dir_ / "sentinel.conf";
    write_text(config, "bind 127.0.0.1\nport " + std::to_string(port_.number()) + "\ndir " +
                           dir_.path().string() + "\nsentinel monitor fleet 127.0.0.1 " +
                           std::to_string(master) +
                           " 1\nsentinel down-after-milliseconds fleet 1000\n"
                           "sentinel failover-timeout fleet 5000\n");
    process_.emplace(Program{.argv = {"redis-server", config.string(), "--sentinel"},
                             .output = dir_ / "output"});
  }

  // Ports of the replicas that it knows.
  std::vector<std::string> replicas() const {
    std::vector<std::string> ports;
    RedisClient client(port_.number());
    for (const auto& replica : client.require({"SENTINEL", "REPLICAS", "fleet"}).elements) {
      for (std::size_t i = 0; i + 1 < replica.elements.size(); i += 2) {
        if (replica.elements[i].text == "port") ports.push_back(replica.elements[i + 1].text);
      }
    }
    return ports;
  }

 private:
  TempDir dir_;
  ReservedPort port_;
  std::optional<ChildProcess> process_;
};

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
  Sentinel sentinel(master.port());
  wait_until([&] { return sentinel.replicas().size() == 2; }, kPatience,
             "Sentinel knowing the heir and the relay");

  MixedLoad load({.port = master.port(), .commands_per_second = 2000});
  load.wait_for_commands(1000);
  load.stop();
  wait_until_in_sync(master, {&heir, &first, &second}, &relay);
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

}  // namespace
}  // namespace relay::test
