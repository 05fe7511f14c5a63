#include "common/tls/tls_channel.h"

#include "tests/unit/tls/tls_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <malloc.h>
#include <memory>
#include <poll.h>
#include <random>
#include <thread>
#include <vector>

namespace relay::test {
namespace {

using ::testing::HasSubstr;

std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  return bytes;
}

void wait_for(int socket, short what) {
  pollfd one{socket, what, 0};
  ::poll(&one, 1, -1);
}

struct Connected {
  explicit Connected(int buffer = 0)
      : pair(buffer),
        server(TlsContext(bench.server_terms), pair.ends[0], ""),
        client(TlsContext(bench.client_terms), pair.ends[1], "master.example") {
    shake_hands(client, server);
  }
  TlsBench bench;
  Pair pair;
  TlsChannel server;
  TlsChannel client;
};

// Why a client with these terms and this name does not believe the server; "" if it does.
std::string disbelief(const TlsTerms& server_terms, const TlsTerms& client_terms,
                      const std::string& name) {
  const Pair pair;
  TlsChannel server(TlsContext(server_terms), pair.ends[0], "");
  TlsChannel client(TlsContext(client_terms), pair.ends[1], name);
  try {
    shake_hands(client, server);
  } catch (const TlsFault& fault) {
    return fault.what();
  }
  return "";
}

TEST(TlsChannel, BytesArriveInOrderEachOnceHoweverLittleTheSocketTakes) {
  Connected both(4096);
  const std::string bytes = random_bytes(2'000'000, 1);
  std::mt19937 random(2);
  std::string got;
  std::size_t sent = 0;
  unsigned full = 0;
  std::string room(70'000, '\0');
  while (got.size() < bytes.size()) {
    while (sent < bytes.size()) {
      const std::size_t n = std::min<std::size_t>(bytes.size() - sent, random() % 50'000 + 1);
      const ssize_t taken = both.server.send(std::string_view(bytes).substr(sent, n));
      if (taken < 0) {
        ASSERT_EQ(errno, EAGAIN);
        ++full;
        break;
      }
      sent += static_cast<std::size_t>(taken);
    }
    const ssize_t n = both.client.receive(room.data(), random() % room.size() + 1);
    if (n < 0) {
      ASSERT_EQ(errno, EAGAIN);
      both.server.flush();
      continue;
    }
    got.append(room, 0, static_cast<std::size_t>(n));
  }
  EXPECT_GT(full, 10U);
  EXPECT_TRUE(got == bytes);
  EXPECT_TRUE(both.server.flush());
}

TEST(TlsChannel, WhatItTookWaitsForRoomAndNothingMoreIsTaken) {
  Connected both(4096);
  const std::string bytes = random_bytes(1'000'000, 3);
  std::size_t taken = 0;
  for (ssize_t n = 0; n >= 0; taken += static_cast<std::size_t>(std::max<ssize_t>(n, 0))) {
    n = both.server.send(std::string_view(bytes).substr(taken));
  }
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_FALSE(both.server.flush());
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(both.server.send("more"), -1);
  // All that was taken, and nothing else, arrives.
  std::string got;
  std::string room(20'000, '\0');
  while (got.size() < taken) {
    const ssize_t n = both.client.receive(room.data(), room.size());
    if (n > 0) got.append(room, 0, static_cast<std::size_t>(n));
    both.server.flush();
  }
  EXPECT_TRUE(both.server.flush());
  EXPECT_TRUE(got == bytes.substr(0, taken));
  EXPECT_EQ(both.client.receive(room.data(), room.size()), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST(TlsChannel, WhenEverythingHasGoneThroughNoBufferIsLeft) {
  const auto in_use = [] {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  if (in_use() == 0) GTEST_SKIP() << "the sanitizer's allocator does not count";
  constexpr std::size_t kCount = 20;
  std::vector<std::unique_ptr<Connected>> all;
  for (std::size_t i = 0; i < kCount; ++i) all.push_back(std::make_unique<Connected>());
  const std::string bytes = random_bytes(200'000, 5);
  std::string room(50'000, '\0');
  const std::size_t before = in_use();
  for (auto& both : all) {
    std::size_t sent = 0;
    for (std::size_t got = 0; got < bytes.size();) {
      const ssize_t taken = both->server.send(std::string_view(bytes).substr(sent));
      sent += static_cast<std::size_t>(std::max<ssize_t>(taken, 0));
      both->server.flush();
      got += static_cast<std::size_t>(
          std::max<ssize_t>(both->client.receive(room.data(), room.size()), 0));
    }
  }
  EXPECT_LT(in_use(), before + kCount * 8192);
}

// What one side writes reaches the other a byte at a time.
TEST(TlsChannel, EverySplitOfHandshakeAndRecordsIsTheSame) {
  const TlsBench bench;
  const Pair of_server;
  const Pair of_client;
  TlsChannel server(TlsContext(bench.server_terms), of_server.ends[0], "");
  TlsChannel client(TlsContext(bench.client_terms), of_client.ends[0], "master.example");
  const auto carry = [](int from, int to) {
    char byte = 0;
    if (::read(from, &byte, 1) != 1) return false;
    EXPECT_EQ(::write(to, &byte, 1), 1);
    return true;
  };
  bool client_done = false;
  bool server_done = false;
  while (!client_done || !server_done) {
    if (!client_done) client_done = client.shake_hands() == TlsChannel::Handshake::kDone;
    if (!server_done) server_done = server.shake_hands() == TlsChannel::Handshake::kDone;
    carry(of_client.ends[1], of_server.ends[1]);
    carry(of_server.ends[1], of_client.ends[1]);
  }
  const std::string bytes = random_bytes(40'000, 4);
  ASSERT_EQ(server.send(bytes), static_cast<ssize_t>(bytes.size()));
  std::string got;
  std::string room(50'000, '\0');
  while (got.size() < bytes.size()) {
    ASSERT_TRUE(carry(of_server.ends[1], of_client.ends[1]));
    const ssize_t n = client.receive(room.data(), room.size());
    if (n > 0) got.append(room, 0, static_cast<std::size_t>(n));
  }
  EXPECT_TRUE(got == bytes);
}

TEST(TlsChannel, OneThreadSendsWhileAnotherReceives) {
  Connected both(8192);
  const std::string down = random_bytes(1'000'000, 5);
  const std::string up = random_bytes(300'000, 6);
  const auto send_all = [](TlsChannel& channel, int socket, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = channel.send(bytes);
      if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
      if (n < 0) wait_for(socket, POLLOUT);
    }
    while (!channel.flush()) wait_for(socket, POLLOUT);
  };
  const auto receive_all = [](TlsChannel& channel, int socket, std::size_t size) {
    std::string got;
    std::string room(30'000, '\0');
    while (got.size() < size) {
      const ssize_t n = channel.receive(room.data(), room.size());
      if (n > 0) got.append(room, 0, static_cast<std::size_t>(n));
      if (n < 0) wait_for(socket, POLLIN);
    }
    return got;
  };
  std::string at_client;
  std::string at_server;
  std::thread a([&] { send_all(both.server, both.pair.ends[0], down); });
  std::thread b([&] { send_all(both.client, both.pair.ends[1], up); });
  std::thread c([&] { at_client = receive_all(both.client, both.pair.ends[1], down.size()); });
  at_server = receive_all(both.server, both.pair.ends[0], up.size());
  for (std::thread* thread : {&a, &b, &c}) thread->join();
  EXPECT_TRUE(at_client == down);
  EXPECT_TRUE(at_server == up);
}

// The peer of a channel as OpenSSL alone makes one.
TEST(TlsChannel, APeerThatChangesItsKeysIsAnsweredAndUnderstood) {
  const TlsBench bench;
  const Pair pair;
  TlsChannel server(TlsContext(bench.server_terms), pair.ends[0], "");
  const TlsContext context(bench.client_terms);
  std::string got;
  std::thread peer([&] {
    ::fcntl(pair.ends[1], F_SETFL, 0);
    SSL* const ssl = SSL_new(context.native());
    SSL_set_fd(ssl, pair.ends[1]);
    SSL_connect(ssl);
    for (int i = 0; i < 50; ++i) {
      SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
      SSL_write(ssl, "ack", 3);
      std::array<char, 8> answer{};
      if (SSL_read(ssl, answer.data(), 5) == 5) got.append(answer.data(), 5);
    }
    SSL_free(ssl);
  });
  const auto wait = [&] { wait_for(pair.ends[0], POLLIN); };
  while (server.shake_hands() != TlsChannel::Handshake::kDone) wait();
  std::array<char, 64> room{};
  std::string acks;
  for (int i = 0; i < 50;) {
    const ssize_t n = server.receive(room.data(), room.size());
    if (n < 0) {
      EXPECT_EQ(errno, EAGAIN);
      wait();
      continue;
    }
    if (n == 0) break;
    acks.append(room.data(), static_cast<std::size_t>(n));
    for (; static_cast<std::size_t>(i) < acks.size() / 3; ++i) server.send("bytes");
  }
  peer.join();
  EXPECT_EQ(acks.size(), 150U);
  EXPECT_EQ(got.size(), 250U);
}

TEST(TlsChannel, AnEndIsAnEndWithAFarewellAndWithout) {
  std::array<char, 16> room{};
  {
    Connected both;
    both.server.send("last");
    both.server.say_end();
    EXPECT_EQ(both.client.receive(room.data(), room.size()), 4);
    EXPECT_EQ(both.client.receive(room.data(), room.size()), 0);
  }
  Connected both;
  both.server.send("last");
  ::shutdown(both.pair.ends[0], SHUT_RDWR);
  EXPECT_EQ(both.client.receive(room.data(), room.size()), 4);
  EXPECT_EQ(both.client.receive(room.data(), room.size()), 0);
  both.server.send("more");  // taken, as far as it knows
  EXPECT_FALSE(both.server.flush());
  EXPECT_EQ(errno, EPIPE);
  EXPECT_EQ(both.server.send("more"), -1);
}

TEST(TlsChannel, BytesThatNobodyEncryptedEndIt) {
  Connected both;
  ASSERT_EQ(::write(both.pair.ends[0], "*1\r\n$4\r\nPING\r\n", 14), 14);
  std::array<char, 16> room{};
  EXPECT_EQ(both.client.receive(room.data(), room.size()), -1);
  EXPECT_EQ(errno, EPROTO);
  EXPECT_NE(both.client.fault(), "");
}

TEST(TlsChannel, APeerThatSpeaksNoTlsIsNamedAsSuch) {
  const TlsBench bench;
  const Pair pair;
  TlsChannel server(TlsContext(bench.server_terms), pair.ends[0], "");
  ASSERT_EQ(::write(pair.ends[1], "*1\r\n$4\r\nPING\r\n", 14), 14);
  try {
    server.shake_hands();
    FAIL() << "it shook hands";
  } catch (const TlsFault& fault) {
    EXPECT_THAT(fault.what(), HasSubstr("does not speak TLS"));
  }
}

TEST(TlsChannel, AServerIsBelievedForItsNameAndItsCaAlone) {
  const TlsBench bench;
  EXPECT_EQ(disbelief(bench.server_terms, bench.client_terms, "master.example"), "");
  EXPECT_EQ(disbelief(bench.server_terms, bench.client_terms, "127.0.0.1"), "");
  EXPECT_THAT(disbelief(bench.server_terms, bench.client_terms, "other.example"),
              HasSubstr("hostname mismatch"));
  EXPECT_THAT(disbelief(bench.server_terms, bench.client_terms, "127.0.0.2"),
              HasSubstr("IP address mismatch"));
  const Authority other(bench.dir.path(), "other");
  TlsTerms of_other = bench.client_terms;
  of_other.ca = read_text(other.file());
  EXPECT_THAT(disbelief(bench.server_terms, of_other, "master.example"),
              HasSubstr("the peer's certificate is refused"));
  const CertificateFiles late = bench.ca.issue("late", "DNS:master.example", -1);
  const TlsTerms expired = bench.terms(TlsTerms::Role::kServer, TlsTerms::Peer::kAny, late);
  EXPECT_THAT(disbelief(expired, bench.client_terms, "master.example"), HasSubstr("expired"));
  TlsTerms credulous = of_other;
  credulous.peer = TlsTerms::Peer::kAny;
  EXPECT_EQ(disbelief(expired, credulous, "other.example"), "");
}

TEST(TlsChannel, AClientMustShowACertificateWhereThatIsAskedFor) {
  const TlsBench bench;
  const CertificateFiles ours = bench.ca.issue("client", "DNS:relay.example");
  const TlsTerms with = bench.terms(TlsTerms::Role::kClient, TlsTerms::Peer::kVerified, ours);
  TlsTerms strict = bench.server_terms;
  strict.peer = TlsTerms::Peer::kVerified;
  TlsTerms lenient = strict;
  lenient.peer = TlsTerms::Peer::kOptional;
  EXPECT_EQ(disbelief(strict, with, "master.example"), "");
  EXPECT_THAT(disbelief(strict, bench.client_terms, "master.example"),
              HasSubstr("shows no certificate"));
  EXPECT_EQ(disbelief(lenient, bench.client_terms, "master.example"), "");
  const Authority other(bench.dir.path(), "other");
  const CertificateFiles theirs = other.issue("client", "DNS:relay.example");
  TlsTerms stranger = with;
  stranger.certificate = read_text(theirs.certificate);
  stranger.key = read_text(theirs.key);
  EXPECT_THAT(disbelief(lenient, stranger, "master.example"), HasSubstr("is refused"));
}

}  // namespace
}  // namespace relay::test
