// The numbers throughout: the log holds bytes 101..223 of history `a`, so
// repl_backlog_first_byte_offset F is 101, histlen H is 123, master_repl_offset is 223, and the
// snapshot was taken at 150. PSYNC K asks for byte K, having K-1.
//
// Long because: the decision is one table, and each row of the protocol has its case.
#include "proxy/history/resync_decision.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace relay {

std::ostream& operator<<(std::ostream& out, const Decision& d) {
  static const char* const kNames[] = {"Continue",        "Full",  "CutThrough", "WaitForBytes",
                                       "WaitForSnapshot", "Refuse"};
  out << kNames[d.what.index()] << " (" << d.reason << ")";
  if (d.refusal) out << " [" << name_of(*d.refusal) << "]";
  return out;
}

namespace {

using namespace std::chrono_literals;

ReplId id_of(char digit) { return *ReplId::parse(std::string(ReplId::kLength, digit)); }
Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

const ReplId kA = id_of('a');  // current
const ReplId kB = id_of('b');  // unknown, or arriving
const ReplId kZ = id_of('f');  // former, where a test makes it one

Situation streaming() {
  Situation now;
  now.held = Situation::Held{History(kA, at(100)), at(100), at(223)};
  now.snapshot = at(150);
  now.upstream = UpstreamOutlook::kStreaming;
  return now;
}

// `z` ended at 200 and `a` goes on from there.
Situation after_failover() {
  Situation now = streaming();
  now.held->history = History(kZ, at(100));
  now.held->history.shift(kA, at(200));
  return now;
}

Situation with_new_history_arriving() {
  Situation now = streaming();
  now.upstream = UpstreamOutlook::kTransferring;
  now.arriving = Situation::Arriving{kB, at(1000), false, true};
  return now;
}

Asked psync(const ReplId& id, std::uint64_t next) {
  Asked asked;
  asked.id = id;
  asked.from = Offset::from_psync(next);
  asked.capa_eof = true;
  asked.capa_psync2 = true;
  asked.wait_limit = 60s;
  return asked;
}

Asked never_had() {
  Asked asked;
  asked.never_had = true;
  asked.capa_eof = true;
  asked.capa_psync2 = true;
  return asked;
}

template <typename T>
const T* as(const Decision& decision) {
  return std::get_if<T>(&decision.what);
}

template <typename T>
bool is(const Decision& decision) {
  return std::holds_alternative<T>(decision.what);
}

bool is_no_master_link(const Decision& decision) {
  const Refuse* refuse = as<Refuse>(decision);
  return refuse != nullptr &&
         refuse->error == "NOMASTERLINK Can't SYNC while not connected with my master";
}

bool continues_from(const Decision& decision, std::uint64_t bytes) {
  const Continue* go = as<Continue>(decision);
  return go != nullptr && go->from == at(bytes) && !decision.refusal;
}

bool is_full_at(const Decision& decision, std::uint64_t bytes) {
  const Full* full = as<Full>(decision);
  return full != nullptr && full->at == at(bytes);
}

// ---- protocol.md 4.4, edge by edge

TEST(ResyncDecision, ByteBeforeTheFirstHeldIsAFullSync) {
  const Decision decision = decide(streaming(), psync(kA, 100));
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kTrimmed);
}

TEST(ResyncDecision, FirstByteHeldContinues) {
  EXPECT_TRUE(continues_from(decide(streaming(), psync(kA, 101)), 100));
}

TEST(ResyncDecision, ByteAfterTheEndContinuesWithNothingToSend) {
  EXPECT_TRUE(continues_from(decide(streaming(), psync(kA, 224)), 223));
}

TEST(ResyncDecision, OneByteAheadWaitsForThatByte) {
  const Decision decision = decide(streaming(), psync(kA, 225));
  ASSERT_TRUE(is<WaitForBytes>(decision)) << decision;
  EXPECT_EQ(as<WaitForBytes>(decision)->until, at(224));
  EXPECT_FALSE(decision.refusal);
}

TEST(ResyncDecision, UpperCaseIdContinues) {
  Asked asked = psync(*ReplId::parse(std::string(40, 'A')), 224);
  EXPECT_TRUE(continues_from(decide(streaming(), asked), 223));
}

