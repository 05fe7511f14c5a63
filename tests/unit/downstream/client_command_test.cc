#include "proxy/downstream/client_command.h"

#include "tests/unit/downstream/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(ClientCommand, AnswersAboutTheConnectionItself) {
  FakeHost host;
  Speaker speaker(host);
  const std::pair<const char*, const char*> kExchanges[] = {
      {"CLIENT ID", ":7\r\n"},
      {"CLIENT GETNAME", "$-1\r\n"},
      {"CLIENT SETNAME bob", "+OK\r\n"},
      {"CLIENT GETNAME", "$3\r\nbob\r\n"},
      {"CLIENT SETNAME \"\"", "+OK\r\n"},
      {"CLIENT GETNAME", "$-1\r\n"},
      {"CLIENT SETINFO lib-name redis-py", "+OK\r\n"},
      {"CLIENT SETINFO LIB-VER 5.0", "+OK\r\n"},
      {"CLIENT SETINFO foo bar", "-ERR Unrecognized option 'foo'\r\n"},
      {"CLIENT NO-EVICT on", "+OK\r\n"},
      {"CLIENT NO-EVICT x", "-ERR syntax error\r\n"},
      {"CLIENT NO-TOUCH off", "+OK\r\n"},
      {"CLIENT REPLY ON", "+OK\r\n"},
      {"CLIENT UNBLOCK 3", ":0\r\n"},
      {"CLIENT UNBLOCK x", "-ERR value is not an integer or out of range\r\n"},
      {"CLIENT GETREDIR", ":-1\r\n"},
      {"CLIENT TRACKING ON", "-ERR psync-relay holds no data that could be tracked\r\n"},
      {"CLIENT TRACKINGINFO",
       "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n$8\r\nprefixes\r\n*0\r\n"},
  };
  for (const auto& [said, answered] : kExchanges) EXPECT_EQ(speaker.say(said), answered) << said;
  EXPECT_THAT(speaker.say("CLIENT REPLY OFF"), testing::StartsWith("-ERR "));
  EXPECT_THAT(speaker.say("CLIENT PAUSE 10"), testing::StartsWith("-ERR "));
}

