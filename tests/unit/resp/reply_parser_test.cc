// Replies of both protocols, in every split, and within their bounds.
#include "common/resp/reply_parser.h"

#include "tests/support/every_split.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace relay {
namespace {

using Kind = Reply::Kind;

struct Parsed {
  std::vector<Reply> replies;
  std::string error;
  bool operator==(const Parsed&) const = default;
};

void take_all(ReplyParser& parser, Parsed& parsed) {
  while (auto reply = parser.next()) parsed.replies.push_back(*std::move(reply));
  parsed.error = parser.error();
}

Parsed parse(std::string_view bytes, std::size_t limit = 1 << 20) {
  ReplyParser parser(limit);
  parser.feed(bytes);
  Parsed parsed;
  take_all(parser, parsed);
  return parsed;
}

Reply only(std::string_view bytes) {
  const Parsed parsed = parse(bytes);
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.replies.size(), 1U);
  return parsed.replies.empty() ? Reply{} : parsed.replies.front();
}

Reply text(Kind kind, std::string value) { return {kind, std::move(value), 0, {}}; }
Reply number(Kind kind, long long value) { return {kind, "", value, {}}; }
Reply aggregate(Kind kind, std::vector<Reply> elements) {
  return {kind, "", 0, std::move(elements)};
}

TEST(ReplyParser, ReadsEachKind) {
  EXPECT_EQ(only("+OK\r\n"), text(Kind::kSimple, "OK"));
  EXPECT_EQ(only("-ERR no\r\n"), text(Kind::kError, "ERR no"));
  EXPECT_EQ(only(":-12\r\n"), number(Kind::kInteger, -12));
  EXPECT_EQ(only("$4\r\na\r\nb\r\n"), text(Kind::kBulk, "a\r\nb"));
  EXPECT_EQ(only("$0\r\n\r\n"), text(Kind::kBulk, ""));
  EXPECT_EQ(only("$-1\r\n"), Reply{});
  EXPECT_EQ(only("*-1\r\n"), Reply{});
  EXPECT_EQ(only("_\r\n"), Reply{});
  EXPECT_EQ(only("#t\r\n"), number(Kind::kBoolean, 1));
  EXPECT_EQ(only(",3.5\r\n"), text(Kind::kDouble, "3.5"));
  EXPECT_EQ(only("(123456789012345678901\r\n"), text(Kind::kBigNumber, "123456789012345678901"));
  EXPECT_EQ(only("=8\r\ntxt:info\r\n"), text(Kind::kVerbatim, "info"));
  EXPECT_EQ(only("!5\r\nERR a\r\n"), text(Kind::kError, "ERR a"));
}

TEST(ReplyParser, ReadsAggregatesWithinAggregates) {
  const Reply one = number(Kind::kInteger, 1);
  EXPECT_EQ(only("*0\r\n"), aggregate(Kind::kArray, {}));
  EXPECT_EQ(only("*3\r\n*1\r\n:1\r\n*0\r\n$1\r\nx\r\n"),
            aggregate(Kind::kArray, {aggregate(Kind::kArray, {one}), aggregate(Kind::kArray, {}),
                                     text(Kind::kBulk, "x")}));
  EXPECT_EQ(only("%1\r\n+k\r\n~1\r\n:1\r\n"),
            aggregate(Kind::kMap, {text(Kind::kSimple, "k"), aggregate(Kind::kSet, {one})}));
  EXPECT_EQ(only(">2\r\n:1\r\n:1\r\n"), aggregate(Kind::kPush, {one, one}));
}

TEST(ReplyParser, AttributesAreDropped) {
  EXPECT_EQ(only("|1\r\n+ttl\r\n*1\r\n:3600\r\n*2\r\n:1\r\n|1\r\n+a\r\n+b\r\n:1\r\n"),
            aggregate(Kind::kArray, {number(Kind::kInteger, 1), number(Kind::kInteger, 1)}));
  EXPECT_EQ(only("|0\r\n:1\r\n"), number(Kind::kInteger, 1));
}

TEST(ReplyParser, AnySplitYieldsTheSameReplies) {
  const std::string good =
      "+OK\r\n*2\r\n$3\r\nabc\r\n%1\r\n+k\r\n*0\r\n$-1\r\n|1\r\n+a\r\n+b\r\n=7\r\ntxt:abc\r\n";
  for (const std::string tail : {"", "$3\r\nab", "x\r\n", ":1x\r\n", "$1\r\nabc", "+a\n"}) {
    const Parsed whole = parse(good + tail);
    ASSERT_EQ(whole.replies.size(), 4U);
    for_each_split(good + tail, [&](std::string_view head, std::string_view rest) {
      ReplyParser parser;
      Parsed parsed;
      parser.feed(head);
      take_all(parser, parsed);
      parser.feed(rest);
      take_all(parser, parsed);
      ASSERT_EQ(parsed, whole);
    });
  }
}

TEST(ReplyParser, WhatFollowsAReplyIsLeft) {
  ReplyParser parser;
  parser.feed("+CONTINUE\r\n*1\r\n$4\r\nPING\r\n");
  ASSERT_TRUE(parser.next());
  EXPECT_EQ(parser.unconsumed(), "*1\r\n$4\r\nPING\r\n");
}

TEST(ReplyParser, WhatIsNoReplyIsAnErrorAndStaysOne) {
  for (const std::string bytes :
       {"x\r\n", "\r\n", ":\r\n", ":01\r\n", "#x\r\n", "_x\r\n", "$-2\r\n", "$?\r\n", "*?\r\n",
        "*-2\r\n", "$1\r\nabc", "=3\r\ntxt\r\n", "=5\r\nabcde\r\n", "+a\n", "=-1\r\n", "%-1\r\n"}) {
    ReplyParser parser;
    parser.feed(bytes);
    EXPECT_FALSE(parser.next());
    EXPECT_NE(parser.error(), "") << bytes;
    parser.feed("+OK\r\n");
    EXPECT_FALSE(parser.next());
  }
}

TEST(ReplyParser, NestingIsBounded) {
  std::string deepest;
  for (std::size_t i = 0; i < ReplyParser::kDeepest; ++i) deepest += "*1\r\n";
  EXPECT_EQ(parse(deepest + ":1\r\n").replies.size(), 1U);
  EXPECT_EQ(parse(deepest + "*1\r\n").error, "a reply is nested too deep");
}

TEST(ReplyParser, SizeIsBoundedOverAllElements) {
  EXPECT_EQ(parse("$94\r\n" + std::string(94, 'x') + "\r\n", 101).replies.size(), 1U);
  EXPECT_EQ(parse("$95\r\n", 101).error, "a reply is too large");
  EXPECT_EQ(parse("*1000000000\r\n", 100).error, "a reply is too large");
  std::string many = "*30\r\n";
  for (int i = 0; i < 30; ++i) many += ":1\r\n";
  EXPECT_EQ(parse(many, many.size()).replies.size(), 1U);
  EXPECT_EQ(parse(many, many.size() - 1).error, "a reply is too large");
  // Each reply has the whole of it.
  EXPECT_EQ(parse(many + many, many.size()).replies.size(), 2U);
}

TEST(ReplyParser, ALineWithoutAnEndIsRefused) {
  EXPECT_EQ(parse("+" + std::string(70000, 'x')).error, "a line of a reply is too long");
}

}  // namespace
}  // namespace relay
