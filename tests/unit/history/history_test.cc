#include "proxy/history/history.h"

#include "common/base/crc32c.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace relay {
namespace {

ReplId id_of(char digit) { return *ReplId::parse(std::string(ReplId::kLength, digit)); }
Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

const ReplId kA = id_of('a');
const ReplId kB = id_of('b');
const ReplId kC = id_of('c');

std::string with_checksum(const std::string& body) {
  char line[32];
  std::snprintf(line, sizeof line, "crc32c %08x\n", static_cast<unsigned>(crc32c(0, body)));
  return body + line;
}

TEST(History, CurrentIdHoldsAnywhere) {
  const History history(kA, at(100));
  EXPECT_TRUE(history.holds(kA, at(0)));
  EXPECT_TRUE(history.holds(kA, at(1'000'000)));
  EXPECT_FALSE(history.holds(kB, at(100)));
  EXPECT_FALSE(history.previous());
}

TEST(History, UpperCaseIdIsTheSameId) {
  const History history(kA, at(0));
  EXPECT_TRUE(history.holds(*ReplId::parse(std::string(40, 'A')), at(5)));
}

TEST(History, AllZeroIdIsNeverHeld) {
  History history(ReplId{}, at(0));
  EXPECT_FALSE(history.holds(ReplId{}, at(0)));
  history.shift(kA, at(10));
  EXPECT_TRUE(history.former().empty());
  EXPECT_FALSE(history.holds(ReplId{}, at(0)));
}

// protocol.md 4.3: shifted after 223 bytes, second_replid_offset is 224: PSYNC old 224 is accepted,
// PSYNC old 225 is not.
TEST(History, FormerIdHoldsUpToWhereItEndedAndNotOneByteFurther) {
  History history(kA, at(0));
  history.shift(kB, at(223));
  EXPECT_TRUE(history.holds(kA, Offset::from_psync(1)));
  EXPECT_TRUE(history.holds(kA, Offset::from_psync(224)));
  EXPECT_FALSE(history.holds(kA, Offset::from_psync(225)));
  EXPECT_TRUE(history.holds(kB, Offset::from_psync(225)));
  EXPECT_TRUE(history.holds(kB, Offset::from_psync(10)));
  EXPECT_EQ(history.previous()->id, kA);
  EXPECT_EQ(history.previous()->until.to_psync(), 224u);  // second_repl_offset of INFO
}

TEST(History, RemembersEveryFormerIdNewestFirst) {
  History history(kA, at(0));
  history.shift(kB, at(100));
  history.shift(kC, at(200));
  const std::vector<History::Former> expected{{kB, at(200)}, {kA, at(100)}};
  EXPECT_EQ(history.former(), expected);
  EXPECT_TRUE(history.holds(kA, at(100)));
  EXPECT_FALSE(history.holds(kA, at(101)));
  EXPECT_TRUE(history.holds(kB, at(200)));
  EXPECT_FALSE(history.holds(kB, at(201)));
}

TEST(History, ShiftToTheSameIdChangesNothing) {
  History history(kA, at(0));
  history.shift(kB, at(100));
  const History before = history;
  history.shift(kB, at(150));
  EXPECT_EQ(history, before);
}

// A crash lost the log's tail but not the history: we are at 90 again, and the next master agrees
// with us to 90 only.
TEST(History, FormerIdThatReachedFurtherIsCutToTheShift) {
  History history(kA, at(0));
  history.shift(kB, at(100));
  history.shift(kC, at(90));
  const std::vector<History::Former> expected{{kB, at(90)}, {kA, at(90)}};
  EXPECT_EQ(history.former(), expected);
  EXPECT_FALSE(history.holds(kA, at(91)));
}

TEST(History, ReturningToAFormerIdMakesItCurrentOnce) {
  History history(kA, at(0));
  history.shift(kB, at(100));
  history.shift(kC, at(200));
  history.shift(kA, at(300));
  EXPECT_EQ(history.id(), kA);
  EXPECT_TRUE(history.holds(kA, at(400)));
  const std::vector<History::Former> expected{{kC, at(300)}, {kB, at(200)}};
  EXPECT_EQ(history.former(), expected);
}

TEST(History, FormerIdsThatEndedBeforeTheLogAreForgotten) {
  History history(kA, at(0));
  history.shift(kB, at(100));
  history.shift(kC, at(200));
  history.forget_before(
      at(100));  // a replica with exactly 100 bytes can still continue at the log's first byte
  EXPECT_EQ(history.former().size(), 2u);
  history.forget_before(at(101));
  EXPECT_EQ(history.former().size(), 1u);
  EXPECT_FALSE(history.holds(kA, at(100)));
  history.forget_before(at(201));
  EXPECT_FALSE(history.previous());
  EXPECT_EQ(history.id(), kC);
}

TEST(History, MasterThatShiftsWithoutEndCostsBoundedMemory) {
  History history(ReplId::random(), at(0));
  for (std::uint64_t i = 1; i <= 1500; ++i) history.shift(ReplId::random(), at(i));
  EXPECT_EQ(history.former().size(), 1024u);
  EXPECT_EQ(history.previous()->until, at(1500));
}

TEST(HistoryFile, WhatWasEncodedComesBack) {
  History history(kA, at(18'446'744'073'709'551'615U), true);
  EXPECT_EQ(History::decode(history.encode()).value(), history);
  History shifted(kA, at(50));
  shifted.shift(kB, at(100));
  shifted.shift(kC, at(200));
  EXPECT_EQ(History::decode(shifted.encode()).value(), shifted);
}

TEST(HistoryFile, ReadsAsTheFormatSays) {
  History history(kB, at(50));
  history.shift(kA, at(100));
  const std::string body = "psync-relay history 1\nid " + std::string(40, 'a') +
                           "\nstart 50\nown-ids no\nformer " + std::string(40, 'b') + " 100\n";
  EXPECT_EQ(history.encode(), with_checksum(body));
}

TEST(HistoryFile, CutAnywhereIsTorn) {
  History history(kA, at(50));
  history.shift(kB, at(100));
  const std::string text = history.encode();
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto decoded = History::decode(text.substr(0, length));
    ASSERT_TRUE(decoded.has_error()) << length;
    EXPECT_EQ(decoded.error(), DataError::kTorn) << length;
  }
}

