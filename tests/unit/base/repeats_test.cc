#include "common/base/repeats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace relay {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const Repeats<std::string>::Clock::time_point kStart{1000h};

TEST(Repeats, TheFirstIsToldOfAtOnceAndThenOnceAMinuteWithItsNumber) {
  Repeats<std::string> repeats;
  EXPECT_EQ(repeats.count("a", kStart), 1U);
  for (int i = 1; i < 60; ++i) EXPECT_EQ(repeats.count("a", kStart + i * 1s), 0U);
  EXPECT_EQ(repeats.count("b", kStart + 30s), 1U) << "another one";
  EXPECT_EQ(repeats.count("a", kStart + 60s), 60U);
  EXPECT_EQ(repeats.count("a", kStart + 61s), 0U);
}

TEST(Repeats, WhatEndsIsToldOfWhenItsMinuteIsOver) {
  Repeats<std::string> repeats;
  for (int i = 0; i < 5; ++i) repeats.count("a", kStart);
  repeats.count("b", kStart);
  EXPECT_THAT(repeats.due(kStart + 59s), IsEmpty());
  EXPECT_THAT(repeats.due(kStart + 60s), ElementsAre(Pair("a", 4U)));
  EXPECT_THAT(repeats.due(kStart + 120s), IsEmpty());
  EXPECT_EQ(repeats.count("a", kStart + 121s), 1U) << "it was forgotten";
}

TEST(Repeats, OfTooManyTheRestShareOne) {
  Repeats<std::string> repeats;
  for (std::size_t i = 0; i < Repeats<std::string>::kMostKeys; ++i) {
    EXPECT_EQ(repeats.count("k" + std::to_string(i), kStart), 1U);
  }
  EXPECT_EQ(repeats.count("x", kStart), 1U);
  EXPECT_EQ(repeats.count("y", kStart), 0U);
  EXPECT_EQ(repeats.count("k0", kStart + 60s), 1U);
}

}  // namespace
}  // namespace relay
