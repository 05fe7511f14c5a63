#include "proxy/downstream/commands.h"

#include "tests/unit/downstream/fake_host.h"
#include "tests/unit/downstream/reply_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

struct Exchange {
  std::string_view said;
  std::string_view answered;
};

// Each on a fresh connection, to a relay without a password.
void expect_answers(std::initializer_list<Exchange> exchanges) {
  for (const auto& [said, answered] : exchanges) {
    FakeHost host;
    Speaker speaker(host);
    EXPECT_EQ(speaker.say(said), answered) << said;
  }
}

TEST(Commands, ConnectionWordsAreAnsweredAsServersAnswerThem) {
  expect_answers({
      {"PING", "+PONG\r\n"},
      {"ping", "+PONG\r\n"},
      {"PING hi", "$2\r\nhi\r\n"},
      {"PING a b", "-ERR wrong number of arguments for 'ping' command\r\n"},
      {"ECHO x", "$1\r\nx\r\n"},
      {"SELECT 0", "+OK\r\n"},
      {"SELECT 1", "-ERR DB index is out of range\r\n"},
      {"SELECT -1", "-ERR DB index is out of range\r\n"},
      {"SELECT abc", "-ERR value is not an integer or out of range\r\n"},
      {"READONLY", "-ERR This instance has cluster support disabled\r\n"},
      {"CLUSTER INFO", "-ERR This instance has cluster support disabled\r\n"},
      {"CLUSTER", "-ERR wrong number of arguments for 'cluster' command\r\n"},
  });
}

TEST(Commands, QuitIsAnsweredAndThenCloses) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("QUIT"), "+OK\r\n");
  EXPECT_EQ(speaker.outcome, Outcome::kClose);
}

TEST(Commands, WhatWouldMakeTheRelayAMasterOrStopItIsRefused) {
  expect_answers({
      {"FAILOVER", "-ERR FAILOVER is not valid when server is a replica.\r\n"},
      {"WAIT 1 0",
       "-ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if "
       "a replica is "
       "configured to be writable (which is not the default) writes to replicas are just local and "
       "are not "
       "propagated.\r\n"},
      {"WAITAOF 1 1 0",
       "-ERR WAITAOF cannot be used with replica instances. Please also note that writes to "
       "replicas are just local "
       "and are not propagated.\r\n"},
      {"SHUTDOWN NOSAVE",
       "-ERR SHUTDOWN refused: stop psync-relay through its service manager, or with SIGTERM\r\n"},
      {"DEBUG SLEEP 1", "-ERR DEBUG is not supported by psync-relay\r\n"},
      {"MONITOR", "-ERR MONITOR is not supported by psync-relay: ask the master\r\n"},
  });
}

TEST(Commands, DataCommandsAreRefusedWithTheTruth) {
  constexpr std::string_view kReadOnly =
      "-READONLY You can't write against a read only replica.\r\n";
  expect_answers({
      {"SET a b", kReadOnly},
      {"set a b", kReadOnly},
      {"FLUSHALL", kReadOnly},
      {"ZREMRANGEBYLEX z 1 2", kReadOnly},
      {"append a b", kReadOnly},
      {"GET a",
       "-ERR psync-relay holds no data: GET must be asked of the master or of a replica\r\n"},
      {"dbsize",
       "-ERR psync-relay holds no data: dbsize must be asked of the master or of a replica\r\n"},
      {"EVAL x 0",
       "-ERR psync-relay holds no data: EVAL must be asked of the master or of a replica\r\n"},
  });
}

TEST(Commands, UnknownOnesAreNamedWithTheirFirstArguments) {
  expect_answers({
      {"FOO a b c", "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' 'c' \r\n"},
      {"FOO", "-ERR unknown command 'FOO', with args beginning with: \r\n"},
      {"\"\"", "-ERR unknown command '', with args beginning with: \r\n"},
      {"CLIENT FOO", "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.\r\n"},
      {"config foo bar", "-ERR unknown subcommand 'foo'. Try CONFIG HELP.\r\n"},
      {"CLIENT ID x", "-ERR wrong number of arguments for 'client|id' command\r\n"},
      {"CLIENT", "-ERR wrong number of arguments for 'client' command\r\n"},
      {"PSYNC", "-ERR wrong number of arguments for 'psync' command\r\n"},
  });
}

