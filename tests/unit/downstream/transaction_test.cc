#include "proxy/downstream/transaction.h"

#include "tests/unit/downstream/fake_host.h"
#include "tests/unit/downstream/reply_shape.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

constexpr std::string_view kAborted =
    "-EXECABORT Transaction discarded because of previous errors.\r\n";

TEST(Transaction, CommandsAreQueuedAndDoneTogether) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("MULTI"), "+OK\r\n");
  EXPECT_EQ(speaker.say("PING"), "+QUEUED\r\n");
  EXPECT_EQ(speaker.say("ECHO x"), "+QUEUED\r\n");
  EXPECT_EQ(speaker.say("SELECT 5"), "+QUEUED\r\n");
  EXPECT_EQ(speaker.say("CLIENT HELP"), "+QUEUED\r\n");
  const std::string reply = speaker.say("EXEC");
  EXPECT_TRUE(reply.starts_with("*4\r\n+PONG\r\n$1\r\nx\r\n-ERR DB index is out of range\r\n*"));
  EXPECT_EQ(count_replies(reply), 1u);
  EXPECT_EQ(speaker.say("PING"), "+PONG\r\n");
}

TEST(Transaction, ItsOwnWordsFollowTheServers) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("EXEC"), "-ERR EXEC without MULTI\r\n");
  EXPECT_EQ(speaker.say("DISCARD"), "-ERR DISCARD without MULTI\r\n");
  EXPECT_EQ(speaker.say("WATCH a b"), "+OK\r\n");
  EXPECT_EQ(speaker.say("UNWATCH"), "+OK\r\n");
  speaker.say("MULTI");
  EXPECT_EQ(speaker.say("MULTI"), "-ERR MULTI calls can not be nested\r\n");
  EXPECT_EQ(speaker.say("WATCH a"), "-ERR WATCH inside MULTI is not allowed\r\n");
  EXPECT_EQ(speaker.say("EXEC"), "*0\r\n");
  speaker.say("MULTI");
  speaker.say("PING");
  EXPECT_EQ(speaker.say("DISCARD"), "+OK\r\n");
  EXPECT_EQ(speaker.say("EXEC"), "-ERR EXEC without MULTI\r\n");
}

TEST(Transaction, ARefusalWhileQueueingSpoilsIt) {
  FakeHost host;
  for (const char* line : {"NOSUCH", "SET a b", "GET a", "CLIENT NOSUCH", "ECHO", "HELLO 3",
                           "SUBSCRIBE a", "UNSUBSCRIBE", "SHUTDOWN"}) {
    Speaker speaker(host);
    speaker.say("MULTI");
    speaker.say("REPLICAOF h 1");
    EXPECT_EQ(speaker.say(line)[0], '-') << line;
    EXPECT_EQ(speaker.say("PING"), "+QUEUED\r\n");
    EXPECT_EQ(speaker.say("EXEC"), kAborted) << line;
    EXPECT_EQ(speaker.say("MULTI"), "+OK\r\n");
    EXPECT_EQ(speaker.say("EXEC"), "*0\r\n");
  }
  EXPECT_TRUE(host.followed.empty());
}

TEST(Transaction, TheQueueIsBoundedInCommands) {
  FakeHost host;
  Speaker speaker(host);
  speaker.say("MULTI");
  for (std::size_t i = 0; i < kMaxQueuedCommands; ++i)
    EXPECT_EQ(speaker.say("PING"), "+QUEUED\r\n");
  EXPECT_EQ(speaker.say("PING"), "-ERR too many commands in the transaction\r\n");
  for (int i = 0; i < 1000; ++i) speaker.say("PING");
  EXPECT_EQ(speaker.client.queued.size(), kMaxQueuedCommands);
  EXPECT_EQ(speaker.say("EXEC"), kAborted);
}

TEST(Transaction, TheQueueIsBoundedInBytes) {
  FakeHost host;
  Speaker speaker(host);
  speaker.say("MULTI");
  EXPECT_EQ(speaker.say_words({"ECHO", std::string(kMaxQueuedBytes, 'x')}),
            "-ERR too many commands in the transaction\r\n");
  EXPECT_EQ(speaker.client.queued_bytes, 0u);
  EXPECT_EQ(speaker.say("EXEC"), kAborted);
}

TEST(Transaction, EveryCommandThatMayBeQueuedGivesExactlyOneReply) {
  FakeHost host;
  for (const CommandSpec* command : all_commands()) {
    std::vector<std::vector<std::string>> forms;
    const auto fill = [](std::vector<std::string> words, int arity) {
      words.resize(static_cast<std::size_t>(std::abs(arity)), "1");
      return words;
    };
    if (command->handler) forms.push_back(fill({std::string(command->name)}, command->arity));
    for (const CommandSpec& sub : command->subcommands) {
      forms.push_back(fill({std::string(command->name), std::string(sub.name)}, sub.arity));
    }
    for (const auto& words : forms) {
      Speaker speaker(host);
      host.client_list = {&speaker.client};
      speaker.say("MULTI");
      if (speaker.say_words(words) != "+QUEUED\r\n") continue;
      const std::string reply = speaker.say("EXEC");
      EXPECT_TRUE(reply.starts_with("*1\r\n")) << command->name;
      EXPECT_EQ(count_replies(reply), 1u) << command->name << ": " << reply;
    }
  }
}

}  // namespace
}  // namespace relay