TEST(ResyncDecision, OffsetInsideACommandContinuesExactlyThere) {
  for (std::uint64_t next = 101; next <= 224; ++next) {
    EXPECT_TRUE(continues_from(decide(streaming(), psync(kA, next)), next - 1)) << next;
  }
}

TEST(ResyncDecision, IdIsSaidOnlyToThoseWhoCanHearIt) {
  Asked asked = psync(kA, 224);
  EXPECT_TRUE(as<Continue>(decide(streaming(), asked))->say_id);
  asked.capa_psync2 = false;
  EXPECT_FALSE(as<Continue>(decide(streaming(), asked))->say_id);
}

TEST(ResyncDecision, OffsetThatNamesNoByteIsAFullSync) {
  Asked asked = psync(kA, 1);
  asked.from.reset();  // PSYNC a -1
  const Decision decision = decide(streaming(), asked);
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kTrimmed);
}

TEST(ResyncDecision, RdbOnlyReplicaWithAValidPlaceContinuesAsRedisLetsIt) {
  Asked asked = psync(kA, 224);
  asked.rdb_only = true;
  EXPECT_TRUE(continues_from(decide(streaming(), asked), 223));
}

// ---- ids

TEST(ResyncDecision, UnknownIdIsAFullSync) {
  const Decision decision = decide(streaming(), psync(kB, 200));
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kUnknownReplid);
}

TEST(ResyncDecision, TextThatIsNoIdMatchesNothing) {
  Asked asked = psync(kA, 200);
  asked.id.reset();
  const Decision decision = decide(streaming(), asked);
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kUnknownReplid);
}

TEST(ResyncDecision, AllZeroIdIsNeverContinued) {
  const Decision decision = decide(streaming(), psync(ReplId{}, 200));
  EXPECT_TRUE(is<Full>(decision)) << decision;
}

// `z` held for bytes up to 200: second_repl_offset is 201.
TEST(ResyncDecision, FormerIdContinuesUpToExactlyWhereItEnded) {
  EXPECT_TRUE(continues_from(decide(after_failover(), psync(kZ, 101)), 100));
  EXPECT_TRUE(continues_from(decide(after_failover(), psync(kZ, 201)), 200));
  const Decision past = decide(after_failover(), psync(kZ, 202));
  EXPECT_TRUE(is_full_at(past, 150)) << past;
  EXPECT_EQ(past.refusal, RefusalReason::kUnknownReplid);
}

TEST(ResyncDecision, NewIdContinuesAlsoBeforeThePlaceWhereItBegan) {
  EXPECT_TRUE(continues_from(decide(after_failover(), psync(kA, 150)), 149));
}

TEST(ResyncDecision, IdOfTwoFailoversAgoContinues) {
  Situation now = streaming();
  now.held->history = History(kB, at(100));
  now.held->history.shift(kZ, at(180));
  now.held->history.shift(kA, at(200));
  EXPECT_TRUE(continues_from(decide(now, psync(kB, 181)), 180));
  EXPECT_TRUE(is<Full>(decide(now, psync(kB, 182))));
}

TEST(ResyncDecision, FormerIdFromAReplicaThatCannotBeToldTheNewOneIsAFullSync) {
  Asked asked = psync(kZ, 150);
  asked.capa_psync2 = false;
  const Decision decision = decide(after_failover(), asked);
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kUnknownReplid);
}

TEST(ResyncDecision, FormerIdPastItsEndIsAFullSyncEvenWhileTheLinkComesBack) {
  Situation now = after_failover();
  now.upstream = UpstreamOutlook::kConnecting;
  EXPECT_TRUE(is<Full>(decide(now, psync(kZ, 202))));
}

// ---- ahead of us

TEST(ResyncDecision, AheadIsHeldUntilTheLimitWhileTheLinkMayCatchUp) {
  for (const UpstreamOutlook link : {UpstreamOutlook::kStreaming, UpstreamOutlook::kConnecting}) {
    Situation now = streaming();
    now.upstream = link;
    Asked asked = psync(kA, 1000);
    asked.waited = 59'999ms;
    EXPECT_TRUE(is<WaitForBytes>(decide(now, asked))) << decide(now, asked);
    asked.waited = 60s;
    EXPECT_FALSE(is<WaitForBytes>(decide(now, asked))) << decide(now, asked);
  }
}

