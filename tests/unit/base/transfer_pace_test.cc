#include "common/base/transfer_pace.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

using namespace std::chrono_literals;

const TransferPace::Time kBegan{1h};

// At so many bytes per second, for so long; gives where it has come to.
std::uint64_t go_on(TransferPace& pace, std::uint64_t done, std::uint64_t rate,
                    std::chrono::seconds from, std::chrono::seconds until) {
  for (auto at = from + 1s; at <= until; at += 1s) {
    done += rate;
    pace.note(done, kBegan + at);
  }
  return done;
}

TEST(TransferPace, ATransferThatBeginsHasTheRateSinceThen) {
  TransferPace pace;
  EXPECT_EQ(pace.at(0, kBegan).rate, 0);
  pace.begin(kBegan);
  EXPECT_EQ(pace.at(500, kBegan + 500ms).rate, 1000);
  EXPECT_FALSE(pace.at(500, kBegan + 500ms).stalled);
}

TEST(TransferPace, TheRateIsOfTheLastSecondsAndNotOfTheWholeTransfer) {
  TransferPace pace;
  pace.begin(kBegan);
  std::uint64_t done = go_on(pace, 0, 1000, 0s, 60s);
  done = go_on(pace, done, 10, 60s, 80s);
  EXPECT_EQ(pace.at(done, kBegan + 80s).rate, 10);
}

TEST(TransferPace, OneThatStandsStillHasNoRateAndSaysForHowLong) {
  TransferPace pace;
  pace.begin(kBegan);
  const std::uint64_t done = go_on(pace, 0, 1000, 0s, 60s);
  go_on(pace, done, 0, 60s, 64s);
  EXPECT_FALSE(pace.at(done, kBegan + 64s).stalled);
  EXPECT_GT(pace.at(done, kBegan + 64s).rate, 0);
  go_on(pace, done, 0, 64s, 91s);
  EXPECT_EQ(pace.at(done, kBegan + 91s).rate, 0);
  EXPECT_EQ(pace.at(done, kBegan + 91s).stalled, 31);
  EXPECT_FALSE(pace.at(done + 1, kBegan + 91s).stalled) << "it has moved since";
}

}  // namespace
}  // namespace relay
