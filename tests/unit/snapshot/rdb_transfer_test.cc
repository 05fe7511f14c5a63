// Both framings over every split, and what must never come out of them.
#include "proxy/snapshot/rdb_transfer.h"

#include "tests/support/every_split.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace relay {
namespace {

using State = RdbTransfer::State;

const std::string kMark = "0123456789abcdef0123456789abcdef01234567";
const std::string kBody =
    "REDIS0010 and what is in it, more than forty bytes of it \xff" + std::string(8, '\0');
const std::string kWithMark = "$EOF:" + kMark + "\r\n" + kBody + kMark;
const std::string kWithLength = "$" + std::to_string(kBody.size()) + "\r\n" + kBody;

// What a sink behind the transfer would hold.
struct Sink {
  RdbTransfer transfer;
  std::string body;
  std::size_t consumed = 0;

  void feed(std::string_view bytes) {
    const RdbTransfer::Step step = transfer.feed(bytes);
    body.append(step.held).append(step.body);
    consumed += step.consumed;
    EXPECT_EQ(transfer.passed(), body.size());
    const bool final = transfer.state() != State::kHeader && transfer.state() != State::kBody;
    if (!final) {
      EXPECT_EQ(step.consumed, bytes.size());
    }
  }
};

Sink fed(std::string_view bytes) {
  Sink sink;
  sink.feed(bytes);
  return sink;
}

TEST(RdbTransfer, ALengthIsFollowedByExactlySoManyBytes) {
  const Sink sink = fed(kWithLength + "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(sink.transfer.state(), State::kDone);
  EXPECT_EQ(sink.body, kBody);
  EXPECT_EQ(sink.consumed, kWithLength.size());
  EXPECT_EQ(sink.transfer.size(), kBody.size());
  EXPECT_EQ(sink.transfer.framing(), RdbTransfer::Framing::kLength);
}

TEST(RdbTransfer, SaysHowMuchItWantsStill) {
  RdbTransfer transfer;
  EXPECT_FALSE(transfer.wanted());
  transfer.feed("$100\r\nabc");
  EXPECT_EQ(transfer.wanted(), 97U);
  transfer.feed(std::string(97, 'x'));
  EXPECT_EQ(transfer.wanted(), 0U);
}

TEST(RdbTransfer, AMarkEndsTheBodyAndIsNoPartOfIt) {
  const Sink sink = fed(kWithMark);
  EXPECT_EQ(sink.transfer.state(), State::kDone);
  EXPECT_EQ(sink.body, kBody);
  EXPECT_EQ(sink.consumed, kWithMark.size());
  EXPECT_EQ(sink.transfer.size(), kBody.size());
  EXPECT_EQ(sink.transfer.framing(), RdbTransfer::Framing::kMark);
}

TEST(RdbTransfer, AnySplitYieldsTheSameBody) {
  for (const std::string& input : {"\n\n" + kWithMark, "\n\r\n" + kWithLength}) {
    for_each_split(input, [&](std::string_view head, std::string_view tail) {
      Sink sink;
      sink.feed(head);
      sink.feed(tail);
      EXPECT_EQ(sink.transfer.state(), State::kDone);
      EXPECT_EQ(sink.body, kBody);
      EXPECT_EQ(sink.consumed, input.size());
    });
    for (std::size_t size = 1; size < 100; ++size) {
      Sink sink;
      in_parts_of(size, input, [&](std::string_view part) { sink.feed(part); });
      EXPECT_EQ(sink.transfer.state(), State::kDone) << "in parts of " << size;
      EXPECT_EQ(sink.body, kBody) << "in parts of " << size;
    }
  }
}

TEST(RdbTransfer, TheLastFortyBytesAreHeldBackUntilKnownNotToBeTheMark) {
  Sink sink;
  sink.feed("$EOF:" + kMark + "\r\n" + kBody);
  EXPECT_EQ(sink.body, kBody.substr(0, kBody.size() - 40));
  sink.feed(kMark.substr(0, 39));
  EXPECT_EQ(sink.body, kBody.substr(0, kBody.size() - 1));
  EXPECT_EQ(sink.transfer.state(), State::kBody);
  sink.feed(kMark.substr(39));
  EXPECT_EQ(sink.body, kBody);
  EXPECT_EQ(sink.transfer.state(), State::kDone);
}

TEST(RdbTransfer, TheBodyIsPassedOnWithoutACopy) {
  const std::string part(1000, 'x');
  RdbTransfer transfer;
  transfer.feed("$EOF:" + kMark + "\r\n");
  const RdbTransfer::Step first = transfer.feed(part);
  EXPECT_EQ(first.body.data(), part.data());
  EXPECT_EQ(first.body.size(), 960U);
  const RdbTransfer::Step second = transfer.feed(part);
  EXPECT_EQ(second.held, std::string(40, 'x'));
  EXPECT_EQ(second.body.data(), part.data());
}

TEST(RdbTransfer, ABodyMayHoldWhatOnlyResemblesTheMark) {
  std::string body = kMark.substr(0, 39);
  body += kMark.substr(1);
  body += kMark.substr(0, 20) + kMark.substr(0, 39);
  const std::string input = "$EOF:" + kMark + "\r\n" + body + kMark;
  for (std::size_t size = 1; size < input.size(); ++size) {
    Sink sink;
    in_parts_of(size, input, [&](std::string_view part) { sink.feed(part); });
    ASSERT_EQ(sink.transfer.state(), State::kDone) << "in parts of " << size;
    ASSERT_EQ(sink.body, body);
  }
}

TEST(RdbTransfer, AMarkMayBeAnyBytes) {
  const std::string mark(40, 'a');
  // The first forty of these look like the mark, but a mark ends the data.
  EXPECT_EQ(fed("$EOF:" + mark + "\r\n" + mark + "a").transfer.state(), State::kBroken);
  const std::string binary = std::string("\0\xff\r", 3) + std::string(37, '\x80');
  EXPECT_EQ(fed("$EOF:" + binary + "\r\n" + kBody + binary).body, kBody);
}

TEST(RdbTransfer, BytesBehindTheMarkInTheSameReadAreAFault) {
  const std::string head = "$EOF:" + kMark + "\r\n";
  const std::string rest = kBody + kMark + "*1\r\n$4\r\nPING\r\n";
  const std::size_t mark_end = kBody.size() + kMark.size();
  for (std::size_t cut = 0; cut < rest.size(); ++cut) {
    Sink sink;
    sink.feed(head);
    sink.feed(rest.substr(0, cut));
    if (cut == mark_end) {
      EXPECT_EQ(sink.transfer.state(), State::kDone);
      sink.consumed = 0;
      sink.feed(rest.substr(cut));
      EXPECT_EQ(sink.consumed, 0U);
      EXPECT_EQ(sink.body, kBody);
      continue;
    }
    if (cut < mark_end) {
      sink.feed(rest.substr(cut));
    }
    EXPECT_EQ(sink.transfer.state(), State::kBroken) << cut;
    EXPECT_NE(sink.transfer.text(), "");
    EXPECT_TRUE(kBody.starts_with(sink.body)) << cut;
  }
}

TEST(RdbTransfer, AMarkedBodyMayBeEmpty) {
  const Sink sink = fed("$EOF:" + kMark + "\r\n" + kMark);
  EXPECT_EQ(sink.transfer.state(), State::kDone);
  EXPECT_EQ(sink.body, "");
  EXPECT_EQ(sink.transfer.size(), 0U);
}

TEST(RdbTransfer, ALineWithAnErrorAborts) {
  Sink sink = fed("\n\n-ERR BGSAVE failed, replication can't continue\r\n");
  EXPECT_EQ(sink.transfer.state(), State::kAborted);
  EXPECT_EQ(sink.transfer.text(), "-ERR BGSAVE failed, replication can't continue");
  sink.consumed = 0;
  sink.feed("$5\r\nabcde");
  EXPECT_EQ(sink.consumed, 0U);
  EXPECT_EQ(sink.transfer.state(), State::kAborted);
}

TEST(RdbTransfer, NewlinesAloneNeverEndTheHeader) {
  Sink sink;
  for (int i = 0; i < 5000; ++i) sink.feed("\n");
  EXPECT_EQ(sink.transfer.state(), State::kHeader);
  sink.feed(kWithLength);
  EXPECT_EQ(sink.transfer.state(), State::kDone);
}

TEST(RdbTransfer, AHeaderThatIsNoneIsAFault) {
  for (const std::string header :
       {"$0\r\n", "$\r\n", "$-1\r\n", "$+5\r\n", "$5x\r\n", "$ 5\r\n", "$9223372036854775808\r\n",
        "$99999999999999999999999\r\n", "$EOF:\r\n", "$EOF:abc\r\n", "+OK\r\n", "REDIS0010\n",
        "*1\r\n", "\r\r\n"}) {
    for_each_split(header + std::string("rest"), [&](std::string_view head, std::string_view tail) {
      Sink sink;
      sink.feed(head);
      sink.feed(tail);
      EXPECT_EQ(sink.transfer.state(), State::kBroken) << header;
      EXPECT_NE(sink.transfer.text(), "");
      EXPECT_EQ(sink.body, "");
    });
  }
  EXPECT_EQ(fed("$EOF:" + kMark + "0\r\n").transfer.state(), State::kBroken);
}

TEST(RdbTransfer, AHeaderWithoutAnEndIsAFaultAfterAThousandBytes) {
  Sink sink;
  for (int i = 0; i < 1024; ++i) sink.feed("-");
  EXPECT_EQ(sink.transfer.state(), State::kHeader);
  sink.feed("-");
  EXPECT_EQ(sink.transfer.state(), State::kBroken);
}

TEST(RdbTransfer, RandomBodiesInRandomPartsComeOutWhole) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    // Few different bytes, so that parts of the mark are everywhere.
    std::string mark(40, 'a');
    for (char& c : mark) c = static_cast<char>('a' + random() % 2);
    mark[20] = 'c';
    std::string body(random() % 500, 'a');
    for (char& c : body) c = static_cast<char>('a' + random() % 2);
    const std::string input = "$EOF:" + mark + "\r\n" + body + mark;
    Sink sink;
    for (std::size_t at = 0; at < input.size();) {
      const std::size_t size = 1 + random() % 90;
      sink.feed(std::string_view(input).substr(at, size));
      at += size;
    }
    ASSERT_EQ(sink.transfer.state(), State::kDone);
    ASSERT_EQ(sink.body, body);
  }
}

}  // namespace
}  // namespace relay
