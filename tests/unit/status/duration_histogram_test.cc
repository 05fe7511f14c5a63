#include "proxy/status/duration_histogram.h"

#include "proxy/status/shared_histogram.h"

#include <gtest/gtest.h>

#include <thread>

namespace relay {
namespace {

constexpr std::array<double, 3> kBounds = {1, 5, 10};

std::vector<std::uint64_t> below(const DurationHistogram& histogram) {
  std::vector<std::uint64_t> counts;
  for (const auto& [bound, count] : histogram.cumulative()) counts.push_back(count);
  return counts;
}

TEST(DurationHistogram, WhatIsAddedIsAsIfItHadBeenObserved) {
  DurationHistogram observed(kBounds), added(kBounds);
  for (const double seconds : {0.5, 1.0, 1.5, 7.0, 100.0, 100.0}) observed.observe(seconds);
  added.observe(0.5);
  const std::array<std::uint64_t, 4> others = {1, 1, 1, 2};
  added.add(others, 209.5);
  EXPECT_EQ(below(added), below(observed));
  EXPECT_EQ(added.count(), observed.count());
  EXPECT_EQ(added.sum(), observed.sum());
}

TEST(SharedHistogram, CountsAsTheOtherOneDoes) {
  DurationHistogram plain(kBounds), copy(kBounds);
  SharedHistogram<3> shared(kBounds);
  for (const double seconds : {0.0, 0.5, 1.0, 1.5, 5.0, 7.0, 10.0, 11.0}) {
    plain.observe(seconds);
    shared.observe(seconds);
  }
  shared.add_to(copy);
  EXPECT_EQ(below(copy), below(plain));
  EXPECT_EQ(copy.count(), plain.count());
  EXPECT_EQ(copy.sum(), plain.sum());
}

TEST(SharedHistogram, NeverGoesBackWhileItIsFilled) {
  constexpr int kObservations = 100'000;
  SharedHistogram<3> shared(kBounds);
  std::thread filling([&] {
    for (int i = 0; i < kObservations; ++i) shared.observe(i % 12);
  });
  std::uint64_t before = 0;
  while (before < kObservations) {
    DurationHistogram seen(kBounds);
    shared.add_to(seen);
    EXPECT_GE(seen.count(), before);
    before = seen.count();
  }
  filling.join();
}

}  // namespace
}  // namespace relay