TEST(ClientCommand, NamesThatWouldForgeAFieldAreRefused) {
  FakeHost host;
  Speaker speaker(host);
  for (const char* name : {"a b", "a\nb", "a\x7f", "\xc3\xa4"}) {
    EXPECT_EQ(speaker.say_words({"CLIENT", "SETNAME", name}),
              "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
    EXPECT_EQ(speaker.say_words({"CLIENT", "SETINFO", "lib-name", name}),
              "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n");
  }
  EXPECT_EQ(speaker.say_words({"CLIENT", "SETNAME", std::string(300, 'n')}),
            "-ERR Client name too long\r\n");
}

TEST(ClientCommand, DescribesAClientInTheOrderOfServers) {
  Client client;
  client.id = 5;
  client.peer = "[::1]:4000";
  client.local = "[::1]:6479";
  client.name = "bob";
  client.protocol = 3;
  client.connected = Clock::time_point(std::chrono::seconds(100));
  client.last_command = Clock::time_point(std::chrono::seconds(140));
  client.last_command_name = "client|list";
  client.lib_name = "redis-py";
  client.lib_version = "5.0";
  EXPECT_EQ(describe(client, Clock::time_point(std::chrono::seconds(142))),
            "id=5 addr=[::1]:4000 laddr=[::1]:6479 fd=-1 name=bob age=42 idle=2 flags=N db=0 sub=0 "
            "psub=0 ssub=0 "
            "multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0 "
            "tot-mem=0 events=r "
            "cmd=client|list user=default redir=-1 resp=3 lib-name=redis-py lib-ver=5.0\n");
  client.channels = {"a", "b"};
  client.is_replica = true;
  client.in_multi = true;
  EXPECT_THAT(
      describe(client, client.connected - std::chrono::seconds(5)),
      testing::AllOf(testing::HasSubstr(" flags=SPx "), testing::HasSubstr(" sub=2 "),
                     testing::HasSubstr(" multi=0 "), testing::HasSubstr(" age=0 idle=0 ")));
}

class ClientsOfAllTypes : public testing::Test {
 protected:
  ClientsOfAllTypes() {
    replica.client.is_replica = true;
    listener.client.channels = {"a"};
    host.client_list = {&me.client, &other.client, &replica.client, &listener.client};
  }
  std::vector<std::uint64_t> listed(std::string_view command) {
    const std::string text = me.say(command);
    std::vector<std::uint64_t> ids;
    for (const Client* client : host.client_list) {
      if (text.find("id=" + std::to_string(client->id) + " ") != std::string::npos)
        ids.push_back(client->id);
    }
    return ids;
  }
  std::vector<std::uint64_t> killed(std::string_view command, std::string_view answer) {
    host.killed.clear();
    EXPECT_EQ(me.say(command), answer) << command;
    return host.killed;
  }

  FakeHost host;
  Speaker me{host, 1}, other{host, 2}, replica{host, 3}, listener{host, 4};
};

using Ids = std::vector<std::uint64_t>;

TEST_F(ClientsOfAllTypes, AreListedByTypeAndId) {
  EXPECT_EQ(listed("CLIENT LIST"), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(listed("CLIENT LIST TYPE normal"), (Ids{1, 2}));
  EXPECT_EQ(listed("CLIENT LIST TYPE replica"), (Ids{3}));
  EXPECT_EQ(listed("CLIENT LIST TYPE slave"), (Ids{3}));
  EXPECT_EQ(listed("CLIENT LIST TYPE pubsub"), (Ids{4}));
  EXPECT_EQ(me.say("CLIENT LIST TYPE master"), "$0\r\n\r\n");
  EXPECT_EQ(listed("CLIENT LIST ID 4 2 99"), (Ids{2, 4}));
  EXPECT_EQ(listed("CLIENT INFO"), (Ids{1}));
  EXPECT_EQ(me.say("CLIENT LIST TYPE foo"), "-ERR Unknown client type 'foo'\r\n");
  EXPECT_EQ(me.say("CLIENT LIST ID x"), "-ERR Invalid client ID\r\n");
  EXPECT_EQ(me.say("CLIENT LIST x"), "-ERR syntax error\r\n");
}

TEST_F(ClientsOfAllTypes, AreEndedByEveryForm) {
  EXPECT_EQ(killed("CLIENT KILL ID 2", ":1\r\n"), (Ids{2}));
  EXPECT_EQ(killed("CLIENT KILL ID 99", ":0\r\n"), (Ids{}));
  EXPECT_EQ(killed("CLIENT KILL TYPE normal", ":1\r\n"), (Ids{2}));
  EXPECT_EQ(killed("CLIENT KILL TYPE normal SKIPME no", ":2\r\n"), (Ids{1, 2}));
  EXPECT_EQ(killed("CLIENT KILL TYPE replica", ":1\r\n"), (Ids{3}));
  EXPECT_EQ(killed("CLIENT KILL TYPE pubsub SKIPME yes", ":1\r\n"), (Ids{4}));
  EXPECT_EQ(killed("CLIENT KILL TYPE master", ":0\r\n"), (Ids{}));
  EXPECT_EQ(killed("CLIENT KILL ADDR 10.0.0.9:50003", ":1\r\n"), (Ids{3}));
  EXPECT_EQ(killed("CLIENT KILL LADDR 10.0.0.1:6479", ":3\r\n"), (Ids{2, 3, 4}));
  EXPECT_EQ(killed("CLIENT KILL LADDR 10.0.0.1:6479 TYPE replica ID 3", ":1\r\n"), (Ids{3}));
  EXPECT_EQ(killed("CLIENT KILL USER default", ":3\r\n"), (Ids{2, 3, 4}));
  EXPECT_EQ(killed("CLIENT KILL MAXAGE 3600", ":0\r\n"), (Ids{}));
  EXPECT_EQ(killed("CLIENT KILL 10.0.0.9:50002", "+OK\r\n"), (Ids{2}));
  EXPECT_EQ(killed("CLIENT KILL 10.0.0.9:50001", "+OK\r\n"), (Ids{1}));
  EXPECT_EQ(killed("CLIENT KILL 1.2.3.4:5", "-ERR No such client\r\n"), (Ids{}));
}

TEST_F(ClientsOfAllTypes, AreLeftAloneByAKillThatMakesNoSense) {
  const std::pair<const char*, const char*> kExchanges[] = {
      {"CLIENT KILL ID 0", "-ERR client-id should be greater than 0\r\n"},
      {"CLIENT KILL ID x", "-ERR client-id should be greater than 0\r\n"},
      {"CLIENT KILL TYPE foo", "-ERR Unknown client type 'foo'\r\n"},
      {"CLIENT KILL FOO bar", "-ERR syntax error\r\n"},
      {"CLIENT KILL ID 1 TYPE", "-ERR syntax error\r\n"},
      {"CLIENT KILL ADDR 1.1.1.1:2 SKIPME maybe", "-ERR syntax error\r\n"},
      {"CLIENT KILL USER nobody", "-ERR No such user 'nobody'\r\n"},
      {"CLIENT KILL MAXAGE -1", "-ERR value is not an integer or out of range\r\n"},
      {"CLIENT KILL", "-ERR wrong number of arguments for 'client|kill' command\r\n"},
  };
  for (const auto& [said, answered] : kExchanges) EXPECT_EQ(killed(said, answered), Ids{}) << said;
}

}  // namespace
}  // namespace relay
