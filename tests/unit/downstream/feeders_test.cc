// Feeders over real sockets and a real log on a disk in memory, with one thread and with several, in
// TLS and without: what arrives at each peer is the stream from its place on, whatever becomes of the
// others.
#include "proxy/downstream/feeders.h"

#include "tests/unit/log/log_bench.h"
#include "tests/unit/tls/tls_bench.h"

#include <gtest/gtest.h>

#include <array>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace relay::test {
namespace {

constexpr std::size_t kFullSocket = 8 * kOneChunk;  // more than any socket takes

// A replica's end of a connection, and ours.
class Peer {
 public:
  explicit Peer(bool in_tls) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) != 0) {
      throw std::runtime_error("socketpair");
    }
    if (!in_tls) return;
    static const TlsBench bench;
    channel_ = std::make_shared<TlsChannel>(TlsContext(bench.server_terms), ends_[0], "");
    client_ = std::make_unique<TlsChannel>(TlsContext(bench.client_terms), ends_[1], "127.0.0.1");
    shake_hands(*client_, *channel_);
  }
  ~Peer() {
    hang_up();
    ::close(ends_[0]);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int ours() const { return ends_[0]; }
  const std::shared_ptr<TlsChannel>& channel() const { return channel_; }
  void hang_up() {
    client_.reset();
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  void read_what_is_there() {
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t n = client_ ? client_->receive(buffer.data(), buffer.size())
                                : ::recv(ends_[1], buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n <= 0) return;
      got.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }

  std::string got;
  bool reads = true;
  std::shared_ptr<Feed> feed;
  unsigned news = 0;

 private:
  std::array<int, 2> ends_{-1, -1};
  std::shared_ptr<TlsChannel> channel_;
  std::unique_ptr<TlsChannel> client_;
};

struct Way {
  unsigned threads;
  bool in_tls;
};

struct FeedersTest : testing::TestWithParam<Way> {
  ~FeedersTest() override {
    for (const auto& peer : peers) {
      if (peer->feed) feeders.detach(peer->feed);
    }
    feeders.stop();
    turn_until([this] { return stopped; });
  }

  Peer& attach(Offset at) {
    if (peers.empty()) {
      asio::co_spawn(bench.context, feeders.run(),
                     [this](const std::exception_ptr&) { stopped = true; });
      stopped = false;
    }
    Peer& peer = *peers.emplace_back(std::make_unique<Peer>(GetParam().in_tls));
    peer.feed = feeders.attach(peer.ours(), peer.channel(), at, bench.log->tail(),
                               [&peer] { ++peer.news; });
    return peer;
  }
  void append(std::size_t n) {
    bench.append(n);
    feeders.wake();
  }
  void turn_until(const std::function<bool()>& holds) {
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("it never comes true");
      bench.context.restart();
      if (bench.context.poll() > 0) continue;
      for (const auto& peer : peers) {
        if (peer->reads) peer->read_what_is_there();
      }
      std::this_thread::yield();
    }
  }
  std::string stream(Offset from) { return bench.histories.back().slice(from, bench.end()); }
  // All that read have what there is.
  void expect_all_have(Offset from) {
    const std::string expected = stream(from);
    for (const auto& peer : peers) {
      if (!peer->reads) continue;
      turn_until([&] { return peer->got.size() >= expected.size(); });
      EXPECT_TRUE(peer->got == expected) << "a wrong byte";
    }
  }

  LogBench bench;
  std::vector<std::unique_ptr<Peer>> peers;
  bool stopped = true;
  Feeders feeders{bench.context.get_executor(), GetParam().threads};
};

TEST_P(FeedersTest, EachGetsTheStreamFromItsPlaceOn) {
  bench.append(1000);
  std::vector<Offset> places;
  for (std::uint64_t i = 0; i < 7; ++i) places.push_back(kBenchStart + i * 150);
  for (const Offset place : places) attach(place);
  std::mt19937_64 draw(1);
  for (int i = 0; i < 200; ++i) append(1 + draw() % 20'000);  // over several chunks
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::string expected = stream(places[i]);
    turn_until([&] { return peers[i]->got.size() >= expected.size(); });
    EXPECT_TRUE(peers[i]->got == expected) << i;
    turn_until([&] { return peers[i]->feed->sent() == bench.end(); });
    EXPECT_EQ(peers[i]->feed->offered(), bench.end());
    EXPECT_FALSE(peers[i]->feed->ended());
  }
}

