#include "proxy/status/warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> codes_of(const Status& status) {
  std::vector<std::string> codes;
  for (const Warning& warning : warnings(status)) codes.emplace_back(warning.code);
  return codes;
}

constexpr std::uint64_t kMiB = 1 << 20;

// A log that holds so much and has been trimmed, and a replica so far behind its end.
Status with_lag(std::uint64_t held, std::uint64_t lag) {
  Status status;
  status.log.exists = true;
  status.log.begin = Offset::of_bytes(1000);
  status.log.end = status.log.begin + held;
  status.log.limit_bytes = held;
  status.log.trimmed_bytes = 1;
  ReplicaStatus replica;
  replica.state = ReplicaState::kOnline;
  replica.lag_bytes = lag;
  status.downstream.replicas.push_back(replica);
  return status;
}

TEST(Warnings, ThereAreNoneBeforeAnythingHappened) { EXPECT_THAT(codes_of(Status{}), IsEmpty()); }

TEST(Warnings, MinReplicasHoldsWhereTheMasterCountsFewerThanItWants) {
  struct Case {
    std::optional<MasterDemand> demand;
    bool warns;
  };
  const Case table[] = {
      {std::nullopt, false},       {MasterDemand{0, std::nullopt}, false},
      {MasterDemand{1, 0}, false},  // we are the one, as soon as it has seen our ack
      {MasterDemand{2, 1}, true},  {MasterDemand{2, 2}, false},
      {MasterDemand{3, 2}, true},  {MasterDemand{2, std::nullopt}, true},
  };
  for (const Case& one : table) {
    Status status;
    status.upstream.demand = one.demand;
    EXPECT_EQ(!warnings(status).empty(), one.warns)
        << (one.demand ? one.demand->wanted : 0) << " wanted";
  }
}

TEST(Warnings, MinReplicasSaysWhatIsWantedAndWhatCounts) {
  Status status;
  status.upstream.demand = MasterDemand{3, 1};
  ASSERT_THAT(codes_of(status), ElementsAre("min_replicas"));
  EXPECT_THAT(warnings(status)[0].text, HasSubstr("wants 3 replicas"));
  EXPECT_THAT(warnings(status)[0].text, HasSubstr("counts 1, the relay as one"));
}

TEST(Warnings, ADiskThatFailsIsNamedWithItsReason) {
  Status status;
  status.log.disk_degraded = true;
  status.log.disk_error = "No space left on device";
  ASSERT_THAT(codes_of(status), ElementsAre("disk_degraded"));
  EXPECT_THAT(warnings(status)[0].text, HasSubstr("(No space left on device)"));
}

TEST(Warnings, TwoFullSyncsInHalfAnHourAreNoLoopAndThreeAre) {
  Status status;
  status.upstream.recent_full_syncs = 2;
  EXPECT_THAT(codes_of(status), IsEmpty());
  status.upstream.recent_full_syncs = 3;
  status.upstream.last_error = "Connection reset by peer";
  ASSERT_THAT(codes_of(status), ElementsAre("full_resync_loop"));
  EXPECT_THAT(warnings(status)[0].text, HasSubstr("Connection reset by peer"));
}

TEST(Warnings, RefreshesThatRepeatAreALoopOfTheirOwn) {
  Status status;
  status.upstream.recent_full_syncs = 2;
  status.upstream.recent_refreshes = 2;
  EXPECT_THAT(codes_of(status), IsEmpty());
  status.upstream.recent_refreshes = 3;
  ASSERT_THAT(codes_of(status), ElementsAre("full_resync_loop"));
  EXPECT_THAT(warnings(status)[0].text, HasSubstr("fetched 3 times beside the stream"));
}

TEST(Warnings, TheWindowIsShortBeyondFourFifthsOfTheLog) {
  EXPECT_THAT(codes_of(with_lag(100 * kMiB, 80 * kMiB)), IsEmpty());
  EXPECT_THAT(codes_of(with_lag(100 * kMiB, 81 * kMiB)), ElementsAre("window_short"));
  EXPECT_THAT(warnings(with_lag(100 * kMiB, 81 * kMiB))[0].text,
              HasSubstr("81 MiB behind, of the 100 MiB"));
}

TEST(Warnings, ALogThatHasYetToGrowIsNotShort) {
  Status status = with_lag(kMiB, kMiB);
  status.log.trimmed_bytes = 0;
  status.log.limit_bytes = 100 * kMiB;
  EXPECT_THAT(codes_of(status), IsEmpty());
  status.log.limit_bytes = kMiB;
  EXPECT_THAT(codes_of(status), ElementsAre("window_short"));
}

TEST(Warnings, WithoutASentinelAFailoverWouldNotBeNoticed) {
  Status status;
  status.upstream.sentinel.emplace();
  EXPECT_THAT(codes_of(status), IsEmpty());  // none has been asked yet
  status.upstream.sentinel->fault = "10.0.0.1:26379: Connection refused";
  EXPECT_THAT(codes_of(status), ElementsAre("no_sentinel"));
  EXPECT_THAT(warnings(status)[0].text, HasSubstr("10.0.0.1:26379: Connection refused"));
  status.upstream.sentinel->listening_to = "10.0.0.2:26379";
  EXPECT_THAT(codes_of(status), IsEmpty());
}

TEST(Warnings, TheyComeInTheOrderOfTheirCodes) {
  Status status = with_lag(kMiB, kMiB);
  status.log.disk_degraded = true;
  status.upstream.recent_full_syncs = 9;
  status.upstream.demand = MasterDemand{2, 1};
  status.upstream.sentinel.emplace().fault = "refused";
  const auto codes = codes_of(status);
  EXPECT_TRUE(std::equal(codes.begin(), codes.end(), kWarningCodes.begin(), kWarningCodes.end()));
}

}  // namespace
}  // namespace relay
