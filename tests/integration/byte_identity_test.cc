// Every byte that a replica gets is the master's byte, at the master's offset: seen by a tap
// between master and relay.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/recorded_stream.h"
#include "tests/support/same_bytes.h"
#include "tests/support/tap_proxy.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

std::string_view part_of(const RecordedStream& seen, std::uint64_t begin, std::size_t size) {
  return std::string_view(seen.bytes).substr(begin - seen.begin, size);
}

TEST(ByteIdentity, AReplicaReceivesTheMastersBytesThroughCutLinksAndEveryKindOfWrite) {
  RedisServer master("master");
  master.populate("populated", 500, 1000);
  TapProxy tap(master.port());
  RelayProcess relay({.upstream_port = tap.port()});
  RedisServer first("replica 1");
  RedisServer second("replica 2", {.config = {"repl-diskless-load swapdb"}});
  first.follow(relay.port());
  second.follow(relay.port());
  RawReplica early({.port = relay.port(), .keeps_snapshot = true, .keeps_stream = true});
  relay.wait_until_streaming();

  MixedLoad load({.port = master.port(),
                  .seed = 7,
                  .commands_per_second = 4000,
                  .big_value_bytes = 10 << 20,
                  .big_value_every = 2000,
                  .flushes = true});
  load.wait_for_commands(3000);
  RawReplica late(
      {.port = relay.port(), .capas = {}, .keeps_snapshot = true, .keeps_stream = true});
  for (unsigned cuts = 1; cuts <= 3; ++cuts) {
    load.wait_for_commands(1500);
    tap.cut();
    wait_until([&] { return relay.info_number("relay_upstream_partial_syncs") == cuts; }, kPatience,
               "a partial resync after the cut");
  }
  load.wait_for_commands(2000);
  load.stop();
  wait_until_in_sync(master, {&first, &second}, &relay);

  const auto end = relay.offset();
  for (auto* replica : {&early, &late}) {
    replica->wait_for_offset(end);
    const auto begin = replica->progress().begin;
    const auto stream = replica->stream();
    const auto seen = stream_seen_by(tap);  // after the rest: what arrived there had passed here
    EXPECT_TRUE(same_bytes(part_of(seen, begin, stream.size()), stream));
    EXPECT_TRUE(same_bytes(replica->snapshot(), seen.snapshot));
    EXPECT_EQ(begin, seen.begin);
    EXPECT_EQ(seen.full_syncs, 1U);
    EXPECT_GE(seen.continuations, 3U);
    EXPECT_EQ(seen.id, master.info_field("master_replid"));
  }
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(first.full_syncs_taken(), 1U);
  EXPECT_EQ(second.full_syncs_taken(), 1U);
}

TEST(ByteIdentity, ARelayBehindARelayPassesTheSameBytes) {
  RedisServer master("master");
  TapProxy tap(master.port());
  RelayProcess upper({.upstream_port = tap.port()});
  RelayProcess lower({.upstream_port = upper.port()});
  RedisServer replica("replica");
  replica.follow(lower.port());
  RawReplica raw({.port = lower.port(), .keeps_snapshot = true, .keeps_stream = true});
  raw.wait_for_snapshot();
  MixedLoad load({.port = master.port(), .big_value_bytes = 1 << 20});
  load.wait_for_commands(3000);
  load.stop();
  wait_until_in_sync(master, {&replica}, &lower);
  raw.wait_for_offset(lower.offset());
  const auto begin = raw.progress().begin;
  const auto stream = raw.stream();
  const auto seen = stream_seen_by(tap);
  EXPECT_TRUE(same_bytes(part_of(seen, begin, stream.size()), stream));
  EXPECT_TRUE(same_bytes(raw.snapshot(), seen.snapshot));
  EXPECT_EQ(master.full_syncs_given(), 1U);
}

TEST(ByteIdentity, AReplicaMovesBetweenMasterAndRelayWithoutAFullSync) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  relay.wait_until_streaming();
  MixedLoad load({.port = master.port(), .commands_per_second = 5000});
  wait_until([&] { return replica.is_linked(); }, kPatience, "the replica's link");
  load.wait_for_commands(500);
  for (const auto port : {master.port(), relay.port(), master.port(), relay.port()}) {
    replica.follow(port);
    wait_until([&] { return replica.is_linked(); }, kPatience, "the replica's link");
    load.wait_for_commands(200);
  }
  load.stop();
  wait_until_in_sync(master, {&replica}, &relay);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_EQ(master.full_syncs_given(), 1U);
}

}  // namespace
}  // namespace relay::test
