#include "proxy/log/time_index.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace relay {
namespace {

using namespace std::chrono_literals;
using Time = TimeIndex::Time;

Offset at(std::uint64_t bytes) { return Offset::of_bytes(bytes); }
Time after(std::chrono::milliseconds time) { return Time(1000s) + time; }

TEST(TimeIndex, KnowsNothingOfWhatCameBeforeItsFirstMark) {
  TimeIndex index;
  EXPECT_FALSE(index.received(at(0)));
  index.note(at(100), after(0s));
  EXPECT_FALSE(index.received(at(99)));
  EXPECT_EQ(index.received(at(100)), after(0s));
}

TEST(TimeIndex, BytesCountAsReceivedWithTheMarkBeforeThem) {
  TimeIndex index;
  index.note(at(0), after(0s));
  index.note(at(1000), after(2s));
  index.note(at(1500), after(3s));
  EXPECT_EQ(index.received(at(0)), after(0s));
  EXPECT_EQ(index.received(at(999)), after(0s));
  EXPECT_EQ(index.received(at(1000)), after(2s));
  EXPECT_EQ(index.received(at(1499)), after(2s));
  EXPECT_EQ(index.received(at(9999)), after(3s));
}

TEST(TimeIndex, BatchesWithinAStepShareAMark) {
  TimeIndex index;
  for (int i = 0; i < 100; ++i) index.note(at(static_cast<std::uint64_t>(i)), after(i * 1ms));
  EXPECT_EQ(index.size(), 10U);
  EXPECT_EQ(index.received(at(57)), after(50ms));
}

TEST(TimeIndex, ACutTakesItsMarksAndTheBytesThatComeInsteadGetTheirOwn) {
  TimeIndex index;
  index.note(at(0), after(0s));
  index.note(at(1000), after(1s));
  index.note(at(2000), after(2s));
  index.cut(at(1000));
  EXPECT_EQ(index.size(), 1U);
  index.note(at(1000), after(3s));
  EXPECT_EQ(index.received(at(999)), after(0s));
  EXPECT_EQ(index.received(at(1000)), after(3s));
  index.cut(at(1001));  // within the bytes of a mark, which stays for those before
  EXPECT_EQ(index.received(at(1000)), after(3s));
}

TEST(TimeIndex, TrimmingKeepsTheMarkOfTheFirstByteHeld) {
  TimeIndex index;
  for (int i = 0; i < 10; ++i) index.note(at(static_cast<std::uint64_t>(i) * 100), after(i * 1s));
  index.trim(at(450));
  EXPECT_EQ(index.size(), 6U);
  EXPECT_EQ(index.received(at(450)), after(4s));
  index.trim(at(5000));
  EXPECT_EQ(index.received(at(5000)), after(9s));
}

TEST(TimeIndex, ATimeThatGoesBackCountsAsTheLastOne) {
  TimeIndex index;
  index.note(at(0), after(5s));
  index.note(at(100), after(1s));
  EXPECT_EQ(index.received(at(100)), after(5s));
}

// Hours of writing at random intervals: however much was thinned out, no age is said too small, nor
// too large by more than was promised.
TEST(TimeIndex, ThinsOutTheOldAndStaysRight) {
  TimeIndex index;
  std::mt19937_64 draw(1);
  std::vector<Time> truth;  // of byte n
  Time now = after(0s);
  const Time end = now + 4h;
  while (now < end) {
    index.note(at(truth.size()), now);
    truth.push_back(now);
    now += 1ms * static_cast<int>(draw() % 40);
    ASSERT_LT(index.size(), TimeIndex::kMost);
  }
  for (std::size_t n = 0; n < truth.size(); n += 1 + draw() % 1000) {
    const auto said = now - *index.received(at(n));
    const auto age = now - truth[n];
    ASSERT_GE(said, age);
    ASSERT_LE(said, age + TimeIndex::kStep + said / TimeIndex::kPrecision) << n;
  }
}

TEST(TimeIndex, IsBoundedAlsoWhereItsPrecisionCannotBeKept) {
  TimeIndex index;
  Time now = after(0s);
  auto gap = std::chrono::nanoseconds(10ms);
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    index.note(at(n), now);
    ASSERT_LT(index.size(), TimeIndex::kMost);
    now += gap;
    if (gap < 1s) gap += gap / 100;  // each gap large beside all that was before it, for a while
  }
}

}  // namespace
}  // namespace relay