TEST(Commands, AnErrorRepeatsOnlyAnExcerptAndNeverALineBreak) {
  FakeHost host;
  Speaker speaker(host);
  const std::string reply =
      speaker.say_words({std::string(100'000, 'x'), std::string(100'000, 'y'), "z\r\n+OK"});
  EXPECT_LT(reply.size(), 400u);
  EXPECT_EQ(count_replies(reply), 1u);
  EXPECT_EQ(count_replies(speaker.say_words({"F\r\n+OK\r\n", "a\r\nb"})), 1u);
  EXPECT_EQ(count_replies(speaker.say_words({"GET\n", "a"})), 1u);
}

TEST(Commands, TooManyWordsAreRefused) {
  FakeHost host;
  Speaker speaker(host);
  std::vector<std::string> words(5000, "ping");
  words[0] = "COMMAND";
  words[1] = "INFO";
  EXPECT_EQ(speaker.say_words(words), "-ERR too many arguments\r\n");
}

TEST(Commands, EveryCommandWithSubcommandsHasHelp) {
  FakeHost host;
  for (const CommandSpec* spec : all_commands()) {
    if (spec->subcommands.empty()) continue;
    Speaker speaker(host);
    const std::string reply = speaker.say_words({std::string(spec->name), "HELP"});
    EXPECT_EQ(count_replies(reply), 1u) << spec->name;
    EXPECT_EQ(reply[0], '*') << spec->name;
    for (const CommandSpec& subcommand : spec->subcommands) {
      EXPECT_THAT(reply, testing::HasSubstr(std::string(subcommand.summary)));
    }
  }
}

TEST(Commands, TheTableIsInOrderAndWithoutDoubles) {
  const auto all = all_commands();
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1]->name, all[i]->name);
  for (const CommandSpec* spec : all) {
    EXPECT_EQ(find_command(spec->name), spec);
    EXPECT_EQ(spec->handler == nullptr, !spec->subcommands.empty() && spec->name != "command");
  }
}

TEST(Commands, TheClientRemembersWhatItSaid) {
  FakeHost host;
  Speaker speaker(host);
  speaker.say("PING");
  EXPECT_EQ(speaker.client.last_command_name, "ping");
  speaker.say("Client GetName");
  EXPECT_EQ(speaker.client.last_command_name, "client|getname");
  EXPECT_EQ(speaker.client.commands, 2u);
}

TEST(Commands, ConfigIsShownWithoutSecretsAndNotChanged) {
  FakeHost host;
  host.config_data.upstream.password = "hush";
  host.config_data.limits.clients = 123;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("CONFIG GET databases"), "*2\r\n" + bulk("databases") + bulk("1"));
  EXPECT_EQ(speaker.say("CONFIG GET MaxC* nothing"), "*2\r\n" + bulk("maxclients") + bulk("123"));
  EXPECT_EQ(speaker.say("CONFIG GET *auth"), "*2\r\n" + bulk("masterauth") + bulk(""));
  EXPECT_EQ(speaker.say("CONFIG GET nope"), "*0\r\n");
  EXPECT_THAT(speaker.say("CONFIG GET *"), testing::Not(testing::HasSubstr("hush")));
  EXPECT_EQ(speaker.say("CONFIG REWRITE"), "+OK\r\n");
  EXPECT_THAT(speaker.say("CONFIG SET maxclients 5"),
              testing::StartsWith("-ERR CONFIG SET refused"));
  EXPECT_THAT(speaker.say("CONFIG RESETSTAT"),
              testing::StartsWith("-ERR CONFIG RESETSTAT refused"));
}

TEST(Commands, CommandTellsOfTheTable) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("COMMAND COUNT"), ":" + std::to_string(all_commands().size()) + "\r\n");
  EXPECT_EQ(speaker.say("COMMAND LIST FILTERBY PATTERN ecH?"), "*1\r\n$4\r\necho\r\n");
  EXPECT_EQ(speaker.say("COMMAND INFO nosuch echo"),
            "*2\r\n$-1\r\n*10\r\n$4\r\necho\r\n:2\r\n*2\r\n+loading\r\n+stale\r\n:0\r\n:0\r\n:0\r\n"
            "*1\r\n+@connection\r\n*0\r\n*0\r\n*0\r\n");
  EXPECT_EQ(speaker.say("COMMAND DOCS echo nosuch"),
            "*2\r\n" + bulk("echo") + "*6\r\n" + bulk("summary") + bulk("Echo the given string") +
                bulk("since") + bulk("1.0.0") + bulk("group") + bulk("connection"));
  EXPECT_EQ(count_replies(speaker.say("COMMAND")), 1u);
  EXPECT_EQ(count_replies(speaker.say("COMMAND DOCS")), 1u);
  EXPECT_EQ(speaker.say("COMMAND GETKEYS ping"), "-ERR The command has no key arguments\r\n");
}

}  // namespace
}  // namespace relay
