// Requests in every split, their limits, the servers' error texts, and inline quoting.
#include "common/resp/request_parser.h"

#include "common/resp/reply_writer.h"
#include "tests/support/every_split.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace relay {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t kLimit = 1 << 20;

struct Parsed {
  std::vector<Words> requests;
  std::string error;
  bool operator==(const Parsed&) const = default;
};

void take_all(RequestParser& parser, Parsed& parsed) {
  while (const Request* request = parser.next()) {
    EXPECT_FALSE(request->empty());
    parsed.requests.emplace_back(request->begin(), request->end());
  }
  parsed.error = parser.error();
}

Parsed parse(std::string_view bytes, std::size_t limit = kLimit) {
  RequestParser parser(limit);
  parser.feed(bytes);
  Parsed parsed;
  take_all(parser, parsed);
  return parsed;
}

std::string error_of(std::string_view bytes, std::size_t limit = kLimit) {
  const Parsed parsed = parse(bytes, limit);
  EXPECT_TRUE(parsed.requests.empty());
  return parsed.error;
}

Words only(std::string_view line) {
  const Parsed parsed = parse(line);
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.requests.size(), 1U);
  return parsed.requests.empty() ? Words{} : parsed.requests.front();
}

TEST(RequestParser, PipelinedRequestsOfBothKindsComeOutInOrder) {
  const Parsed parsed =
      parse(to_command({"SET", "key", ""}) + "PING\r\n" + to_command({"a\r\nb"}) + "echo hi\n");
  EXPECT_EQ(parsed.requests,
            (std::vector<Words>{{"SET", "key", ""}, {"PING"}, {"a\r\nb"}, {"echo", "hi"}}));
  EXPECT_EQ(parsed.error, "");
}

TEST(RequestParser, NewlinesAndEmptyRequestsBetweenRequestsAreSkipped) {
  const Parsed parsed =
      parse("\n\r\n  \r\n*0\r\n*-1\r\n" + to_command({"REPLCONF", "ACK", "1"}) + "\n");
  EXPECT_EQ(parsed.requests, (std::vector<Words>{{"REPLCONF", "ACK", "1"}}));
}

TEST(RequestParser, AnySplitYieldsTheSameRequests) {
  const std::string good = "\nPING\r\n" + to_command({"SET", "k", std::string(50, 'v')}) +
                           "say \"a b\\x41\" 'c d'\r\n*0\r\n" + to_command({"", "x"});
  for (const std::string tail :
       {"", "*2\r\n$1", "*x\r\n", "*1\r\n$1\r\nabc", "*1\r\n$-1\r\n", "*1\r\n+", "a \"b\n",
        "*11111111111111111111111111111111111111111\r\n", "*1\r\r", "*99\n\r\n"}) {
    const std::string input = good + tail;
    const Parsed whole = parse(input);
    ASSERT_EQ(whole.requests.size(), 4U);
    for_each_split(input, [&](std::string_view head, std::string_view rest) {
      RequestParser parser(kLimit);
      Parsed parsed;
      parser.feed(head);
      take_all(parser, parsed);
      parser.feed(rest);
      take_all(parser, parsed);
      ASSERT_EQ(parsed, whole);
    });
    for (std::size_t size = 1; size < 10; ++size) {
      RequestParser parser(kLimit);
      Parsed parsed;
      in_parts_of(size, input, [&](std::string_view part) {
        parser.feed(part);
        take_all(parser, parsed);
      });
      ASSERT_EQ(parsed, whole) << "in parts of " << size;
    }
  }
}

TEST(RequestParser, OnlyWholeRequestsAreConsumed) {
  RequestParser parser(kLimit);
  const std::string half = "*2\r\n$4\r\nECHO\r\n$5\r\nhel";
  parser.feed("PING\r\n" + half);
  ASSERT_NE(parser.next(), nullptr);
  EXPECT_EQ(parser.unconsumed(), half);
  EXPECT_EQ(parser.next(), nullptr);
  EXPECT_EQ(parser.unconsumed(), half);
  EXPECT_EQ(parser.buffered(), half.size());
  parser.feed("lo\r\nrest");
  const Request* request = parser.next();
  ASSERT_NE(request, nullptr);
  EXPECT_EQ(*request, (Request{"ECHO", "hello"}));
  EXPECT_EQ(parser.unconsumed(), "rest");
}

TEST(RequestParser, WhatIsNoRequestIsAnsweredInTheWordsOfTheServers) {
  EXPECT_EQ(error_of("*x\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*9999999999\r\n"), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*" + std::string(40, '1')), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*1\r\n$x\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$-1\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$01\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$9223372036854775807\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\n$2\r\nabc\r\n"), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1\r\nx"), "Protocol error: expected '$', got 'x'");
  EXPECT_EQ(error_of(std::string("*1\r\n\n")), "Protocol error: expected '$', got '?'");
  EXPECT_EQ(error_of("say \"hi\r\n"), "Protocol error: unbalanced quotes in request");
  EXPECT_EQ(error_of(std::string(65537, 'a')), "Protocol error: too big inline request");
}

TEST(RequestParser, AnErrorIsFinal) {
  RequestParser parser(kLimit);
  parser.feed("*x\r\n");
  EXPECT_EQ(parser.next(), nullptr);
  const std::size_t buffered = parser.buffered();
  parser.feed("PING\r\n");
  EXPECT_EQ(parser.next(), nullptr);
  EXPECT_EQ(parser.buffered(), buffered);
  EXPECT_NE(parser.error(), "");
}

