// What replicas and tools that act as replicas say before and for a sync: each row of the table of
// their commands.
#include "proxy/downstream/psync_request.h"
#include "tests/unit/downstream/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(Replconf, EveryKnownOptionIsAnsweredExactly) {
  FakeHost host;
  Speaker speaker(host);
  const std::pair<const char*, const char*> kExchanges[] = {
      {"REPLCONF listening-port 6380", "+OK\r\n"},
      {"REPLCONF ip-address 10.1.2.3", "+OK\r\n"},
      {"REPLCONF capa eof", "+OK\r\n"},
      {"REPLCONF capa eof capa psync2", "+OK\r\n"},
      {"REPLCONF capa dual-channel capa rdb-channel-repl capa lz4 capa dragonfly", "+OK\r\n"},
      {"REPLCONF version 8.0.1", "+OK\r\n"},
      {"REPLCONF rdb-only 0", "+OK\r\n"},
      {"REPLCONF rdb-only 1", "+OK\r\n"},
      {"REPLCONF rdb-only 2", "-ERR value is out of range, value must between 0 and 1\r\n"},
      {"REPLCONF rdb-only x", "-ERR value is not an integer or out of range\r\n"},
      {"REPLCONF rdb-no-compress 1", "+OK\r\n"},
      {"REPLCONF main-ch-client-id 5", "+OK\r\n"},
      {"REPLCONF set-cluster-node-id aa", "+OK\r\n"},
      {"REPLCONF rdb-channel 1", "-ERR Unrecognized REPLCONF option: rdb-channel\r\n"},
      {"REPLCONF rdb-filter-only \"\"", "-ERR Unsupported rdb-filter-only option: \r\n"},
      {"REPLCONF rdb-filter-only functions",
       "-ERR Unsupported rdb-filter-only option: functions\r\n"},
      {"REPLCONF foo bar", "-ERR Unrecognized REPLCONF option: foo\r\n"},
      {"REPLCONF capa", "-ERR syntax error\r\n"},
      {"REPLCONF a b c", "-ERR syntax error\r\n"},
      {"REPLCONF", "+OK\r\n"},
      {"REPLCONF listening-port x", "-ERR value is not an integer or out of range\r\n"},
      {"REPLCONF listening-port 65536", "-ERR value is not an integer or out of range\r\n"},
      {"replconf LISTENING-PORT 1 CAPA EOF", "+OK\r\n"},
  };
  for (const auto& [said, answered] : kExchanges) EXPECT_EQ(speaker.say(said), answered) << said;
}

TEST(Replconf, TheIntroductionIsKept) {
  FakeHost host;
  Speaker speaker(host);
  speaker.say(
      "REPLCONF listening-port 6380 ip-address replica.example capa eof capa psync2 capa other");
  speaker.say("REPLCONF version 8.0.1 rdb-only 1");
  const ReplicaIntroduction& introduction = speaker.client.introduction;
  EXPECT_EQ(introduction.listening_port, 6380);
  EXPECT_EQ(introduction.ip_address, "replica.example");
  EXPECT_EQ(introduction.version, "8.0.1");
  EXPECT_TRUE(introduction.capa_eof);
  EXPECT_TRUE(introduction.capa_psync2);
  EXPECT_TRUE(introduction.rdb_only);
  EXPECT_FALSE(introduction.is_relay);
}

TEST(Replconf, AnAddressThatIsTooLongOrWouldForgeAFieldIsRefused) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say_words({"REPLCONF", "ip-address", std::string(255, 'a')}), "+OK\r\n");
  EXPECT_EQ(speaker.say_words({"REPLCONF", "ip-address", std::string(256, 'b')}),
            "-ERR REPLCONF ip-address provided by replica instance is too long: 256 bytes\r\n");
  for (const char* address : {"1.2.3.4\r\nrole:master", "1.2.3.4,state=online", "a b"}) {
    EXPECT_EQ(speaker.say_words({"REPLCONF", "ip-address", address}),
              "-ERR REPLCONF ip-address contains invalid characters\r\n");
  }
  EXPECT_EQ(speaker.client.introduction.ip_address, std::string(255, 'a'));
}

TEST(Replconf, AcksAreNeverAnswered) {
  FakeHost host;
  Speaker speaker(host);
  for (const char* state : {"PING", "MULTI", "NOSUCH"}) {
    speaker.say(state);
    for (const char* line : {"REPLCONF ACK 5", "REPLCONF ACK 5 FACK 3", "REPLCONF ACK",
                             "REPLCONF ACK x", "REPLCONF GETACK *", "replconf getack *"}) {
      EXPECT_EQ(speaker.say(line), "") << state << ", " << line;
      EXPECT_EQ(speaker.outcome, Outcome::kSilent) << state << ", " << line;
    }
  }
}

TEST(Replconf, ARelayIsToldTheRelaysAboveIt) {
  FakeHost host;
  host.chain = {std::string(40, 'a'), std::string(40, 'b')};
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("REPLCONF capa eof capa psync2 capa psync-relay"),
            "+OK psync-relay " + std::string(40, 'a') + " " + std::string(40, 'b') + "\r\n");
  EXPECT_TRUE(speaker.client.introduction.is_relay);
  EXPECT_EQ(speaker.say("REPLCONF capa eof"), "+OK\r\n");
}