TEST(ResyncDecision, AheadPastTheLimitIsAFullSyncWhenWeStream) {
  Asked asked = psync(kA, 1000);
  asked.waited = 60s;
  const Decision decision = decide(streaming(), asked);
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kAhead);
}

TEST(ResyncDecision, AheadPastTheLimitIsNotSentBackWhileTheUpstreamIsAway) {
  Situation now = streaming();
  now.upstream = UpstreamOutlook::kConnecting;
  Asked asked = psync(kA, 1000);
  asked.waited = 60s;
  const Decision decision = decide(now, asked);
  EXPECT_TRUE(is_no_master_link(decision)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kAhead);
}

TEST(ResyncDecision, AheadOfUsWithTheUpstreamDownKeepsItsData) {
  Situation now = streaming();
  now.upstream = UpstreamOutlook::kDown;
  EXPECT_TRUE(is_no_master_link(decide(now, psync(kA, 225))));
  EXPECT_TRUE(continues_from(decide(now, psync(kA, 224)), 223));
}

TEST(ResyncDecision, AheadInAHistoryOfOurOwnIdsIsNotWaitedFor) {
  Situation now = streaming();
  now.held->history = History(kA, at(100), true);
  const Decision decision = decide(now, psync(kA, 225));
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kAhead);
}

// A crash cost us the log's tail: we are at 190 again, and the former id held until 200.
TEST(ResyncDecision, FormerIdAheadOfAShortenedLogWaits) {
  Situation now = after_failover();
  now.held->end = at(190);
  EXPECT_TRUE(is<WaitForBytes>(decide(now, psync(kZ, 201))));
  EXPECT_TRUE(is<Full>(decide(now, psync(kZ, 202))));
}

// ---- the new master's id, seen by the replica before us

TEST(ResyncDecision, UnknownIdWithinOurLogIsAskedToRetryWhileOurIdIsUnconfirmed) {
  Situation now = streaming();
  now.upstream = UpstreamOutlook::kConnecting;
  EXPECT_TRUE(is_no_master_link(decide(now, psync(kB, 101))));
  EXPECT_TRUE(is_no_master_link(decide(now, psync(kB, 500))));
  EXPECT_TRUE(is<Full>(decide(now, psync(kB, 100)))) << "trimmed whatever its id turns out to be";
  now.upstream = UpstreamOutlook::kDown;
  EXPECT_TRUE(is<Full>(decide(now, psync(kB, 101))));
}

TEST(ResyncDecision, ServerThatWasItsOwnMasterAndHasNothingIsNotMadeToWait) {
  Situation now = streaming();
  now.held = Situation::Held{History(kA, at(0)), at(0), at(223)};
  now.upstream = UpstreamOutlook::kConnecting;
  EXPECT_TRUE(is_full_at(decide(now, psync(kB, 1)), 150));
}

// ---- full syncs

TEST(ResyncDecision, ReplicaThatHasNothingGetsTheWholeSnapshot) {
  const Decision decision = decide(streaming(), never_had());
  EXPECT_TRUE(is_full_at(decision, 150)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kNoHistory);  // seen, for it may have lost its data
}

TEST(ResyncDecision, LegacySyncGetsTheWholeSnapshot) {
  Asked asked;
  asked.legacy_sync = true;
  EXPECT_TRUE(is_full_at(decide(streaming(), asked), 150));
}

TEST(ResyncDecision, SnapshotIsServedOnlyWhileTheLogHoldsItsOffset) {
  struct Case {
    std::uint64_t snapshot;
    bool served;
  };
  for (const Case& c : {Case{99, false}, Case{100, true}, Case{223, true}, Case{224, false}}) {
    Situation now = streaming();
    now.snapshot = at(c.snapshot);
    const Decision decision = decide(now, never_had());
    EXPECT_EQ(is_full_at(decision, c.snapshot), c.served) << c.snapshot << ": " << decision;
    EXPECT_EQ(is_no_master_link(decision), !c.served) << c.snapshot << ": " << decision;
  }
}

TEST(ResyncDecision, WithoutASnapshotARefreshIsAskedForIfItCanBeMade) {
  Situation now = streaming();
  now.snapshot.reset();
  now.may_refresh = true;
  const Decision decision = decide(now, psync(kB, 200));
  ASSERT_TRUE(is<WaitForSnapshot>(decision)) << decision;
  EXPECT_TRUE(as<WaitForSnapshot>(decision)->ask_refresh);
  EXPECT_EQ(decision.refusal, RefusalReason::kUnknownReplid);
  now.may_refresh = false;
  EXPECT_TRUE(is_no_master_link(decide(now, never_had())));
}

