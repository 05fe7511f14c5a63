#include "proxy/log/retention.h"

#include <gtest/gtest.h>

#include <vector>

namespace relay {
namespace {

using std::chrono::hours;
using std::chrono::system_clock;

const system_clock::time_point kNow = system_clock::time_point(hours(1000));

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

// Four segments of 100 stream bytes and 110 of file, the newest bytes 4, 3, 2 and 1 hours old.
std::vector<SegmentInfo> four_segments() {
  std::vector<SegmentInfo> segments;
  for (std::uint64_t i = 0; i < 4; ++i) {
    segments.push_back({at(100 * i), at(100 * i + 100), 110, kNow - hours(4 - i)});
  }
  return segments;
}

RetentionPlan plan(const RetentionLimits& limits, std::optional<Offset> pin = std::nullopt) {
  return plan_retention(four_segments(), limits, pin, kNow);
}

TEST(Retention, WithoutLimitsAllStays) { EXPECT_EQ(plan({}), (RetentionPlan{0, false})); }

TEST(Retention, DropsAsManyOfTheOldestAsTheBudgetAsks) {
  EXPECT_EQ(plan({440, {}}), (RetentionPlan{0, false}));
  EXPECT_EQ(plan({439, {}}), (RetentionPlan{1, false}));
  EXPECT_EQ(plan({330, {}}), (RetentionPlan{1, false}));
  EXPECT_EQ(plan({329, {}}), (RetentionPlan{2, false}));
}

TEST(Retention, DropsWhatIsTooOld) {
  EXPECT_EQ(plan({0, hours(4)}), (RetentionPlan{0, false}));
  EXPECT_EQ(plan({0, hours(3)}), (RetentionPlan{1, false}));
  EXPECT_EQ(plan({0, std::chrono::minutes(90)}), (RetentionPlan{3, false}));
}

TEST(Retention, NeverDropsTheLast) {
  EXPECT_EQ(plan({1, std::chrono::seconds(1)}), (RetentionPlan{3, false}));
  EXPECT_EQ(plan_retention({}, {1, hours(1)}, std::nullopt, kNow), (RetentionPlan{0, false}));
}

TEST(Retention, NeverDropsPastThePinAndSaysSo) {
  EXPECT_EQ(plan({1, {}}, at(150)), (RetentionPlan{1, true}));
  EXPECT_EQ(plan({1, {}}, at(50)), (RetentionPlan{0, true}));
  EXPECT_EQ(plan({0, hours(1)}, at(50)), (RetentionPlan{0, true}));
}

TEST(Retention, PinAtABorderNeedsOnlyWhatFollows) {
  EXPECT_EQ(plan({1, {}}, at(100)), (RetentionPlan{1, true}));
  EXPECT_EQ(plan({1, {}}, at(99)), (RetentionPlan{0, true}));
}

TEST(Retention, PinThatKeepsNothingMoreThanTheBudgetDoesIsNoMatter) {
  EXPECT_EQ(plan({330, {}}, at(100)), (RetentionPlan{1, false}));
  EXPECT_EQ(plan({440, {}}, at(0)), (RetentionPlan{0, false}));
  EXPECT_EQ(plan({1, {}}, at(350)), (RetentionPlan{3, false}));
}

}  // namespace
}  // namespace relay
