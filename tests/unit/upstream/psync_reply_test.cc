// Each reply of protocol.md's table, and what only looks like one.
#include "proxy/upstream/psync_reply.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace relay {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef01234567";

template <typename T>
bool is(std::string_view line) {
  return std::holds_alternative<T>(parse_psync_reply(line));
}

TEST(PsyncReply, ContinueWithoutAnIdKeepsTheId) {
  EXPECT_EQ(parse_psync_reply("+CONTINUE"), PsyncReply(PsyncContinue{}));
  EXPECT_EQ(parse_psync_reply("+CONTINUE\r\n"), PsyncReply(PsyncContinue{}));
}

TEST(PsyncReply, ContinueNamesTheIdThatHoldsFromNowOn) {
  EXPECT_EQ(parse_psync_reply("+CONTINUE " + kId), PsyncReply(PsyncContinue{ReplId::parse(kId)}));
}

TEST(PsyncReply, FullResyncNamesThePlaceOfTheSnapshot) {
  const PsyncFullResync expected{*ReplId::parse(kId), Offset::of_bytes(123456789012)};
  EXPECT_EQ(parse_psync_reply("+FULLRESYNC " + kId + " 123456789012\r"), PsyncReply(expected));
  const PsyncFullResync zero{*ReplId::parse(kId), Offset::of_bytes(0)};
  EXPECT_EQ(parse_psync_reply("+FULLRESYNC " + kId + " 0"), PsyncReply(zero));
  EXPECT_TRUE(is<PsyncFullResync>("+FULLRESYNC " + kId + " 9223372036854775807"));
}

TEST(PsyncReply, PassingErrorsMeanLater) {
  for (const std::string line :
       {"-NOMASTERLINK Can't SYNC while not connected with my master",
        "-NOMASTERLINK Can't SYNC while failing over",
        "-LOADING Redis is loading the dataset in memory",
        "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "-BUSY Redis is busy running a script.",
        "-ERR Can't SYNC while not connected with my master",
        "-ERR max number of clients reached"}) {
    EXPECT_EQ(parse_psync_reply(line), PsyncReply(PsyncTryLater{line}));
  }
}

TEST(PsyncReply, OnlyAnUnknownCommandMeansThatPsyncIsNotSupported) {
  for (const std::string line :
       {"-ERR unknown command 'PSYNC'", "-ERR unknown command `PSYNC`, with args"}) {
    EXPECT_EQ(parse_psync_reply(line), PsyncReply(PsyncUnsupported{line}));
  }
  EXPECT_TRUE(is<PsyncRefused>("-ERR unknown subcommand"));
  EXPECT_TRUE(is<PsyncRefused>("-NOPERM unknown command"));
}

TEST(PsyncReply, EveryOtherErrorIsARefusal) {
  for (const std::string line :
       {"-NOPERM this user has no permissions to run the 'psync' command",
        "-NOAUTH Authentication required.", "-ERR value is not an integer or out of range",
        "-ERR SYNC and PSYNC are invalid with pending output", "-", "-ERR"}) {
    EXPECT_EQ(parse_psync_reply(line), PsyncReply(PsyncRefused{line}));
  }
}

TEST(PsyncReply, WhatCannotBeReadWholeIsMalformed) {
  const std::vector<std::string> lines = {
      "",
      "\r\n",
      "+",
      "+OK",
      "+PONG",
      ":1",
      "$10",
      "CONTINUE",
      "+CONTINUED",
      "+continue",
      "+CONTINUE abc",
      "+CONTINUE " + kId + "0",
      "+CONTINUE " + kId + " 5",
      "+CONTINUE " + std::string(40, '0'),
      "+FULLRESYNC",
      "+FULLRESYNC " + kId,
      "+FULLRESYNC abc 5",
      "+FULLRESYNC " + std::string(40, '0') + " 5",
      "+FULLRESYNC " + kId + " -1",
      "+FULLRESYNC " + kId + " +1",
      "+FULLRESYNC " + kId + " 1x",
      "+FULLRESYNC " + kId + " 9223372036854775808",
      "+FULLRESYNC " + kId + " 99999999999999999999999",
      "+FULLRESYNC " + kId + " 5 6",
      "+DUALCHANNELSYNC",
      "+RDBCHANNELSYNC 7",
      std::string("\0+CONTINUE", 10),
  };
  for (const std::string& line : lines) EXPECT_TRUE(is<PsyncMalformed>(line)) << line;
}

}  // namespace
}  // namespace relay