TEST(ResyncDecision, OutgrownSnapshotWaitsForAFreshOneUnlessNoneCanBeHad) {
  Situation now = streaming();
  now.snapshot_outgrown = true;
  now.may_refresh = true;
  EXPECT_TRUE(is<WaitForSnapshot>(decide(now, never_had())));
  now.may_refresh = false;
  EXPECT_TRUE(is_full_at(decide(now, never_had()), 150));
}

TEST(ResyncDecision, SnapshotWorthServingIsServedThoughARefreshCouldBeMade) {
  Situation now = streaming();
  now.may_refresh = true;
  EXPECT_TRUE(is_full_at(decide(now, never_had()), 150));
}

TEST(ResyncDecision, BackupToolCostsTheMasterNoForkForAnOutgrownSnapshot) {
  Situation now = streaming();
  now.snapshot_outgrown = true;
  now.may_refresh = true;
  Asked asked = never_had();
  asked.rdb_only = true;
  EXPECT_TRUE(is_full_at(decide(now, asked), 150));
}

// ---- a refresh that arrives beside the stream

TEST(ResyncDecision, ArrivingRefreshServesThoseWhomTheOldSnapshotServesBadly) {
  Situation now = streaming();
  now.snapshot_outgrown = true;
  now.arriving = Situation::Arriving{kA, at(220), true, false};
  const Decision decision = decide(now, never_had());
  ASSERT_TRUE(is<CutThrough>(decision)) << decision;
  EXPECT_EQ(as<CutThrough>(decision)->at, at(220));
  EXPECT_TRUE(as<CutThrough>(decision)->by_length);
  now.snapshot_outgrown = false;
  EXPECT_TRUE(is_full_at(decide(now, never_had()), 150));
}

TEST(ResyncDecision, RefreshThatCannotJoinTheStreamServesNobody) {
  Situation now = streaming();
  now.snapshot.reset();
  now.arriving = Situation::Arriving{kB, at(220), true, false};  // a failover came between
  EXPECT_TRUE(is_no_master_link(decide(now, never_had())));
  now.arriving = Situation::Arriving{kA, at(99), true, false};  // the log begins at 100
  EXPECT_TRUE(is_no_master_link(decide(now, never_had())));
  now.arriving = Situation::Arriving{kA, at(300), true, false};  // the stream will come to 300
  EXPECT_TRUE(is<CutThrough>(decide(now, never_had())));
  now.upstream = UpstreamOutlook::kConnecting;  // or it may not
  EXPECT_TRUE(is_no_master_link(decide(now, never_had())));
}

// ---- a new history that arrives

TEST(ResyncDecision, FullSyncsAreServedFromTheArrivingHistoryAsTheReplicaAndTheTransferAllow) {
  struct Case {
    bool size_known, capa_eof, cut_through;
    bool served, by_length;
  };
  const Case cases[] = {
      {false, true, true, true, false},    // EOF mark to one that can read it
      {false, false, true, false, false},  // one that cannot waits for the whole
      {true, false, true, true, true},     // $length suits all
      {true, true, true, true, true},
      {true, true, false, false, false},  // the policy is not to cut through
  };
  for (const Case& c : cases) {
    Situation now = with_new_history_arriving();
    now.arriving->size_known = c.size_known;
    now.cut_through = c.cut_through;
    Asked asked = never_had();
    asked.capa_eof = c.capa_eof;
    const Decision decision = decide(now, asked);
    const CutThrough* cut = as<CutThrough>(decision);
    EXPECT_EQ(cut != nullptr, c.served) << decision;
    EXPECT_EQ(is<WaitForSnapshot>(decision), !c.served) << decision;
    if (cut != nullptr) {
      EXPECT_EQ(cut->at, at(1000));
      EXPECT_EQ(cut->by_length, c.by_length);
    }
  }
}

TEST(ResyncDecision, FirstTransferEverIsCutThrough) {
  Situation now;
  now.upstream = UpstreamOutlook::kTransferring;
  now.arriving = Situation::Arriving{kB, at(1000), false, true};
  EXPECT_TRUE(is<CutThrough>(decide(now, never_had())));
  const Decision decision = decide(now, psync(kA, 200));
  EXPECT_TRUE(is<CutThrough>(decision)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kUnknownReplid);
}