TEST_P(FeedersTest, OneThatIsAheadWaitsForItsFirstByte) {
  Peer& peer = attach(kBenchStart + 100);
  append(100);
  append(50);
  turn_until([&] { return peer.got.size() >= 50; });
  EXPECT_EQ(peer.got, stream(kBenchStart + 100));
}

TEST_P(FeedersTest, CatchingUpIsSaidOnce) {
  bench.append(5000);
  Peer& peer = attach(kBenchStart);
  turn_until([&] { return peer.feed->has_caught_up(); });
  append(3000);
  turn_until([&] { return peer.got.size() == 8000; });
  EXPECT_EQ(peer.news, 1U);
  turn_until([&] { return feeders.sent_bytes() == 8000; });
}

TEST_P(FeedersTest, AFullSocketHoldsUpNobodyAndGoesOnWhenItHasRoom) {
  Peer& stuck = attach(kBenchStart);
  for (int i = 0; i < 3; ++i) attach(kBenchStart);
  stuck.reads = false;
  for (std::size_t sent = 0; sent < kOneChunk; sent += 100'000) append(100'000);
  expect_all_have(kBenchStart);
  EXPECT_LT(stuck.feed->sent(), bench.end());
  stuck.reads = true;
  expect_all_have(kBenchStart);
}

