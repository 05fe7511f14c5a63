// What monitors and redis-cli say, in the order in which they say it.
#include "tests/unit/downstream/fake_host.h"
#include "tests/unit/downstream/reply_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(RedisExporter, ItsScrapeIsAnswered) {
  FakeHost host;
  host.config_data.listen.password = "secret";
  Speaker speaker(host);
  host.client_list = {&speaker.client};
  EXPECT_EQ(speaker.say("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(speaker.say("CLIENT SETNAME redis_exporter"), "+OK\r\n");
  EXPECT_EQ(speaker.say("PING"), "+PONG\r\n");
  const std::string config = speaker.say("CONFIG GET *");
  EXPECT_EQ(count_replies(config), 1u);
  EXPECT_THAT(config, testing::HasSubstr(bulk("databases") + bulk("1")));
  EXPECT_THAT(config, testing::HasSubstr(bulk("maxmemory") + bulk("0")));
  const std::string info = speaker.say("INFO ALL");
  EXPECT_EQ(count_replies(info), 1u);
  for (const char* field :
       {"role:slave", "redis_version:7.0.15", "redis_mode:standalone",
        "maxmemory_policy:noeviction", "slave_read_only:1", "# Keyspace", "connected_slaves:0"}) {
    EXPECT_THAT(info, testing::HasSubstr(std::string(field) + "\r\n"));
  }
  EXPECT_EQ(speaker.say("LATENCY LATEST"), "*0\r\n");
  EXPECT_EQ(speaker.say("LATENCY HISTOGRAM"), "*0\r\n");
  EXPECT_EQ(speaker.say("SLOWLOG LEN"), ":0\r\n");
  EXPECT_EQ(speaker.say("SLOWLOG GET 1"), "*0\r\n");
  EXPECT_EQ(speaker.say("COMMANDLOG LEN slow"), ":0\r\n");
  EXPECT_EQ(speaker.say("COMMANDLOG GET 1 slow"), "*0\r\n");
}

TEST(RedisCli, ItsStartAndItsBackupAreAnswered) {
  FakeHost host;
  Speaker interactive(host);
  EXPECT_EQ(count_replies(interactive.say("COMMAND DOCS")), 1u);

  Speaker backup(host);
  EXPECT_EQ(backup.say("REPLCONF capa eof"), "+OK\r\n");
  EXPECT_EQ(backup.say("REPLCONF rdb-only 1"), "+OK\r\n");
  EXPECT_EQ(backup.say("SYNC"), "");
  EXPECT_EQ(backup.outcome, Outcome::kSync);
  EXPECT_TRUE(backup.client.introduction.rdb_only);

  Speaker replica(host);
  EXPECT_EQ(replica.say("REPLCONF capa eof"), "+OK\r\n");
  EXPECT_EQ(replica.say("REPLCONF rdb-filter-only \"\""),
            "-ERR Unsupported rdb-filter-only option: \r\n");
  EXPECT_EQ(replica.say("SYNC"), "");
  EXPECT_EQ(replica.outcome, Outcome::kSync);
}

TEST(Monitors, WhatTheRelayDoesNotRecordIsEmpty) {
  FakeHost host;
  Speaker speaker(host);
  const std::pair<const char*, const char*> kExchanges[] = {
      {"LATENCY HISTORY command", "*0\r\n"},
      {"LATENCY RESET", ":0\r\n"},
      {"LATENCY GRAPH x", "-ERR No samples available for event 'x'\r\n"},
      {"SLOWLOG GET", "*0\r\n"},
      {"SLOWLOG GET -1", "*0\r\n"},
      {"SLOWLOG GET x", "-ERR count should be greater than or equal to -1\r\n"},
      {"SLOWLOG GET 1 2", "-ERR syntax error\r\n"},
      {"SLOWLOG RESET", "+OK\r\n"},
      {"COMMANDLOG RESET slow", "+OK\r\n"},
      {"MEMORY PURGE", "+OK\r\n"},
      {"ACL WHOAMI", "$7\r\ndefault\r\n"},
      {"MODULE LIST", "*0\r\n"},
      {"MEMORY USAGE k",
       "-ERR psync-relay holds no data: MEMORY USAGE must be asked of a replica\r\n"},
  };
  for (const auto& [said, answered] : kExchanges) EXPECT_EQ(speaker.say(said), answered) << said;
  for (const char* line : {"LATENCY DOCTOR", "MEMORY DOCTOR", "MEMORY STATS"}) {
    EXPECT_EQ(count_replies(speaker.say(line)), 1u) << line;
  }
}

TEST(Monitors, TimeIsTheRelays) {
  FakeHost host;
  host.status_data.now = WallTime(std::chrono::microseconds(1'700'000'000'000'042));
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("TIME"), "*2\r\n" + bulk("1700000000") + bulk("42"));
}

}  // namespace
}  // namespace relay