TEST(ResyncDecision, BytesHeldAreContinuedWhileANewHistoryArrives) {
  EXPECT_TRUE(continues_from(decide(with_new_history_arriving(), psync(kA, 224)), 223));
}

TEST(ResyncDecision, AheadOfAHistoryThatIsBeingReplacedIsNotWaitedFor) {
  const Decision decision = decide(with_new_history_arriving(), psync(kA, 225));
  EXPECT_TRUE(is<CutThrough>(decision)) << decision;
  EXPECT_EQ(decision.refusal, RefusalReason::kAhead);
}

TEST(ResyncDecision, FollowerOfTheArrivingHistoryWaitsForTheSwitchInsteadOfAFullSync) {
  Situation now = with_new_history_arriving();
  EXPECT_TRUE(is<WaitForSnapshot>(decide(now, psync(kB, 1001))));
  EXPECT_FALSE(as<WaitForSnapshot>(decide(now, psync(kB, 1001)))->ask_refresh);
  EXPECT_TRUE(is<CutThrough>(decide(now, psync(kB, 1000)))) << "its log will begin with byte 1001";
  now.held.reset();
  EXPECT_TRUE(is<WaitForSnapshot>(decide(now, psync(kB, 1001))));
  // The master dropped us from its backlog: the same id, begun anew.
  now = with_new_history_arriving();
  now.arriving->id = kA;
  EXPECT_TRUE(is<WaitForSnapshot>(decide(now, psync(kA, 1001))));
  EXPECT_TRUE(continues_from(decide(now, psync(kA, 200)), 199));
}

// ---- the upstream is away

TEST(ResyncDecision, NothingToServeIsNoMasterLinkWhateverIsAsked) {
  for (const UpstreamOutlook link : {UpstreamOutlook::kDown, UpstreamOutlook::kConnecting}) {
    Situation now;
    now.upstream = link;
    EXPECT_TRUE(is_no_master_link(decide(now, never_had())));
    const Decision decision = decide(now, psync(kA, 200));
    EXPECT_TRUE(is_no_master_link(decision)) << decision;
    EXPECT_EQ(decision.refusal, RefusalReason::kUnknownReplid);
  }
}

TEST(ResyncDecision, WhatIsHeldIsServedWhileTheUpstreamIsDown) {
  Situation now = streaming();
  now.upstream = UpstreamOutlook::kDown;
  EXPECT_TRUE(continues_from(decide(now, psync(kA, 101)), 100));
  EXPECT_TRUE(is_full_at(decide(now, never_had()), 150));
  EXPECT_TRUE(is_full_at(decide(now, psync(kB, 200)), 150));
}

TEST(ResyncDecision, PolicyOffRefusesAllWhileTheUpstreamIsAway) {
  for (const UpstreamOutlook link : {UpstreamOutlook::kDown, UpstreamOutlook::kConnecting}) {
    Situation now = streaming();
    now.serve_while_upstream_down = false;
    now.upstream = link;
    EXPECT_TRUE(is_no_master_link(decide(now, psync(kA, 224))));
    EXPECT_TRUE(is_no_master_link(decide(now, never_had())));
  }
  Situation now = streaming();
  now.serve_while_upstream_down = false;
  EXPECT_TRUE(continues_from(decide(now, psync(kA, 224)), 223));
}

TEST(ResyncDecision, EveryDecisionHasAReason) {
  for (const Situation& now : {Situation{}, streaming(), with_new_history_arriving()}) {
    for (const Asked& asked : {never_had(), psync(kA, 100), psync(kA, 224), psync(kA, 900)}) {
      EXPECT_FALSE(decide(now, asked).reason.empty());
    }
  }
}

TEST(ResyncDecision, RefusalReasonsAreTheMetricsLabels) {
  EXPECT_STREQ(name_of(RefusalReason::kNoHistory), "no_history");
  EXPECT_STREQ(name_of(RefusalReason::kUnknownReplid), "unknown_replid");
  EXPECT_STREQ(name_of(RefusalReason::kTrimmed), "trimmed");
  EXPECT_STREQ(name_of(RefusalReason::kAhead), "ahead");
}

}  // namespace
}  // namespace relay