TEST_P(FeedersTest, WhatMemoryNoLongerHasIsGivenBackAtItsPlace) {
  Peer& stuck = attach(kBenchStart);
  Peer& quick = attach(kBenchStart);
  stuck.reads = false;
  for (std::size_t sent = 0; sent < kFullSocket; sent += 400'000) {
    append(400'000);
    bench.until_written();
    turn_until([&] { return quick.got.size() == bench.end().since(kBenchStart); });
  }
  ASSERT_GT(bench.log->memory_begin(), stuck.feed->sent());
  stuck.reads = true;
  turn_until([&] { return stuck.feed->ended().has_value(); });
  EXPECT_EQ(stuck.feed->ended(), FeedEnd::kCold);
  // What is encrypted and waits goes out before the next bytes, whoever sends them.
  turn_until([&] {
    if (stuck.channel()) stuck.channel()->flush();
    return stuck.got.size() >= stuck.feed->sent().since(kBenchStart);
  });
  EXPECT_EQ(stuck.got.size(), stuck.feed->sent().since(kBenchStart));
  EXPECT_TRUE(stream(kBenchStart).starts_with(stuck.got));

  Peer& cold = attach(kBenchStart + 10);
  turn_until([&] { return cold.feed->ended().has_value(); });
  EXPECT_EQ(cold.feed->ended(), FeedEnd::kCold);
  EXPECT_EQ(cold.feed->sent(), kBenchStart + 10);
  EXPECT_EQ(cold.news, 1U);
}

TEST_P(FeedersTest, OneThatHasGoneIsGivenBackWithTheReason) {
  Peer& gone = attach(kBenchStart);
  attach(kBenchStart);
  gone.reads = false;
  gone.hang_up();
  append(1000);
  turn_until([&] { return gone.feed->ended().has_value(); });
  EXPECT_EQ(gone.feed->ended(), FeedEnd::kFailed);
  EXPECT_EQ(gone.feed->error(), boost::system::errc::broken_pipe);
  expect_all_have(kBenchStart);
}

TEST_P(FeedersTest, OneThatIsTakenBackGetsNothingMoreAndHearsNothing) {
  Peer& left = attach(kBenchStart);
  Peer& other = attach(kBenchStart);
  append(1000);
  turn_until([&] { return left.got.size() == 1000 && left.feed->has_caught_up(); });
  const unsigned news = left.news;
  feeders.detach(left.feed);
  // What was posted to its feeder before is done when what is posted behind it is.
  for (unsigned i = 0; i < GetParam().threads; ++i) attach(kBenchStart);
  append(1000);
  turn_until([&] {
    return std::all_of(peers.begin() + 1, peers.end(),
                       [](const auto& peer) { return peer->got.size() == 2000; });
  });
  left.read_what_is_there();
  EXPECT_EQ(left.got.size(), 1000U);
  EXPECT_EQ(left.news, news);
  EXPECT_EQ(other.got, stream(kBenchStart));
}

TEST_P(FeedersTest, ACutEndsTheTailForThoseWhoFollowIt) {
  bench.append(1000, 300);
  Peer& before = attach(kBenchStart);
  turn_until([&] { return before.got.size() == 1000; });
  const std::string seen = before.got;
  bench.cut();
  append(2000);
  Peer& after = attach(kBenchStart + 500);
  append(kOneChunk + 5);
  turn_until([&] { return after.got.size() == bench.end().since(kBenchStart + 500); });
  EXPECT_TRUE(after.got == stream(kBenchStart + 500));
  before.read_what_is_there();
  EXPECT_EQ(before.got, seen) << "bytes of another history";
}

TEST_P(FeedersTest, TheEndOfTheirOwnerTakesAllWithIt) {
  for (int i = 0; i < 20; ++i) attach(kBenchStart);
  peers.front()->reads = false;
  append(2 * kOneChunk);
  for (const auto& peer : peers) feeders.detach(peer->feed);
  std::vector<std::weak_ptr<Feed>> feeds;
  for (const auto& peer : peers) {
    feeds.emplace_back(peer->feed);
    peer->feed.reset();
  }
  turn_until([&] {
    return std::all_of(feeds.begin(), feeds.end(), [](const auto& feed) { return feed.expired(); });
  });
}

TEST_P(FeedersTest, ASampleIsTimedForEachThatHadCaughtUp) {
  for (int i = 0; i < 3; ++i) attach(kBenchStart);
  turn_until([&] {
    return std::all_of(peers.begin(), peers.end(),
                       [](const auto& peer) { return peer->feed->has_caught_up(); });
  });
  // Batches until one has been a sample, and has been sent by all.
  turn_until([&] {
    append(100);
    return feeders.delays().count() >= 3;
  });
  EXPECT_GT(feeders.delays().sum(), 0);
}

TEST_P(FeedersTest, OneThatIsStuckIsTimedByTheFirstSampleThatItCouldNotSend) {
  constexpr auto kStuck = 3 * ReplicationLog::kSampleEvery;
  Peer& stuck = attach(kBenchStart);
  turn_until([&] { return stuck.feed->has_caught_up(); });
  stuck.reads = false;
  append(kOneChunk);  // more than its socket takes
  turn_until([&] { return stuck.feed->sent() > kBenchStart; });
  const auto blocked = std::chrono::steady_clock::now();
  turn_until([&] {
    append(1);
    return std::chrono::steady_clock::now() > blocked + kStuck;
  });
  const double before = feeders.delays().sum();
  stuck.reads = true;
  turn_until([&] { return stuck.feed->sent() == bench.end(); });
  turn_until([&] {
    append(1);
    return feeders.delays().sum() - before >= std::chrono::duration<double>(kStuck).count() / 2;
  });
}

// What is encrypted and has no room waits in the channel, and nothing comes that would push it.
TEST_P(FeedersTest, TheLastByteArrivesThoughNoOtherFollows) {
  Peer& peer = attach(kBenchStart);
  peer.reads = false;
  do append(16'000);
  while (peer.channel() ? peer.channel()->flush() : bench.end().since(kBenchStart) < 400'000);
  peer.reads = true;
  expect_all_have(kBenchStart);
}

INSTANTIATE_TEST_SUITE_P(Threads, FeedersTest,
                         testing::Values(Way{1, false}, Way{2, false}, Way{4, false}, Way{1, true},
                                         Way{4, true}),
                         [](const auto& name) {
                           return std::to_string(name.param.threads) +
                                  (name.param.in_tls ? "InTls" : "");
                         });

}  // namespace
}  // namespace relay::test
