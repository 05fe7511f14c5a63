#include "proxy/downstream/authentication.h"

#include "tests/unit/downstream/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

constexpr std::string_view kNoAuth = "-NOAUTH Authentication required.\r\n";
constexpr std::string_view kWrongPass =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

FakeHost host_with_password() {
  FakeHost host;
  host.config_data.listen.password = "secret";
  return host;
}

std::string hello_reply(int protocol, std::uint64_t id) {
  return std::string(protocol == 3 ? "%7" : "*14") + "\r\n" + bulk("server") + bulk("redis") +
         bulk("version") + bulk("7.0.15") + bulk("proto") + ":" + std::to_string(protocol) +
         "\r\n" + bulk("id") + ":" + std::to_string(id) + "\r\n" + bulk("mode") +
         bulk("standalone") + bulk("role") + bulk("replica") + bulk("modules") + "*0\r\n";
}

TEST(Authentication, BeforeItNothingElseIsAnswered) {
  FakeHost host = host_with_password();
  Speaker speaker(host);
  for (const char* line : {"PING", "INFO", "PSYNC ? -1", "SYNC", "REPLCONF capa eof",
                           "REPLCONF ACK 1", "NOSUCH", "SET a b", "MULTI", "EXEC", "CLIENT HELP",
                           "CLIENT NOSUCH", "PING a b c", "SUBSCRIBE a", "REPLICAOF a 1"}) {
    EXPECT_EQ(speaker.say(line), kNoAuth) << line;
    EXPECT_EQ(speaker.outcome, Outcome::kReplied) << line;
  }
  EXPECT_TRUE(host.followed.empty());
  EXPECT_EQ(speaker.say("RESET"), "+RESET\r\n");
  EXPECT_EQ(speaker.say("QUIT"), "+OK\r\n");
  EXPECT_EQ(speaker.outcome, Outcome::kClose);
}

TEST(Authentication, ThePasswordOpensWithAndWithoutTheOnlyUser) {
  FakeHost host = host_with_password();
  for (const char* line : {"AUTH secret", "AUTH default secret", "auth secret"}) {
    Speaker speaker(host);
    EXPECT_EQ(speaker.say(line), "+OK\r\n") << line;
    EXPECT_TRUE(speaker.client.authenticated);
    EXPECT_EQ(speaker.say("PING"), "+PONG\r\n");
  }
}

TEST(Authentication, AnythingElseDoesNot) {
  FakeHost host = host_with_password();
  for (const char* line :
       {"AUTH secre", "AUTH secrets", "AUTH secretsecret", "AUTH Secret", "AUTH \"\"",
        "AUTH default wrong", "AUTH bob secret", "AUTH Default secret"}) {
    Speaker speaker(host);
    EXPECT_EQ(speaker.say(line), kWrongPass) << line;
    EXPECT_EQ(speaker.say("PING"), kNoAuth) << line;
  }
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("AUTH a b c"), "-ERR syntax error\r\n");
}

TEST(Authentication, AFailureLeavesAnAuthenticatedClientSo) {
  FakeHost host = host_with_password();
  Speaker speaker(host);
  speaker.say("AUTH secret");
  EXPECT_EQ(speaker.say("AUTH wrong"), kWrongPass);
  EXPECT_EQ(speaker.say("PING"), "+PONG\r\n");
}

TEST(Authentication, WithoutAPasswordAuthIsAnsweredAsRedis7Does) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("AUTH x"),
            "-ERR AUTH <password> called without any password configured for the default user. Are "
            "you sure your "
            "configuration is correct?\r\n");
  EXPECT_EQ(speaker.say("AUTH default x"), "+OK\r\n");
  EXPECT_EQ(speaker.say("AUTH other x"), kWrongPass);
}

TEST(Hello, ChoosesTheProtocolAndAnswersInIt) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("HELLO"), hello_reply(2, 7));
  EXPECT_EQ(speaker.say("HELLO 3"), hello_reply(3, 7));
  EXPECT_EQ(speaker.say("CLIENT GETNAME"), "_\r\n");
  EXPECT_EQ(speaker.say("CONFIG GET maxmemory"), "%1\r\n" + bulk("maxmemory") + bulk("0"));
  EXPECT_EQ(speaker.say("HELLO"), hello_reply(3, 7));
  EXPECT_EQ(speaker.say("HELLO 2 SETNAME bob"), hello_reply(2, 7));
  EXPECT_EQ(speaker.client.name, "bob");
}

TEST(Hello, RefusesWhatServersRefuse) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("HELLO abc"),
            "-ERR Protocol version is not an integer or out of range\r\n");
  EXPECT_EQ(speaker.say("HELLO 4"), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_EQ(speaker.say("HELLO 2 FOO"), "-ERR Syntax error in HELLO option 'FOO'\r\n");
  EXPECT_EQ(speaker.say("HELLO 3 AUTH default"), "-ERR Syntax error in HELLO option 'AUTH'\r\n");
  EXPECT_EQ(speaker.client.protocol, 2);
}

TEST(Hello, Authenticates) {
  FakeHost host = host_with_password();
  Speaker speaker(host);
  EXPECT_THAT(speaker.say("HELLO 3"), testing::StartsWith("-NOAUTH HELLO must be called"));
  EXPECT_EQ(speaker.say("HELLO 3 AUTH default wrong"), kWrongPass);
  EXPECT_EQ(speaker.client.protocol, 2);
  EXPECT_EQ(speaker.say("HELLO 3 AUTH default secret SETNAME bob"), hello_reply(3, 7));
  EXPECT_EQ(speaker.say("CLIENT GETNAME"), bulk("bob"));
}

TEST(Reset, MakesTheConnectionNewAgain) {
  FakeHost host = host_with_password();
  Speaker speaker(host);
  speaker.say("HELLO 3 AUTH default secret SETNAME bob");
  speaker.say("REPLCONF capa eof");
  speaker.say("SUBSCRIBE a");
  speaker.say("MULTI");
  speaker.say("PING");
  EXPECT_EQ(speaker.say("RESET"), "+RESET\r\n");
  EXPECT_EQ(speaker.client.protocol, 2);
  EXPECT_FALSE(speaker.client.in_multi);
  EXPECT_TRUE(speaker.client.queued.empty());
  EXPECT_TRUE(speaker.client.channels.empty());
  EXPECT_TRUE(speaker.client.name.empty());
  EXPECT_FALSE(speaker.client.introduction.capa_eof);
  EXPECT_EQ(speaker.say("PING"), kNoAuth);
}

}  // namespace
}  // namespace relay
