// The scanner against the worked example of the protocol, against a slow reference on random
// streams, and over every split.
#include "proxy/upstream/stream_scanner.h"

#include "tests/support/every_split.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdint>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {
namespace {

std::string command(const std::vector<std::string>& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) {
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return text;
}

struct Seen {
  Offset position;
  Offset boundary;
  std::optional<Offset> getack;
  bool in_transaction = false;
  std::string error;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  out << "position " << seen.position.bytes() << ", boundary " << seen.boundary.bytes();
  if (seen.getack) out << ", getack " << seen.getack->bytes();
  return out << (seen.in_transaction ? ", in MULTI" : "") << ", error '" << seen.error << "'";
}

Seen seen_by(StreamScanner& scanner) {
  return {scanner.position(), scanner.boundary(), scanner.take_getack(), scanner.in_transaction(),
          std::string(scanner.error())};
}

Seen scan(std::string_view bytes, Offset from = {}) {
  StreamScanner scanner;
  scanner.start(from);
  scanner.observe(bytes);
  return seen_by(scanner);
}

std::uint64_t boundary_of(std::string_view bytes) { return scan(bytes).boundary.bytes(); }

const std::string kTransaction =
    command({"MULTI"}) + command({"INCR", "x"}) + command({"INCR", "x"}) + command({"EXEC"});

TEST(StreamScanner, CountsTheWorkedExampleOfTheProtocol) {
  StreamScanner scanner;
  scanner.start(Offset::of_bytes(0));
  scanner.observe(command({"SELECT", "3"}) + command({"SET", "k", "v2"}));
  EXPECT_EQ(scanner.boundary().bytes(), 51U);
  scanner.observe(kTransaction);
  EXPECT_EQ(scanner.boundary().bytes(), 122U);
  EXPECT_FALSE(scanner.take_getack());
  scanner.observe(command({"SELECT", "0"}) + command({"SET", "w", "1"}));
  EXPECT_EQ(scanner.boundary().bytes(), 172U);
  scanner.observe(command({"REPLCONF", "GETACK", "*"}));
  EXPECT_EQ(scanner.boundary().bytes(), 209U);
  EXPECT_EQ(scanner.take_getack(), Offset::of_bytes(172));
  EXPECT_FALSE(scanner.take_getack());
  scanner.observe(command({"PING"}));
  EXPECT_EQ(scanner.boundary().bytes(), 223U);
  EXPECT_EQ(scanner.position().bytes(), 223U);
  EXPECT_EQ(scanner.boundary().to_psync(), 224U);
}

TEST(StreamScanner, ACutInsideMultiLeavesTheBoundaryBeforeIt) {
  const std::string stream = command({"SELECT", "3"}) + command({"SET", "k", "v2"}) + kTransaction;
  for (std::size_t cut = 51; cut < 122; ++cut) {
    const Seen seen = scan(std::string_view(stream).substr(0, cut));
    EXPECT_EQ(seen.boundary.bytes(), 51U) << cut;
    EXPECT_EQ(seen.position.bytes(), cut);
  }
  EXPECT_EQ(boundary_of(stream), 122U);
}

TEST(StreamScanner, StartsAtTheOffsetItIsGiven) {
  const Seen seen = scan(command({"PING"}), Offset::of_bytes(std::uint64_t{1} << 40));
  EXPECT_EQ(seen.boundary.bytes(), (std::uint64_t{1} << 40) + 14);
}

TEST(StreamScanner, StartForgetsAnOpenTransactionAndAnError) {
  StreamScanner scanner;
  scanner.start({});
  scanner.observe(command({"MULTI"}) + "*x\r\n");
  ASSERT_FALSE(scanner.error().empty());
  scanner.start(Offset::of_bytes(7));
  EXPECT_TRUE(scanner.error().empty());
  scanner.observe(command({"PING"}));
  EXPECT_EQ(scanner.boundary().bytes(), 21U);
}

TEST(StreamScanner, SelectInsideMultiIsNoBoundary) {
  const std::string head = command({"MULTI"}) + command({"SELECT", "1"});
  EXPECT_EQ(boundary_of(head), 0U);
  EXPECT_EQ(boundary_of(head + command({"EXEC"})), head.size() + 14);
}

TEST(StreamScanner, AnEmptyTransactionEndsAtItsExec) {
  EXPECT_EQ(boundary_of(command({"MULTI"}) + command({"EXEC"})), 29U);
}

TEST(StreamScanner, DiscardEndsATransactionToo) {
  EXPECT_EQ(boundary_of(command({"MULTI"}) + command({"DISCARD"})), 15U + 17U);
}

TEST(StreamScanner, CaseOfMultiAndExecDoesNotCount) {
  EXPECT_EQ(boundary_of(command({"mUlTi"}) + command({"PING"})), 0U);
  EXPECT_EQ(boundary_of(command({"multi"}) + command({"exec"})), 29U);
  EXPECT_EQ(scan(command({"replconf", "getack", "*"})).getack, Offset::of_bytes(0));
}

TEST(StreamScanner, MultiCountsOnlyAsTheOnlyWord) {
  EXPECT_EQ(boundary_of(command({"MULTI", "x"})), 22U);
  EXPECT_EQ(boundary_of(command({"SET", "MULTI", "MULTI"})),
            command({"SET", "MULTI", "MULTI"}).size());
  EXPECT_EQ(boundary_of(command({"MULTI"}) + command({"EXEC", "x"})), 0U);
}

TEST(StreamScanner, TheLastGetackCounts) {
  const std::string getack = command({"REPLCONF", "GETACK", "*"});
  EXPECT_EQ(scan(getack + command({"PING"}) + getack).getack, Offset::of_bytes(51));
}

TEST(StreamScanner, AGetackThatIsNotWholeIsNotSeenYet) {
  const std::string getack = command({"REPLCONF", "GETACK", "*"});
  EXPECT_FALSE(scan(std::string_view(getack).substr(0, getack.size() - 1)).getack);
  EXPECT_FALSE(scan(command({"REPLCONF", "ACK", "12"})).getack);
  EXPECT_FALSE(scan(command({"PUBLISH", "GETACK", "*"})).getack);
}

TEST(StreamScanner, NewlinesBetweenCommandsMoveTheBoundaryWithTheNextCommand) {
  StreamScanner scanner;
  scanner.start({});
  scanner.observe(command({"PING"}) + "\n\r\n\n*0\r\n*-1\r\n");
  EXPECT_EQ(scanner.position().bytes(), 27U);
  EXPECT_EQ(scanner.boundary().bytes(), 14U);
  scanner.observe(command({"PING"}));
  EXPECT_EQ(scanner.boundary().bytes(), 41U);
}

TEST(StreamScanner, InlineCommandsEndAtTheirNewline) {
  EXPECT_EQ(boundary_of("PING\r\nPING\nPI"), 11U);
  EXPECT_EQ(boundary_of("multi\r\nincr x\r\n"), 0U);
  EXPECT_EQ(boundary_of("multi\r\nincr x\r\nexec\r\n"), 21U);
  EXPECT_EQ(scan("ping\r\nREPLCONF  GETACK *\r\n").getack, Offset::of_bytes(6));
  EXPECT_EQ(boundary_of("SET k " + std::string(60000, 'v') + "\r\n"), 60008U);
}

TEST(StreamScanner, BulksMayHoldAnything) {
  EXPECT_EQ(boundary_of(command({"SET", "*1\r\n$5\r\nMULTI\r\n", "\r\n$-1\n"})),
            command({"SET", "*1\r\n$5\r\nMULTI\r\n", "\r\n$-1\n"}).size());
  EXPECT_EQ(boundary_of(command({"SET", "", ""})), command({"SET", "", ""}).size());
}

TEST(StreamScanner, ABulkOfManyGigabytesIsSkippedByItsLength) {
  const std::uint64_t size = std::uint64_t{5} << 30;
  const std::string part(std::size_t{1} << 20, 'v');
  StreamScanner scanner;
  scanner.start({});
  const std::string head = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + std::to_string(size) + "\r\n";
  scanner.observe(head);
  for (std::uint64_t at = 0; at < size; at += part.size()) scanner.observe(part);
  EXPECT_EQ(scanner.boundary().bytes(), 0U);
  scanner.observe("\r\n");
  EXPECT_EQ(scanner.boundary().bytes(), head.size() + size + 2);
  EXPECT_EQ(scanner.error(), "");
}

TEST(StreamScanner, WhatIsNoCommandStreamIsAnErrorAndStaysOne) {
  const std::vector<std::string> bad = {"*x\r\n",
                                        "*\r\n",
                                        "*1\n",
                                        "*01\r\n",
                                        "*+1\r\n",
                                        "*1 \r\n",
                                        "*1\r\n+OK\r\n",
                                        "*1\r\n$x\r\n",
                                        "*1\r\n$-1\r\n",
                                        "*1\r\n$03\r\nabc",
                                        "*1\r\n$1\r\nab",
                                        "*1\r\n$1\r\na\rb",
                                        "$3\r\nabc\r\n",
                                        "+OK\r\n",
                                        "-ERR\r\n",
                                        std::string(1, 0),
                                        "\rPING\r\n",
                                        "*99999999999999999999999\r\n",
                                        "*2147483648\r\n",
                                        "*-0\r\n",
                                        "*1\r\n$1000000000000000000\r\n",
                                        "*1\r\n$99999999999999999999999999",
                                        "A" + std::string(65536, 'x')};
  for (const std::string& tail : bad) {
    StreamScanner scanner;
    scanner.start({});
    scanner.observe(command({"PING"}) + tail);
    EXPECT_NE(scanner.error(), "") << tail;
    const std::string error(scanner.error());
    EXPECT_TRUE(error.ends_with("after offset 14")) << error;
    scanner.observe(command({"PING"}) + command({"REPLCONF", "GETACK", "*"}));
    EXPECT_EQ(scanner.error(), error);
    EXPECT_EQ(scanner.boundary().bytes(), 14U);
    EXPECT_EQ(scanner.position().bytes(), 14 + tail.size() + 14 + 37);
    EXPECT_FALSE(scanner.take_getack());
  }
}

// The same rules, one command at a time, over bytes that are all there.
Seen reference(std::string_view bytes) {
  Seen seen;
  seen.position = Offset::of_bytes(bytes.size());
  std::size_t at = 0;
  Offset command_end;
  while (at < bytes.size()) {
    std::vector<std::string> words;
    std::size_t next = 0;
    const std::size_t line_end = bytes.find('\n', at);
    if (line_end == std::string_view::npos) return seen;
    std::string line(bytes.substr(at, line_end - at));
    if (!line.empty() && line.back() == '\r') line.pop_back();
    next = line_end + 1;
    if (line.starts_with('*')) {
      for (long long count = std::stoll(line.substr(1)); count > 0; --count) {
        const std::size_t header_end = bytes.find('\n', next);
        if (header_end == std::string_view::npos) return seen;
        const auto size = std::stoull(std::string(bytes.substr(next + 1, header_end - next)));
        if (header_end + 1 + size + 2 > bytes.size()) return seen;
        words.emplace_back(bytes.substr(header_end + 1, size));
        next = header_end + 1 + size + 2;
      }
    } else {
      std::string word;
      for (const char c : line + " ") {
        if (c != ' ') {
          word += c;
        } else if (!word.empty()) {
          words.push_back(std::exchange(word, ""));
        }
      }
    }
    at = next;
    if (words.empty()) continue;
    for (std::string& word : words) {
      for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    if (words.size() == 1 && words[0] == "MULTI") seen.in_transaction = true;
    if (words.size() == 1 && (words[0] == "EXEC" || words[0] == "DISCARD")) {
      seen.in_transaction = false;
    }
    if (words.size() == 3 && words[0] == "REPLCONF" && words[1] == "GETACK") {
      seen.getack = command_end;
    }
    command_end = Offset::of_bytes(at);
    if (!seen.in_transaction) seen.boundary = command_end;
  }
  return seen;
}

std::string random_element(std::mt19937& random) {
  const auto below = [&](std::size_t n) { return random() % n; };
  switch (below(10)) {
    case 0:
      return command({"MULTI"});
    case 1:
      return command({below(2) == 0 ? "EXEC" : "exec"});
    case 2:
      return command({"REPLCONF", "GETACK", "*"});
    case 3:
      return std::vector<std::string>{"\n", "\r\n", "*0\r\n", "*-1\r\n"}[below(4)];
    case 4:
      return std::vector<std::string>{"PING\r\n", "multi\n", "EXEC \r\n", "a b  c\r\n"}[below(4)];
    case 5:
      return command({"MULTI", "EXEC"});
    default: {
      std::vector<std::string> words(1 + below(5));
      for (std::string& word : words) {
        word.resize(below(4) == 0 ? below(300) : below(10));
        for (char& c : word) c = static_cast<char>(random());
      }
      return command(words);
    }
  }
}

TEST(StreamScanner, AgreesWithTheReferenceOnRandomStreamsInRandomParts) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    std::string stream;
    for (auto left = 1 + random() % 40; left > 0; --left) stream += random_element(random);
    stream.resize(stream.size() - random() % 3);
    StreamScanner scanner;
    scanner.start({});
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = 1 + random() % (random() % 2 == 0 ? 8 : 400);
      scanner.observe(std::string_view(stream).substr(at, size));
      at += size;
    }
    ASSERT_EQ(scanner.error(), "");
    ASSERT_EQ(seen_by(scanner), reference(stream));
  }
}

