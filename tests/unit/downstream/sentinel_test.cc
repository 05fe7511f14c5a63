// What Sentinel says to the relay, which it takes for a replica of the master.
#include "tests/unit/downstream/fake_host.h"
#include "tests/unit/downstream/reply_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(Sentinel, ItsCommandConnectionIsAnswered) {
  FakeHost host;
  Speaker speaker(host);
  host.client_list = {&speaker.client};
  EXPECT_EQ(speaker.say("CLIENT SETNAME sentinel-0a1b2c3d-cmd"), "+OK\r\n");
  EXPECT_EQ(speaker.say("PING"), "+PONG\r\n");
  EXPECT_THAT(speaker.say("INFO"), testing::HasSubstr("role:slave\r\n"));
  EXPECT_EQ(speaker.say("PUBLISH __sentinel__:hello 10.0.0.1,26379,id,0,mymaster,10.0.0.2,6379,0"),
            ":0\r\n");
}

TEST(Sentinel, ItsMessagesReachItsOtherConnection) {
  FakeHost host;
  Speaker command(host, 1);
  Speaker listener(host, 2);
  host.client_list = {&command.client, &listener.client};
  EXPECT_EQ(listener.say("CLIENT SETNAME sentinel-0a1b2c3d-pubsub"), "+OK\r\n");
  EXPECT_EQ(listener.say("SUBSCRIBE __sentinel__:hello"),
            "*3\r\n" + bulk("subscribe") + bulk("__sentinel__:hello") + ":1\r\n");
  EXPECT_EQ(listener.say("PING"), "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  EXPECT_EQ(command.say("PUBLISH __sentinel__:hello 10.0.0.1,26379"), ":1\r\n");
  ASSERT_EQ(host.published.size(), 1u);
  EXPECT_EQ(host.published[0].first, "__sentinel__:hello");
  EXPECT_EQ(host.published[0].second, "10.0.0.1,26379");
}

TEST(Sentinel, AFailoverPointsTheRelayAtTheNewMaster) {
  FakeHost host;
  Speaker sentinel(host, 1);
  Speaker listener(host, 2);
  Speaker other(host, 3);
  Speaker replica(host, 4);
  replica.client.is_replica = true;
  listener.say("SUBSCRIBE __sentinel__:hello");
  host.client_list = {&sentinel.client, &listener.client, &other.client, &replica.client};

  EXPECT_EQ(sentinel.say("MULTI"), "+OK\r\n");
  for (const char* line : {"SLAVEOF 10.0.0.2 6380", "CONFIG REWRITE", "CLIENT KILL TYPE normal",
                           "CLIENT KILL TYPE pubsub"}) {
    EXPECT_EQ(sentinel.say(line), "+QUEUED\r\n") << line;
  }
  EXPECT_TRUE(host.followed.empty());
  EXPECT_EQ(sentinel.say("EXEC"), "*4\r\n+OK\r\n+OK\r\n:1\r\n:1\r\n");
  EXPECT_THAT(host.followed,
              testing::ElementsAre(std::pair<std::string, std::uint16_t>("10.0.0.2", 6380)));
  EXPECT_THAT(host.killed, testing::ElementsAre(3, 2));
}

TEST(Sentinel, APromotionOfTheRelayFailsWithinItsTransaction) {
  FakeHost host;
  Speaker sentinel(host);
  sentinel.say("MULTI");
  sentinel.say("SLAVEOF NO ONE");
  sentinel.say("CONFIG REWRITE");
  const std::string reply = sentinel.say("EXEC");
  EXPECT_THAT(reply, testing::StartsWith("*2\r\n-ERR REPLICAOF NO ONE refused"));
  EXPECT_EQ(count_replies(reply), 1u);
  EXPECT_TRUE(host.followed.empty());
}

TEST(Replicaof, NamesTheNewMaster) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("REPLICAOF ::1 7000"), "+OK\r\n");
  EXPECT_EQ(speaker.say("slaveof master.example 65535"), "+OK\r\n");
  EXPECT_THAT(host.followed,
              testing::ElementsAre(std::pair<std::string, std::uint16_t>("::1", 7000),
                                   std::pair<std::string, std::uint16_t>("master.example", 65535)));
}

TEST(Replicaof, TheSameMasterAgainChangesNothing) {
  FakeHost host;
  host.status_data.upstream.host = "10.0.0.2";
  host.status_data.upstream.port = 6380;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("REPLICAOF 10.0.0.2 6380"),
            "+OK Already connected to specified master\r\n");
  EXPECT_TRUE(host.followed.empty());
}

TEST(Replicaof, RefusalsSayWhy) {
  FakeHost host;
  Speaker speaker(host);
  for (const char* port : {"0", "65536", "-1", "x", "99999999999999999999"}) {
    EXPECT_EQ(speaker.say_words({"REPLICAOF", "h", port}), "-ERR Invalid master port\r\n");
  }
  EXPECT_EQ(speaker.say_words({"REPLICAOF", "a\r\nb", "1"}), "-ERR Invalid master host\r\n");
  EXPECT_EQ(speaker.say_words({"REPLICAOF", "a:6379", "1"}), "-ERR Invalid master host\r\n");
  EXPECT_EQ(speaker.say_words({"REPLICAOF", "", "1"}), "-ERR Invalid master host\r\n");
  EXPECT_THAT(speaker.say("replicaof no one"),
              testing::StartsWith("-ERR REPLICAOF NO ONE refused: "));
  host.follow_refusal = "that is this relay itself";
  EXPECT_EQ(speaker.say("REPLICAOF h 1"), "-ERR that is this relay itself\r\n");
  EXPECT_TRUE(host.followed.empty());
}

}  // namespace
}  // namespace relay
