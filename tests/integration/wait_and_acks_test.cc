// WAIT on the master, with the relay as its only direct replica.

#include "tests/support/raw_replica.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

long long write_and_wait(RedisClient& client, const std::string& patience) {
  client.require({"INCR", "counter"});
  return client.require({"WAIT", "1", patience}).integer;
}

TEST(WaitAndAcks, WaitIsAnsweredAtOnceAndNotAtTheNextTick) {
  constexpr int kRounds = 30;
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  relay.wait_until_streaming();
  auto client = master.client();
  write_and_wait(client, "30000");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) EXPECT_EQ(write_and_wait(client, "30000"), 1);
  // By the tick of a second, each round but the first would have taken one: 29 s.
  EXPECT_LT(std::chrono::steady_clock::now() - start, 14s);
}

TEST(WaitAndAcks, WithReplicasTwoItWaitsForTheSecondReplica) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = {"upstream.ack=replicas:2"}});
  RedisServer first("replica 1");
  RedisServer second("replica 2");
  first.follow(relay.port());
  second.follow(relay.port());
  wait_until_in_sync(master, {&first, &second}, &relay);
  auto client = master.client();
  EXPECT_EQ(write_and_wait(client, "30000"), 1);

  second.pause();
  EXPECT_EQ(write_and_wait(client, "1500"), 0);
  wait_until(
      [&] {
        return first.command({"GET", "counter"}).text == "2";
      },
      kPatience, "the write at the other replica");
  second.resume();
  EXPECT_EQ(client.require({"WAIT", "1", "30000"}).integer, 1);
}

TEST(WaitAndAcks, WithDurableWhatIsAckedIsOnTheDisk) {
  RedisServer master("master");
  RelayProcess relay(
      {.upstream_port = master.port(), .settings = {"upstream.ack=durable", "log.fsync=always"}});
  relay.wait_until_streaming();
  auto client = master.client();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(write_and_wait(client, "30000"), 1);
    const auto info = relay.info();
    EXPECT_LE(std::stoull(info.at("relay_upstream_acked_offset")),
              std::stoull(info.at("relay_log_durable_offset")));
  }
}

TEST(WaitAndAcks, AnAckAboveWhatWasSentClosesTheLiar) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = {"upstream.ack=replicas:1"}});
  RedisServer honest("replica");
  honest.follow(relay.port());
  wait_until_in_sync(master, {&honest}, &relay);
  RawReplica liar({.port = relay.port()});
  liar.wait_for_snapshot();
  liar.wait_for_offset(relay.offset());
  liar.ack(relay.offset() + 1'000'000);
  liar.wait_until_closed();
  EXPECT_LE(relay.info_number("relay_upstream_acked_offset"), relay.offset());
  auto client = master.client();
  EXPECT_EQ(write_and_wait(client, "30000"), 1);
  wait_until_in_sync(master, {&honest}, &relay);
}

}  // namespace
}  // namespace relay::test
