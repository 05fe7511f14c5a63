#include "proxy/upstream/handshake.h"

#include "tests/support/scripted_peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

namespace relay {
namespace {

using Kind = HandshakeError::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const ReplId kRunId = *ReplId::parse("0123456789abcdef0123456789abcdef01234567");
const ReplId kMaster = *ReplId::parse(std::string(40, 'a'));
const std::string kFullResync = "+FULLRESYNC " + std::string(40, 'a') + " 223";

Introduction me() {
  Introduction introduction;
  introduction.run_id = kRunId;
  introduction.listening_port = 6479;
  return introduction;
}

ScriptedPeer healthy_master() {
  ScriptedPeer master;
  master.on("PSYNC", {kFullResync});
  return master;
}

Greeting greeted(ScriptedPeer& master, const Introduction& who = me(), ResumePoint from = {}) {
  return converse(greet(master, who, from));
}

struct Failure {
  Kind kind;
  std::string text;
};
Failure failure_of(ScriptedPeer& master, const Introduction& who = me()) {
  try {
    greeted(master, who);
  } catch (const HandshakeError& error) {
    return {error.kind(), error.what()};
  }
  ADD_FAILURE() << "the handshake did not fail";
  return {};
}

// ---- what is said

TEST(Handshake, SaysWhatAReplicaSaysInItsOrder) {
  ScriptedPeer master = healthy_master();
  const Greeting greeting = greeted(master);
  EXPECT_THAT(master.commands(),
              ElementsAre("PING", "REPLCONF listening-port 6479",
                          "REPLCONF capa eof capa psync2 capa psync-relay", "PSYNC ? -1"));
  EXPECT_EQ(greeting.reply, PsyncReply(PsyncFullResync{kMaster, Offset::of_bytes(223)}));
  EXPECT_THAT(greeting.refusals, IsEmpty());
  EXPECT_THAT(greeting.relay_chain, IsEmpty());
}

TEST(Handshake, SaysAllThatIsConfigured) {
  ScriptedPeer master = healthy_master();
  Introduction who = me();
  who.username = "relay";
  who.password = "secret";
  who.ip_address = "10.0.0.7";
  who.version = "8.0.1";
  who.rdb_only = true;
  const Greeting greeting = greeted(master, who);
  EXPECT_THAT(
      master.commands(),
      ElementsAre("PING", "AUTH relay secret", "REPLCONF listening-port 6479",
                  "REPLCONF ip-address 10.0.0.7", "REPLCONF capa eof capa psync2 capa psync-relay",
                  "REPLCONF version 8.0.1", "REPLCONF rdb-only 1", "PSYNC ? -1"));
  EXPECT_TRUE(greeting.rdb_only);
}

TEST(Handshake, BytesAreThoseOfTheProtocol) {
  ScriptedPeer master = healthy_master();
  greeted(master);
  EXPECT_THAT(master.sends(),
              ElementsAre("*1\r\n$4\r\nPING\r\n",
                          "*3\r\n$8\r\nREPLCONF\r\n$14\r\nlistening-port\r\n$4\r\n6479\r\n"
                          "*7\r\n$8\r\nREPLCONF\r\n$4\r\ncapa\r\n$3\r\neof\r\n$4\r\ncapa\r\n"
                          "$6\r\npsync2\r\n$4\r\ncapa\r\n$11\r\npsync-relay\r\n",
                          "*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n"));
}

TEST(Handshake, AuthTakesTheFormThatTheUserNeeds) {
  struct Case {
    std::string user, password, command;
  };
  for (const Case& c :
       {Case{"", "secret", "AUTH secret"}, Case{"relay", "secret", "AUTH relay secret"},
        Case{"nopass", "", "AUTH nopass "}}) {
    ScriptedPeer master = healthy_master();
    Introduction who = me();
    who.username = c.user;
    who.password = c.password;
    greeted(master, who);
    EXPECT_EQ(master.commands()[1], c.command);
  }
}

// We have bytes 1..223, so we want byte 224.
TEST(Handshake, AsksForTheByteAfterTheBoundary) {
  ScriptedPeer master;
  master.on("PSYNC", {"+CONTINUE"});
  const Greeting greeting = greeted(master, me(), ResumePoint(kMaster, Offset::of_bytes(223)));
  EXPECT_EQ(master.commands().back(), "PSYNC " + std::string(40, 'a') + " 224");
  EXPECT_EQ(greeting.reply, PsyncReply(PsyncContinue{}));
}

TEST(Handshake, UsesTheNamesThatTheMasterGaveItsCommands) {
  Config::Upstream config;
  config.password = "secret";
  config.command_ping = "P1";
  config.command_auth = "A1";
  config.command_replconf = "R1";
  config.command_psync = "S1";
  config.command_sync = "S0";
  const Introduction who = introduction_of(config, kRunId, 6479);
  ScriptedPeer master;
  master.on("P1", {"+PONG"});
  master.on("A1", {"+OK"});
  master.on("R1", {"+OK"});
  master.on("S1", {kFullResync});
  greeted(master, who);
  EXPECT_THAT(master.commands(),
              ElementsAre("P1", "A1 secret", "R1 listening-port 6479",
                          "R1 capa eof capa psync2 capa psync-relay", "S1 ? -1"));
  converse(send_sync(master, who));
  EXPECT_EQ(master.commands().back(), "S0");
}

TEST(Handshake, AnnouncedPortOverridesTheOneWeListenOn) {
  Config::Upstream config;
  EXPECT_EQ(introduction_of(config, kRunId, 6479).listening_port, 6479);
  config.announce_port = 7000;
  config.announce_ip = "10.0.0.7";
  EXPECT_EQ(introduction_of(config, kRunId, 6479).listening_port, 7000);
  EXPECT_EQ(introduction_of(config, kRunId, 6479).ip_address, "10.0.0.7");
}

// The scripted master refuses PSYNC as a real one does while a reply of its own is unread.
TEST(Handshake, PsyncIsSentOnlyAfterEveryReplyWasRead) {
  ScriptedPeer master = healthy_master();
  Introduction who = me();
  who.password = "secret";
  who.ip_address = "10.0.0.7";
  who.version = "8.0.1";
  who.rdb_only = true;
  const Greeting greeting = greeted(master, who);
  EXPECT_TRUE(std::holds_alternative<PsyncFullResync>(greeting.reply));
  EXPECT_EQ(master.unread(), 0u);
}

TEST(Handshake, OnlyThePsyncReplyIsWaitedForLong) {
  ScriptedPeer master = healthy_master();
  greeted(master);
  EXPECT_THAT(master.patiences(), ElementsAre(Patience::kReply, Patience::kReply, Patience::kReply,
                                              Patience::kSilence));
}

TEST(Handshake, TwiceAgainstTheSameMasterIsHarmless) {
  ScriptedPeer master = healthy_master();
  EXPECT_EQ(greeted(master).reply, greeted(master).reply);
}

// ---- protocol.md 1.2, row by row

TEST(Handshake, PingIsAnsweredByAMasterThatIsAlive) {
  for (const std::string line : {"+PONG", "+anything", "-NOAUTH Authentication required.",
                                 "-NOPERM this user has no permissions to run the 'ping' command",
                                 "-ERR operation not permitted"}) {
    ScriptedPeer master = healthy_master();
    master.on("PING", {line});
    EXPECT_TRUE(std::holds_alternative<PsyncFullResync>(greeted(master).reply)) << line;
  }
}

TEST(Handshake, PingRefusedEndsTheAttempt) {
  for (const std::string line :
       {"-LOADING Redis is loading the dataset in memory",
        "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "-MISCONF Errors writing to the AOF file", "-BUSY Redis is busy running a script.",
        "-ERR max number of clients reached", "-DENIED Redis is running in protected mode"}) {
    ScriptedPeer master = healthy_master();
    master.on("PING", {line});
    const Failure failure = failure_of(master);
    EXPECT_EQ(failure.kind, Kind::kRefused) << line;
    EXPECT_THAT(failure.text, HasSubstr(line));
    EXPECT_THAT(master.commands(), ElementsAre("PING"));
  }
}

TEST(Handshake, PingAnsweredByWhatIsNoMasterIsAProtocolError) {
  for (const std::string line : {"", "HTTP/1.1 400 Bad Request", "$4", "PONG"}) {
    ScriptedPeer master = healthy_master();
    master.on("PING", {line});
    EXPECT_EQ(failure_of(master).kind, Kind::kProtocol) << line;
  }
}

TEST(Handshake, ClosedConnectionIsTheConnectionsError) {
  ScriptedPeer master = healthy_master();
  master.on("PING", {});
  EXPECT_THROW(greeted(master), boost::system::system_error);
}

TEST(Handshake, AuthRefusedEndsTheAttempt) {
  for (const std::string line :
       {"-WRONGPASS invalid username-password pair or user is disabled.",
        "-ERR Client sent AUTH, but no password is set", "-ERR invalid password",
        "-ERR wrong number of arguments for 'auth' command"}) {
    ScriptedPeer master = healthy_master();
    master.on("AUTH", {line});
    Introduction who = me();
    who.password = "secret";
    const Failure failure = failure_of(master, who);
    EXPECT_EQ(failure.kind, Kind::kAuth) << line;
    EXPECT_THAT(failure.text, HasSubstr(line));
    EXPECT_THAT(master.commands(), ElementsAre("PING", "AUTH secret"));
  }
}

TEST(Handshake, AuthAnsweredByWhatIsNoReplyIsAProtocolError) {
  ScriptedPeer master = healthy_master();
  master.on("AUTH", {":1"});
  Introduction who = me();
  who.password = "secret";
  EXPECT_EQ(failure_of(master, who).kind, Kind::kProtocol);
}

TEST(Handshake, PasswordIsInNoErrorText) {
  const std::string password = "correct horse";
  for (const std::string line :
       {"-ERR unknown command 'AUTH', with args beginning with: 'relay' 'correct horse' ",
        "-ERR unknown command 'AUTH', with args beginning with: 'relay' 'correct h",
        "-ERR unknown command `AUTH`, with args beginning with: `relay`, `correct horse`, ",
        "-WRONGPASS correct horse correct horse", "+correct horse"}) {
    ScriptedPeer master = healthy_master();
    master.on("AUTH", {line});
    Introduction who = me();
    who.username = "relay";
    who.password = password;
    const Failure failure = failure_of(master, who);
    EXPECT_THAT(failure.text, Not(HasSubstr("correct"))) << line;
    EXPECT_THAT(failure.text, HasSubstr("AUTH"));
  }
}

TEST(Handshake, ReplconfMayBeRefusedByAnOlderMaster) {
  const std::string refused = "-ERR Unrecognized REPLCONF option";
  ScriptedPeer master = healthy_master();
  master.on("REPLCONF", {refused});
  Introduction who = me();
  who.rdb_only = true;
  const Greeting greeting = greeted(master, who);
  EXPECT_THAT(greeting.refusals, ElementsAre("listening-port: " + refused, "capa: " + refused,
                                             "rdb-only: " + refused));
  EXPECT_FALSE(greeting.rdb_only);
  EXPECT_TRUE(std::holds_alternative<PsyncFullResync>(greeting.reply));
}

TEST(Handshake, RdbOnlyIsReportedOnlyWhereItWasAskedForAndGranted) {
  ScriptedPeer master = healthy_master();
  EXPECT_FALSE(greeted(master).rdb_only);
  Introduction who = me();
  who.rdb_only = true;
  EXPECT_TRUE(greeted(master, who).rdb_only);
}

// ---- protocol.md 1.4, row by row

TEST(Handshake, EveryReplyToPsyncIsReturnedAsWhatItMeans) {
  const std::string id(40, 'a');
  struct Case {
    std::string line;
    PsyncReply reply;
  };
  const std::string no_link = "-NOMASTERLINK Can't SYNC while not connected with my master";
  const std::string loading = "-LOADING Redis is loading the dataset in memory";
  const std::string down = "-MASTERDOWN Link with MASTER is down";
  const std::string old_link = "-ERR Can't SYNC while not connected with my master";
  const std::string unknown = "-ERR unknown command 'PSYNC'";
  const std::string bad_offset = "-ERR value is not an integer or out of range";
  const std::string no_rights = "-NOPERM this user has no permissions to run the 'psync' command";
  const std::string no_auth = "-NOAUTH Authentication required.";
  const Case cases[] = {
      {"+FULLRESYNC " + id + " 0", PsyncFullResync{kMaster, Offset()}},
      {"+CONTINUE", PsyncContinue{}},
      {"+CONTINUE " + id, PsyncContinue{kMaster}},
      {no_link, PsyncTryLater{no_link}},
      {loading, PsyncTryLater{loading}},
      {down, PsyncTryLater{down}},
      {old_link, PsyncTryLater{old_link}},
      {unknown, PsyncUnsupported{unknown}},
      {bad_offset, PsyncRefused{bad_offset}},
      {no_rights, PsyncRefused{no_rights}},
      {no_auth, PsyncRefused{no_auth}},
  };
  for (const Case& c : cases) {
    ScriptedPeer master;
    master.on("PSYNC", {c.line});
    EXPECT_EQ(greeted(master).reply, c.reply) << c.line;
    EXPECT_EQ(master.commands().back(), "PSYNC ? -1") << "SYNC is the caller's decision";
  }
}

TEST(Handshake, NewlinesBeforeThePsyncReplyArePassedOver) {
  ScriptedPeer master;
  master.on("PSYNC", {"", "", "", "", "", kFullResync});
  EXPECT_TRUE(std::holds_alternative<PsyncFullResync>(greeted(master).reply));
  EXPECT_EQ(std::count(master.patiences().begin(), master.patiences().end(), Patience::kSilence),
            6);
}

TEST(Handshake, PsyncReplyThatCannotBeReadEndsTheAttempt) {
  for (const std::string line : {"+FULLRESYNC", "+FULLRESYNC abc 12", "+DUALCHANNELSYNC",
                                 "+RDBCHANNELSYNC 7", "+OK", "$0"}) {
    ScriptedPeer master;
    master.on("PSYNC", {line});
    const Failure failure = failure_of(master);
    EXPECT_EQ(failure.kind, Kind::kProtocol) << line;
    EXPECT_THAT(failure.text, HasSubstr(line));
  }
}

TEST(Handshake, ConnectionClosedInsteadOfAPsyncReplyIsTheConnectionsError) {
  ScriptedPeer master;
  master.on("PSYNC", {"", ""});
  EXPECT_THROW(greeted(master), boost::system::system_error);
}

TEST(Handshake, WhatFollowsThePsyncReplyIsLeftUnread) {
  ScriptedPeer master;
  master.on("PSYNC", {kFullResync, "$5", "rest"});
  greeted(master);
  EXPECT_EQ(master.unread(), 2u);
}

TEST(Handshake, SyncIsSentWithoutWaitingForAReply) {
  ScriptedPeer master;
  converse(send_sync(master, me()));
  EXPECT_THAT(master.commands(), ElementsAre("SYNC"));
  EXPECT_THAT(master.patiences(), IsEmpty());
}

// ---- relays behind relays

TEST(Handshake, ChainOfARelayUpstreamIsReported) {
  ScriptedPeer master = healthy_master();
  master.on("REPLCONF capa", {"+OK psync-relay 1111111111111111 2222222222222222"});
  EXPECT_THAT(greeted(master).relay_chain, ElementsAre("1111111111111111", "2222222222222222"));
}

TEST(Handshake, FollowingOurselvesIsRefusedBeforePsync) {
  for (const std::string line :
       {"+OK psync-relay 0123456789abcdef", "+OK psync-relay 1111111111111111 0123456789abcdef",
        "+OK psync-relay 0123456789abcdef 1111111111111111"}) {
    ScriptedPeer master = healthy_master();
    master.on("REPLCONF capa", {line});
    EXPECT_THROW(greeted(master), LoopError) << line;
    EXPECT_THAT(master.commands().back(), HasSubstr("capa"));
    ScriptedPeer again = healthy_master();
    again.on("REPLCONF capa", {line});
    EXPECT_EQ(failure_of(again).kind, Kind::kLoop);
  }
}

TEST(Handshake, OurIdElsewhereIsNoLoop) {
  for (const std::string line : {"+OK", "+OK dragonfly 0123456789abcdef", "+0123456789abcdef"}) {
    ScriptedPeer master = healthy_master();
    master.on("REPLCONF capa", {line});
    EXPECT_THAT(greeted(master).relay_chain, IsEmpty()) << line;
  }
}

TEST(Handshake, ErrorTextsAreOnePrintableLine) {
  ScriptedPeer master = healthy_master();
  master.on("PING", {std::string("-ERR \x1b[31mred\x07\r bell")});
  EXPECT_THAT(failure_of(master).text, HasSubstr("-ERR ?[31mred?? bell"));
}

}  // namespace
}  // namespace relay