TEST(HistoryFile, AnyFlippedBitIsRefused) {
  History history(kA, at(50));
  history.shift(kB, at(100));
  const std::string text = history.encode();
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string flipped = text;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(History::decode(flipped).has_error()) << bit;
  }
}

TEST(HistoryFile, FlippedBitInTheBodyIsDamageAndNotACut) {
  std::string text = History(kA, at(50)).encode();
  text[text.find("start 5") + 6] = '6';
  EXPECT_EQ(History::decode(text).error(), DataError::kDamaged);
}

TEST(HistoryFile, LaterVersionIsNotCalledDamaged) {
  const std::string later = with_checksum("psync-relay history 2\nanything at all\n");
  EXPECT_EQ(History::decode(later).error(), DataError::kUnsupported);
}

TEST(HistoryFile, RightChecksumOverWrongLinesIsDamage) {
  const std::string title = "psync-relay history 1\n";
  const std::string id = "id " + std::string(40, 'a') + "\n";
  const std::string cases[] = {
      title,
      title + id,
      title + id + "start 5\n",
      title + id + "start 5x\nown-ids no\n",
      title + id + "start -5\nown-ids no\n",
      title + id + "start 18446744073709551616\nown-ids no\n",
      title + id + "start 5\nown-ids maybe\n",
      title + "id short\nstart 5\nown-ids no\n",
      title + id + "start 5\nown-ids no\nfriend x\n",
      title + id + "start 5\nown-ids no\nformer " + std::string(40, 'b') + "\n",
      title + id + "start 5\nown-ids no\nformer x 100\n",
  };
  for (const std::string& body : cases) {
    EXPECT_EQ(History::decode(with_checksum(body)).error(), DataError::kDamaged) << body;
  }
}

TEST(HistoryFile, AnotherFileIsDamage) {
  EXPECT_EQ(History::decode("REDIS0011 something else\n").error(), DataError::kDamaged);
}

}  // namespace
}  // namespace relay
