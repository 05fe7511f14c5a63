// Any number of replicas, whenever they come, cost the master one snapshot, and the relay no
// memory.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace relay::test {
namespace {

// Without a sanitizer the promise is 128 MB. One keeps shadows of what the program has, and would read
// thirty times 300 MB for a minute or two.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kMemoryLimit = 400ULL << 20;
constexpr unsigned kDataset = 100'000'000;
#else
constexpr std::uint64_t kMemoryLimit = 128ULL << 20;
constexpr unsigned kDataset = 300'000'000;
#endif

using Replicas = std::vector<std::unique_ptr<RawReplica>>;

Replicas arrive(std::uint16_t port, int count) {
  Replicas replicas;
  for (int i = 0; i < count; ++i) {
    replicas.push_back(std::make_unique<RawReplica>(RawReplicaOptions{.port = port}));
  }
  return replicas;
}

TEST(SharedSnapshot, ThirtyReplicasOfALargeDatasetCostOneForkAndLittleMemory) {
  RedisServer master("master");
  master.command({"DEBUG", "POPULATE", "3000", "key", std::to_string(kDataset / 3000)});
  const auto forks_before = master.forks();
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer first("replica 1");
  RedisServer second("replica 2");
  first.follow(relay.port());
  second.follow(relay.port());
  auto at_once = arrive(relay.port(), 18);
  for (auto& replica : at_once) replica->wait_for_snapshot();
  wait_until_in_sync(master, {&first, &second}, &relay);

  MixedLoad load({.port = master.port(), .commands_per_second = 2000});
  load.wait_for_commands(500);
  auto later = arrive(relay.port(), 9);
  RedisServer third("replica 3");
  third.follow(relay.port());
  for (auto& replica : later) replica->wait_for_snapshot();
  load.wait_for_commands(500);
  load.stop();
  wait_until_in_sync(master, {&first, &second, &third}, &relay);

  const auto end = relay.offset();
  for (auto* group : {&at_once, &later}) {
    for (auto& replica : *group) {
      replica->wait_for_offset(end);
      const auto progress = replica->progress();
      EXPECT_GT(progress.snapshot_bytes, kDataset);
      EXPECT_EQ(progress.snapshot_hash, at_once[0]->progress().snapshot_hash);
    }
  }
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(master.forks(), forks_before + 1);
  EXPECT_EQ(relay.info_number("sync_full"), 30U);
  EXPECT_LT(relay.process().peak_resident_bytes(), kMemoryLimit);
}

TEST(SharedSnapshot, ReplicasBeyondTheConcurrencyLimitWaitAndAreServedInTheEnd) {
  RedisServer master("master");
  master.populate("key", 100, 100000);
  RelayProcess relay(
      {.upstream_port = master.port(), .settings = {"limits.full-sync-concurrency=2"}});
  relay.wait_until_streaming();
  RawReplicaOptions stalled_options{.port = relay.port()};
  stalled_options.starts_stalled = true;
  RawReplica slow_one(stalled_options);
  RawReplica slow_two(stalled_options);
  wait_until([&] { return relay.info_number("relay_replicas_sending_rdb") == 2; }, kPatience,
             "two transfers");
  RawReplica waiting({.port = relay.port()});
  wait_until([&] { return waiting.progress().newlines > 0; }, kPatience, "a newline");
  EXPECT_EQ(relay.info_number("relay_replicas_sending_rdb"), 2U);
  EXPECT_EQ(waiting.progress().snapshot_bytes, 0U);
  slow_one.resume();
  waiting.wait_for_snapshot();
  slow_two.resume();
  slow_two.wait_for_snapshot();
}

}  // namespace
}  // namespace relay::test