TEST(RequestParser, ARequestMayBeAsLargeAsTheLimitAndNoLarger) {
  const std::string request = to_command({"SET", "k", std::string(100, 'v')});
  EXPECT_EQ(parse(request, request.size()).requests.size(), 1U);
  EXPECT_EQ(error_of(request, request.size() - 1), "Protocol error: invalid bulk length");
  const std::string line = "SET k " + std::string(100, 'v') + "\n";
  EXPECT_EQ(parse(line, line.size() - 1).requests.size(), 1U);
  EXPECT_EQ(error_of(line, line.size() - 2), "Protocol error: too big inline request");
}

TEST(RequestParser, AnOversizedRequestIsRefusedByItsHeaderAlone) {
  EXPECT_EQ(error_of("*3\r\n$1000\r\n", 500), "Protocol error: invalid bulk length");
  EXPECT_EQ(error_of("*1000\r\n", 500), "Protocol error: invalid multibulk length");
  EXPECT_EQ(error_of("*100\r\n", 0), "Protocol error: invalid multibulk length");
}

TEST(RequestParser, TheLimitMayBeRaisedBetweenRequests) {
  RequestParser parser(30);
  parser.feed(to_command({"AUTH", "secret"}));
  ASSERT_NE(parser.next(), nullptr);
  parser.set_limit(kLimit);
  parser.feed(to_command({"ECHO", std::string(1000, 'x')}));
  ASSERT_NE(parser.next(), nullptr);
  EXPECT_EQ(parser.error(), "");
}

TEST(RequestParser, ALargeRequestInSmallPartsIsNotParsedFromItsStartEachTime) {
  // Were it, these hundred thousand parts would take minutes.
  std::string request = "*50000\r\n";
  for (int i = 0; i < 50000; ++i) request += "$1\r\nx\r\n";
  RequestParser parser(kLimit);
  Parsed parsed;
  in_parts_of(4, request, [&](std::string_view part) {
    parser.feed(part);
    take_all(parser, parsed);
  });
  ASSERT_EQ(parsed.requests.size(), 1U);
  EXPECT_EQ(parsed.requests[0].size(), 50000U);
}

TEST(RequestParser, InlineWordsAreUnquotedAsTheServersDo) {
  EXPECT_EQ(only("  set \t k  v \r\n"), (Words{"set", "k", "v"}));
  EXPECT_EQ(only("set k \"a b\"\r\n"), (Words{"set", "k", "a b"}));
  EXPECT_EQ(only("set k ''\n"), (Words{"set", "k", ""}));
  EXPECT_EQ(only(R"(e "\x41\n\r\t\b\a\"\\\q\xg1")"
                 "\n"),
            (Words{"e", "A\n\r\t\b\a\"\\qxg1"}));
  EXPECT_EQ(only(R"(e 'it\'s \n "q"')"
                 "\n"),
            (Words{"e", "it's \\n \"q\""}));
  EXPECT_EQ(only("foo\"bar baz\"\n"), (Words{"foobar baz"}));
  EXPECT_EQ(only(R"(a\n 'b')"
                 "\n"),
            (Words{"a\\n", "b"}));
}

TEST(RequestParser, UnbalancedQuotesAreRefused) {
  for (const std::string line :
       {"\"a\n", "'a\n", "\"a\"b\n", "'a'b\n", "\"a\\\"\n", "'a\\'\n", "a \"\\\n", "it's\n"}) {
    EXPECT_EQ(error_of(line), "Protocol error: unbalanced quotes in request") << line;
  }
}

TEST(RequestParser, RandomRequestsInRandomPartsComeOutAsTheyWentIn) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    std::vector<Words> sent(1 + random() % 20);
    std::string bytes;
    for (Words& words : sent) {
      words.resize(1 + random() % 5);
      std::string request = "*" + std::to_string(words.size()) + "\r\n";
      for (std::string& word : words) {
        word.resize(random() % 5 == 0 ? random() % 500 : random() % 10);
        for (char& c : word) c = static_cast<char>(random());
        request += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
      }
      bytes += request;
      if (random() % 4 == 0) bytes += "\n";
    }
    RequestParser parser(kLimit);
    Parsed parsed;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = 1 + random() % (random() % 2 == 0 ? 6 : 300);
      parser.feed(std::string_view(bytes).substr(at, size));
      at += size;
      if (random() % 3 != 0) take_all(parser, parsed);
    }
    take_all(parser, parsed);
    ASSERT_EQ(parsed.requests, sent);
    ASSERT_EQ(parsed.error, "");
  }
}

TEST(SameWord, OnlyTheCaseOfLettersDoesNotCount) {
  EXPECT_TRUE(same_word("PsYnC", "psync"));
  EXPECT_FALSE(same_word("PSYNC", "PSYNCX"));
  EXPECT_FALSE(same_word("@", "`"));
  EXPECT_TRUE(same_word("", ""));
}

TEST(ParseInteger, IsAsStrictAsTheServers) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-1"), -1);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<long long>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<long long>::min());
  for (const std::string text : {"", "-", "+1", " 1", "1 ", "01", "-0", "-01", "1x", "0x1", "1.0",
                                 "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

}  // namespace
}  // namespace relay
