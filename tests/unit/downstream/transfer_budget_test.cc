#include "proxy/downstream/transfer_budget.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace relay {
namespace {

using namespace std::chrono_literals;

const TransferBudget::Time kNow{1h};

TEST(TransferBudget, WithoutALimitEverybodyMayBegin) {
  TransferBudget budget;
  for (std::uint64_t who = 0; who < 1000; ++who) EXPECT_TRUE(budget.enter(who));
  EXPECT_EQ(budget.running(), 1000U);
  EXPECT_EQ(budget.queued(), 0U);
  EXPECT_EQ(budget.take(1 << 30, kNow), 0ns);
}

TEST(TransferBudget, OnlySoManyRunAtATime) {
  TransferBudget budget;
  budget.set_limits(2, 0);
  EXPECT_TRUE(budget.enter(1));
  EXPECT_TRUE(budget.enter(2));
  EXPECT_FALSE(budget.enter(3));
  EXPECT_TRUE(budget.enter(1)) << "who runs may ask again";
  EXPECT_EQ(budget.running(), 2U);
  EXPECT_EQ(budget.queued(), 1U);
  budget.leave(1);
  EXPECT_TRUE(budget.enter(3));
  EXPECT_EQ(budget.queued(), 0U);
}

TEST(TransferBudget, PlacesAreGivenInTheOrderOfAsking) {
  TransferBudget budget;
  budget.set_limits(1, 0);
  EXPECT_TRUE(budget.enter(1));
  EXPECT_FALSE(budget.enter(2));
  EXPECT_FALSE(budget.enter(3));
  budget.leave(1);
  EXPECT_FALSE(budget.enter(3)) << "2 came first";
  EXPECT_FALSE(budget.enter(4));
  EXPECT_TRUE(budget.enter(2));
  budget.leave(2);
  EXPECT_FALSE(budget.enter(4));
  EXPECT_TRUE(budget.enter(3));
}

TEST(TransferBudget, WithTwoPlacesFreeTheSecondOfTheQueueNeedNotWaitForTheFirst) {
  TransferBudget budget;
  budget.set_limits(2, 0);
  for (std::uint64_t who = 1; who <= 5; ++who) EXPECT_EQ(budget.enter(who), who <= 2);
  budget.leave(1);
  budget.leave(2);
  EXPECT_FALSE(budget.enter(5));
  EXPECT_TRUE(budget.enter(4));
  EXPECT_FALSE(budget.enter(5)) << "the place that is left is 3's";
  EXPECT_TRUE(budget.enter(3));
}

TEST(TransferBudget, WhoGivesUpWaitingIsInNobodysWay) {
  TransferBudget budget;
  budget.set_limits(1, 0);
  EXPECT_TRUE(budget.enter(1));
  EXPECT_FALSE(budget.enter(2));
  EXPECT_FALSE(budget.enter(3));
  budget.leave(2);
  budget.leave(1);
  EXPECT_TRUE(budget.enter(3));
  EXPECT_EQ(budget.queued(), 0U);
  budget.leave(7);
  EXPECT_EQ(budget.running(), 1U);
}

TEST(TransferBudget, ALimitThatIsLoweredOrLiftedCountsAtOnce) {
  TransferBudget budget;
  for (std::uint64_t who = 1; who <= 3; ++who) budget.enter(who);
  budget.set_limits(2, 0);
  EXPECT_FALSE(budget.enter(4));
  budget.leave(1);
  EXPECT_FALSE(budget.enter(4));
  budget.set_limits(0, 0);
  EXPECT_TRUE(budget.enter(4));
}

TEST(TransferBudget, TheNextIsCalledWhenAPlaceIsFree) {
  TransferBudget budget;
  std::vector<std::uint64_t> called;
  budget.on_turn = [&](std::uint64_t who) { called.push_back(who); };
  const auto calls = [&] { return std::exchange(called, {}); };
  using Calls = std::vector<std::uint64_t>;
  budget.set_limits(2, 0);
  for (std::uint64_t who = 1; who <= 6; ++who) budget.enter(who);
  EXPECT_EQ(calls(), Calls{});
  budget.leave(1);
  EXPECT_EQ(calls(), Calls{3});
  budget.leave(2);
  EXPECT_EQ(calls(), (Calls{3, 4})) << "3 has not begun yet";
  EXPECT_TRUE(budget.enter(3));
  budget.leave(4);
  EXPECT_EQ(calls(), Calls{5}) << "4 no longer wants to";
  EXPECT_TRUE(budget.enter(5));
  budget.leave(99);
  EXPECT_EQ(calls(), Calls{}) << "no place is free";
  budget.set_limits(0, 0);
  EXPECT_EQ(calls(), Calls{6});
}

TEST(TransferBudget, AFifthOfASecondIsFreeAndTheRestIsWaitedFor) {
  TransferBudget budget;
  budget.set_limits(0, 1000);
  EXPECT_EQ(budget.take(200, kNow), 0ns);
  EXPECT_EQ(budget.take(100, kNow), 100ms);
  EXPECT_EQ(budget.take(100, kNow), 200ms);
  EXPECT_EQ(budget.take(100, kNow + 300ms), 0ns);
  EXPECT_EQ(budget.take(500, kNow + 300ms), 500ms);
}

TEST(TransferBudget, APauseSavesUpNoMoreThanTheBurst) {
  TransferBudget budget;
  budget.set_limits(0, 1000);
  EXPECT_EQ(budget.take(500, kNow), 300ms);
  EXPECT_EQ(budget.take(200, kNow + 1h), 0ns);
  EXPECT_EQ(budget.take(1, kNow + 1h), 1ms);
}

TEST(TransferBudget, OverAMinuteTheRateIsKept) {
  TransferBudget budget;
  budget.set_limits(0, 1'000'000);
  TransferBudget::Time now = kNow;
  std::uint64_t sent = 0;
  while (now < kNow + 1min) {
    sent += 64 * 1024;
    now += budget.take(64 * 1024, now) + 1us;
  }
  EXPECT_GE(sent, 59'000'000U);
  EXPECT_LE(sent, 60'500'000U);
}

}  // namespace
}  // namespace relay