TEST(StreamScanner, AnySplitYieldsTheSame) {
  std::mt19937 random(5);
  std::string stream = command({"SELECT", "3"}) + kTransaction + "\nPING\r\n*-1\r\n\r\n";
  for (int i = 0; i < 20; ++i) stream += random_element(random);
  for (const std::string tail : {"", "*1\r\n$4x", "*12345678901234567890123", "\r*"}) {
    const std::string bytes = stream + tail;
    const Seen whole = scan(bytes);
    for_each_split(bytes, [&](std::string_view first, std::string_view rest) {
      StreamScanner scanner;
      scanner.start({});
      scanner.observe(first);
      scanner.observe(rest);
      ASSERT_EQ(seen_by(scanner), whole);
    });
    for (std::size_t size = 1; size < 20; ++size) {
      StreamScanner scanner;
      scanner.start({});
      in_parts_of(size, bytes, [&](std::string_view part) { scanner.observe(part); });
      ASSERT_EQ(seen_by(scanner), whole) << "in parts of " << size;
    }
  }
}

TEST(StreamScanner, TheBoundaryIsRightAfterEachByte) {
  std::mt19937 random(11);
  std::string stream;
  for (int i = 0; i < 30; ++i) stream += random_element(random);
  StreamScanner scanner;
  scanner.start({});
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    const std::string_view prefix = std::string_view(stream).substr(0, size);
    scanner.observe(prefix.substr(size - 1));
    ASSERT_EQ(scanner.boundary(), reference(prefix).boundary) << size;
  }
}

}  // namespace
}  // namespace relay
