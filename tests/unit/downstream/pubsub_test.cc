#include "proxy/downstream/pubsub.h"

#include "tests/unit/downstream/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

std::string change(std::string_view what, std::string_view channel, int count, char kind = '*') {
  return std::string(1, kind) + "3\r\n" + bulk(what) + bulk(channel) + ":" + std::to_string(count) +
         "\r\n";
}

TEST(Pubsub, EachChannelIsAnsweredWithTheNumberOfThem) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(
      speaker.say("SUBSCRIBE a b a"),
      change("subscribe", "a", 1) + change("subscribe", "b", 2) + change("subscribe", "a", 2));
  EXPECT_EQ(speaker.say("UNSUBSCRIBE a x"),
            change("unsubscribe", "a", 1) + change("unsubscribe", "x", 1));
  EXPECT_EQ(speaker.say("UNSUBSCRIBE"), change("unsubscribe", "b", 0));
  EXPECT_EQ(speaker.say("UNSUBSCRIBE"), "*3\r\n" + bulk("unsubscribe") + "$-1\r\n:0\r\n");
  EXPECT_EQ(speaker.say("PUNSUBSCRIBE"), "*3\r\n" + bulk("punsubscribe") + "$-1\r\n:0\r\n");
}

TEST(Pubsub, ASubscriberOfResp2MaySayOnlyWhatSubscribersMay) {
  FakeHost host;
  Speaker speaker(host);
  speaker.say("SUBSCRIBE a");
  EXPECT_EQ(speaker.say("INFO"),
            "-ERR Can't execute 'info': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / "
            "RESET are allowed in "
            "this context\r\n");
  EXPECT_THAT(speaker.say("CLIENT ID"), testing::StartsWith("-ERR Can't execute 'client|id': "));
  EXPECT_EQ(speaker.say("PING"), "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  EXPECT_EQ(speaker.say("PING x"), "*2\r\n$4\r\npong\r\n$1\r\nx\r\n");
  EXPECT_EQ(speaker.say("QUIT"), "+OK\r\n");
  speaker.say("UNSUBSCRIBE");
  EXPECT_EQ(speaker.say("PING"), "+PONG\r\n");
}

TEST(Pubsub, ASubscriberOfResp3GetsPushesAndMaySayAnything) {
  FakeHost host;
  Speaker speaker(host);
  speaker.say("HELLO 3");
  EXPECT_EQ(speaker.say("SUBSCRIBE a"), change("subscribe", "a", 1, '>'));
  EXPECT_EQ(speaker.say("PING"), "+PONG\r\n");
  EXPECT_EQ(speaker.say("CLIENT ID"), ":7\r\n");
}

TEST(Pubsub, ChannelsAreBoundedInNumberAndLength) {
  FakeHost host;
  Speaker speaker(host);
  std::vector<std::string> words = {"SUBSCRIBE"};
  for (std::size_t i = 0; i < kMaxChannels; ++i) words.push_back("c" + std::to_string(i));
  speaker.say_words(words);
  EXPECT_EQ(speaker.client.channels.size(), kMaxChannels);
  EXPECT_EQ(speaker.say("SUBSCRIBE one-more"),
            "-ERR too many channels: psync-relay allows 64 per connection\r\n");
  EXPECT_EQ(speaker.say("SUBSCRIBE c1"), change("subscribe", "c1", 64));
  speaker.say("UNSUBSCRIBE");
  EXPECT_EQ(speaker.say_words({"SUBSCRIBE", std::string(kLongestChannel + 1, 'c')}),
            "-ERR channel name too long\r\n");
  EXPECT_TRUE(speaker.client.channels.empty());
}

TEST(Pubsub, PatternsAndShardChannelsAreRefused) {
  FakeHost host;
  Speaker speaker(host);
  for (const char* line : {"PSUBSCRIBE *", "SSUBSCRIBE a", "SPUBLISH a b"}) {
    EXPECT_EQ(speaker.say(line),
              "-ERR psync-relay has no patterns or shard channels: use SUBSCRIBE\r\n");
  }
}

TEST(Pubsub, SubscriptionsCanBeLookedAt) {
  FakeHost host;
  Speaker first(host, 1);
  Speaker second(host, 2);
  Speaker third(host, 3);
  host.client_list = {&first.client, &second.client, &third.client};
  first.say("SUBSCRIBE news weather");
  second.say("SUBSCRIBE news");
  EXPECT_EQ(third.say("PUBSUB CHANNELS"), "*2\r\n" + bulk("news") + bulk("weather"));
  EXPECT_EQ(third.say("PUBSUB CHANNELS n*"), "*1\r\n" + bulk("news"));
  EXPECT_EQ(third.say("PUBSUB NUMSUB news none"),
            "*4\r\n" + bulk("news") + ":2\r\n" + bulk("none") + ":0\r\n");
  EXPECT_EQ(third.say("PUBSUB NUMPAT"), ":0\r\n");
  EXPECT_EQ(third.say("PUBLISH news hi"), ":2\r\n");
}

}  // namespace
}  // namespace relay
