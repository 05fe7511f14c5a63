#include "proxy/downstream/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace relay {
namespace {

TEST(Glob, MatchesAsServersDo) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("maxm*", "maxmemory"));
  EXPECT_TRUE(matches("*mem*y", "maxmemory-memory"));
  EXPECT_FALSE(matches("*mem*x", "maxmemory"));
  EXPECT_TRUE(matches("h?llo", "hello"));
  EXPECT_FALSE(matches("h?llo", "hllo"));
  EXPECT_TRUE(matches("h[ae]llo", "hallo"));
  EXPECT_FALSE(matches("h[^ae]llo", "hallo"));
  EXPECT_TRUE(matches("h[a-c]llo", "hbllo"));
  EXPECT_TRUE(matches("h[c-a]llo", "hbllo"));
  EXPECT_TRUE(matches("a\\*b", "a*b"));
  EXPECT_FALSE(matches("a\\*b", "axb"));
  EXPECT_TRUE(matches("**a**", "bab"));
}

TEST(Glob, CaseCountsUnlessTold) {
  EXPECT_FALSE(matches("PORT", "port"));
  EXPECT_TRUE(matches("PO[R]*", "port", true));
}

TEST(Glob, UnfinishedElementsEndWithThePattern) {
  EXPECT_TRUE(matches("a[b", "ab"));
  EXPECT_FALSE(matches("a[", "ab"));
  EXPECT_FALSE(matches("[", ""));
  EXPECT_TRUE(matches("a\\", "a\\"));
  EXPECT_FALSE(matches("[a-", "b"));
}

// Backtracking into every star would take longer than the universe has.
TEST(Glob, ManyStarsTakeNoLonger) {
  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "*b", std::string(500, 'a')));
}

}  // namespace
}  // namespace relay
