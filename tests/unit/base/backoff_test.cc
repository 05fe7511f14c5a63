#include "common/base/backoff.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace relay {
namespace {

using namespace std::chrono_literals;

// With min = 100 the span of the first delay is 100..200, which is 101 values: random 100 gives the
// last of them.
TEST(Backoff, CeilingDoublesFromTwiceTheMinimumToTheMaximum) {
  Backoff backoff(100ms, 1000ms);
  EXPECT_EQ(backoff.next(100), 200ms);   // 100..200
  EXPECT_EQ(backoff.next(300), 400ms);   // 100..400
  EXPECT_EQ(backoff.next(700), 800ms);   // 100..800
  EXPECT_EQ(backoff.next(900), 1000ms);  // 100..1000
  EXPECT_EQ(backoff.next(900), 1000ms);
  EXPECT_EQ(backoff.attempts(), 5u);
}

TEST(Backoff, SmallestRandomNumberGivesTheMinimumAtEveryAttempt) {
  Backoff backoff(100ms, 1000ms);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(backoff.next(0), 100ms);
}

TEST(Backoff, RandomNumberBeyondTheSpanWrapsIntoIt) {
  Backoff backoff(100ms, 1000ms);
  EXPECT_EQ(backoff.next(101), 100ms);
  EXPECT_EQ(backoff.next(301 + 1), 101ms);
}

TEST(Backoff, ResetStartsOver) {
  Backoff backoff(100ms, 1000ms);
  for (int i = 0; i < 5; ++i) backoff.next(0);
  backoff.reset();
  EXPECT_EQ(backoff.attempts(), 0u);
  EXPECT_EQ(backoff.next(100), 200ms);
}

TEST(Backoff, EqualBoundsGiveThatDelay) {
  Backoff backoff(250ms, 250ms);
  EXPECT_EQ(backoff.next(12345), 250ms);
  EXPECT_EQ(backoff.next(std::numeric_limits<std::uint64_t>::max()), 250ms);
}

TEST(Backoff, NeverReturnsNothing) {
  Backoff backoff(0ms, 0ms);
  EXPECT_EQ(backoff.next(0), 1ms);
  Backoff swapped(500ms, 100ms);
  EXPECT_EQ(swapped.next(7), 500ms);
}

TEST(Backoff, AnyRandomNumberStaysBetweenTheBounds) {
  std::mt19937_64 random(1);
  Backoff backoff(10ms, std::chrono::milliseconds::max());
  for (int i = 0; i < 200; ++i) {
    const auto delay = backoff.next(random());
    EXPECT_GE(delay, 10ms);
    EXPECT_LE(delay, std::chrono::milliseconds::max());
  }
}

}  // namespace
}  // namespace relay
