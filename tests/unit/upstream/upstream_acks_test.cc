#include "proxy/upstream/upstream_acks.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

constexpr AckPolicy kReceived{AckPolicy::Kind::kReceived, 0};
constexpr AckPolicy kDurable{AckPolicy::Kind::kDurable, 0};
constexpr AckPolicy best(unsigned n) { return {AckPolicy::Kind::kReplicas, n}; }

TEST(UpstreamAcks, ReceivedIsTheBoundaryWhateverElseLags) {
  UpstreamAcks acks(kReceived);
  EXPECT_EQ(acks.update({at(122), at(51), {}}), at(122));
}

TEST(UpstreamAcks, DurableIsTheDurableFrontierButNeverPastTheBoundary) {
  UpstreamAcks acks(kDurable);
  EXPECT_EQ(acks.update({at(122), at(51), {}}), at(51));
  EXPECT_EQ(acks.update({at(122), at(100), {}}), at(100));
  EXPECT_EQ(acks.update({at(122), at(150), {}}), at(122))
      << "a torn command is on disk: bytes 123..150";
}

TEST(UpstreamAcks, ReplicasIsTheNthBestOfThem) {
  const std::vector<Offset> replicas{at(30), at(90), at(60), at(90)};
  struct Case {
    unsigned n;
    std::uint64_t ack;
  };
  for (const Case& c : {Case{1, 90}, Case{2, 90}, Case{3, 60}, Case{4, 30}}) {
    UpstreamAcks acks(best(c.n));
    EXPECT_EQ(acks.update({at(100), at(0), replicas}), at(c.ack)) << c.n;
  }
}

TEST(UpstreamAcks, ReplicasNeverAckPastTheBoundary) {
  UpstreamAcks acks(best(1));
  const std::vector<Offset> replicas{at(150)};
  EXPECT_EQ(acks.update({at(122), at(0), replicas}), at(122));
}

TEST(UpstreamAcks, TooFewReplicasLeaveTheAckWhereItIs) {
  UpstreamAcks acks(best(2));
  const std::vector<Offset> two{at(80), at(90)};
  const std::vector<Offset> one{at(100)};
  EXPECT_EQ(acks.update({at(100), at(100), two}), at(80));
  EXPECT_EQ(acks.update({at(100), at(100), one}), at(80));
  EXPECT_EQ(acks.update({at(100), at(100), {}}), at(80));
}

TEST(UpstreamAcks, NeverGoesBackWithinAHistory) {
  UpstreamAcks acks(best(1));
  const std::vector<Offset> fast{at(90)};
  const std::vector<Offset> slow{at(40)};  // the fast one has left, a slow one came
  EXPECT_EQ(acks.update({at(100), at(0), fast}), at(90));
  EXPECT_EQ(acks.update({at(100), at(0), slow}), at(90));
  acks.set_policy(kDurable);
  EXPECT_EQ(acks.update({at(100), at(10), {}}), at(90));
}

TEST(UpstreamAcks, NewHistoryMayBeginLower) {
  UpstreamAcks acks(kReceived);
  acks.update({at(1000), at(0), {}});
  acks.reset(at(20));
  EXPECT_EQ(acks.ack(), at(20));
  EXPECT_EQ(acks.update({at(25), at(0), {}}), at(25));
}

TEST(UpstreamAcks, SnapshotIsAcknowledgedUnderEveryPolicyOrNoStreamWouldStart) {
  for (const AckPolicy policy : {kReceived, kDurable, best(2)}) {
    UpstreamAcks acks(policy);
    acks.reset(at(500));
    EXPECT_EQ(acks.update({at(500), at(0), {}}), at(500));
  }
}

TEST(UpstreamAcks, FackIsDurableAndNeverPastTheAck) {
  UpstreamAcks acks(kReceived);
  acks.update({at(122), at(51), {}});
  EXPECT_EQ(acks.fack(at(51)), at(51));
  EXPECT_EQ(acks.fack(at(150)), at(122));
}

// protocol.md 2.3: GETACK is bytes 173..209. A replica answers it with 172, we may answer with what
// we have.
TEST(UpstreamAcks, GetackIsAnsweredAtOnceUnderReceived) {
  UpstreamAcks acks(kReceived);
  acks.update({at(209), at(0), {}});
  EXPECT_FALSE(acks.answer_due());
  acks.getack_seen(at(172));
  EXPECT_TRUE(acks.answer_due());
  acks.answered();
  EXPECT_FALSE(acks.answer_due());
}

TEST(UpstreamAcks, GetackIsAnsweredUnderDurableWhenThePlaceBeforeItIsDurable) {
  UpstreamAcks acks(kDurable);
  acks.getack_seen(at(172));
  acks.update({at(209), at(171), {}});
  EXPECT_FALSE(acks.answer_due());
  acks.update({at(209), at(172), {}});
  EXPECT_TRUE(acks.answer_due());
  acks.answered();
  EXPECT_FALSE(acks.answer_due());
}

TEST(UpstreamAcks, GetackIsAnsweredUnderReplicasWhenEnoughOfThemHaveThePlaceBeforeIt) {
  UpstreamAcks acks(best(2));
  acks.getack_seen(at(172));
  std::vector<Offset> replicas{at(209), at(100)};
  acks.update({at(209), at(209), replicas});
  EXPECT_FALSE(acks.answer_due());
  replicas[1] = at(172);
  acks.update({at(209), at(209), replicas});
  EXPECT_TRUE(acks.answer_due());
}

TEST(UpstreamAcks, EveryGetackIsAnsweredThoughMoreCameMeanwhile) {
  UpstreamAcks acks(kDurable);
  acks.getack_seen(at(100));
  acks.getack_seen(at(200));
  acks.getack_seen(at(300));
  acks.update({at(400), at(100), {}});
  ASSERT_TRUE(acks.answer_due());
  acks.answered();
  EXPECT_FALSE(acks.answer_due()) << "nothing new to say";
  acks.update({at(400), at(200), {}});
  ASSERT_TRUE(acks.answer_due()) << "the one at 200";
  acks.answered();
  acks.update({at(400), at(300), {}});
  ASSERT_TRUE(acks.answer_due()) << "the one at 300";
  acks.answered();
  acks.update({at(400), at(400), {}});
  EXPECT_FALSE(acks.answer_due());
}

TEST(UpstreamAcks, NewHistoryForgetsTheOldOnesGetacks) {
  UpstreamAcks acks(kDurable);
  acks.getack_seen(at(100));
  acks.reset(at(500));
  EXPECT_FALSE(acks.answer_due());
}

TEST(UpstreamAcks, EncodedAsAReplicaWritesThem) {
  EXPECT_EQ(encode_ack(at(223), std::nullopt),
            "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n223\r\n");
  EXPECT_EQ(encode_ack(at(223), at(200)),
            "*5\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n223\r\n$4\r\nFACK\r\n$3\r\n200\r\n");
  EXPECT_EQ(encode_ack(at(0), std::nullopt, "RC"), "*3\r\n$2\r\nRC\r\n$3\r\nACK\r\n$1\r\n0\r\n");
}

}  // namespace
}  // namespace relay