TEST(Replconf, TheChainIsOneLineThatEveryReplicaCanRead) {
  FakeHost host;
  host.chain = std::vector<std::string>(20, std::string(40, 'c'));
  Speaker speaker(host);
  const std::string reply = speaker.say("REPLCONF capa psync-relay");
  EXPECT_LT(reply.size(), 256u);
  EXPECT_EQ(reply.size(), 17u + 5 * 41);
}

TEST(Replconf, EveryErrorIsShorterThanWhatAReplicaReads) {
  FakeHost host;
  Speaker speaker(host);
  const std::string longest(10'000, 'x');
  for (const char* option :
       {"ip-address", "version", "rdb-filter-only", "listening-port", "rdb-only", "nosuch"}) {
    EXPECT_LT(speaker.say_words({"REPLCONF", option, longest}).size(), 256u) << option;
  }
  EXPECT_LT(speaker.say_words({"REPLCONF", longest, longest}).size(), 256u);
}

TEST(Psync, BecomesTheCallersBusiness) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("PSYNC ? -1"), "");
  EXPECT_EQ(speaker.outcome, Outcome::kPsync);
  EXPECT_EQ(speaker.say("psync " + std::string(40, 'a') + " 1"), "");
  EXPECT_EQ(speaker.outcome, Outcome::kPsync);
  EXPECT_EQ(speaker.say("SYNC"), "");
  EXPECT_EQ(speaker.outcome, Outcome::kSync);
}

TEST(Psync, FromAReplicaThatIsServedAlreadyMeansNothing) {
  FakeHost host;
  Speaker speaker(host);
  speaker.client.is_replica = true;
  for (const char* line : {"PSYNC ? -1", "SYNC", "PSYNC ? abc"}) {
    EXPECT_EQ(speaker.say(line), "");
    EXPECT_EQ(speaker.outcome, Outcome::kSilent);
  }
}

TEST(Psync, AnOffsetThatNamesNoByteIsNoErrorAndNoPlace) {
  for (const std::string_view offset : {"0", "-1", "-2"}) {
    const auto parsed = parse_psync({"PSYNC", std::string_view("?"), offset});
    ASSERT_TRUE(std::holds_alternative<PsyncRequest>(parsed)) << offset;
    EXPECT_FALSE(std::get<PsyncRequest>(parsed).next) << offset;
  }
}

TEST(Psync, OffsetsThatAreNoNumbersAreRefused) {
  FakeHost host;
  Speaker speaker(host);
  for (const char* offset :
       {"abc", "", "9223372036854775808", "18446744073709551616", "1x", " 1", "1.0"}) {
    EXPECT_EQ(speaker.say_words({"PSYNC", "?", offset}),
              "-ERR value is not an integer or out of range\r\n")
        << offset;
    EXPECT_EQ(speaker.outcome, Outcome::kReplied);
  }
}

TEST(Psync, AHandOverIsRefusedAtOnce) {
  FakeHost host;
  Speaker speaker(host);
  const std::string reply = speaker.say("PSYNC " + std::string(40, 'a') + " 12 FAILOVER");
  EXPECT_THAT(reply, testing::StartsWith("-ERR PSYNC FAILOVER refused"));
  EXPECT_LT(reply.size(), 256u);
  EXPECT_EQ(speaker.outcome, Outcome::kReplied);
  EXPECT_THAT(speaker.say("PSYNC ? -1 failover"),
              testing::StartsWith("-ERR PSYNC FAILOVER refused"));
}

TEST(Psync, AnotherFourthWordIsIgnored) {
  FakeHost host;
  Speaker speaker(host);
  EXPECT_EQ(speaker.say("PSYNC ? -1 whatever"), "");
  EXPECT_EQ(speaker.outcome, Outcome::kPsync);
}

TEST(Psync, IsRefusedInsideATransaction) {
  FakeHost host;
  Speaker speaker(host);
  for (const char* line : {"PSYNC ? -1", "SYNC"}) {
    speaker.say("MULTI");
    EXPECT_EQ(speaker.say(line), "-ERR Command not allowed inside a transaction\r\n");
    EXPECT_EQ(speaker.say("EXEC"),
              "-EXECABORT Transaction discarded because of previous errors.\r\n");
  }
}

PsyncRequest parsed(std::string_view id, std::string_view next) {
  const auto result = parse_psync({"PSYNC", id, next});
  EXPECT_TRUE(std::holds_alternative<PsyncRequest>(result));
  return std::get<PsyncRequest>(result);
}

TEST(PsyncRequest, QuestionMarkSaysThatThereIsNoHistory) {
  const PsyncRequest request = parsed("?", "-1");
  EXPECT_TRUE(request.never_had);
  EXPECT_FALSE(request.id);
  EXPECT_FALSE(request.next);
}

TEST(PsyncRequest, AnIdIsKeptInLowerCaseAndTheOffsetWhole) {
  const PsyncRequest request = parsed(std::string(40, 'A'), "9223372036854775807");
  EXPECT_FALSE(request.never_had);
  EXPECT_EQ(request.id, ReplId::parse(std::string(40, 'a')));
  EXPECT_EQ(request.next, 9223372036854775807u);
}

TEST(PsyncRequest, AnIdOfAnotherLengthIsNone) {
  for (const std::size_t length : {1u, 39u, 41u, 1000u}) {
    const PsyncRequest request = parsed(std::string(length, 'a'), "5");
    EXPECT_FALSE(request.id);
    EXPECT_FALSE(request.never_had);
    EXPECT_EQ(request.id_text, std::string(std::min<std::size_t>(length, 64), 'a'));
    EXPECT_EQ(request.next, 5u);
  }
}

}  // namespace
}  // namespace relay
