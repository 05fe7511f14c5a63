// Garbage, half-open and hostile connections, on every port: bounded memory, clear errors, and
// nobody else notices.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace relay::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kGrowthLimit = 150ULL << 20;
#else
constexpr std::uint64_t kGrowthLimit = 40ULL << 20;
#endif

class HostileClients : public ::testing::Test {
 protected:
  HostileClients()
      : master_("master"), relay_({.upstream_port = master_.port()}), replica_("replica") {
    replica_.follow(relay_.port());
    wait_until_in_sync(master_, {&replica_}, &relay_);
    memory_before_ = relay_.process().resident_bytes();
  }

  ~HostileClients() override {
    if (std::uncaught_exceptions() == 0) expect_nobody_noticed();
  }

  void expect_nobody_noticed() {
    try {
      ASSERT_TRUE(relay_.process().is_running());
      EXPECT_LT(relay_.process().peak_resident_bytes(), memory_before_ + kGrowthLimit);
      EXPECT_EQ(relay_.client().command({"PING"}).text, "PONG");
      EXPECT_EQ(relay_.get("/livez").status, 200);
      master_.command({"SET", "still", "streaming"});
      wait_until_in_sync(master_, {&replica_}, &relay_);
      EXPECT_EQ(replica_.full_syncs_taken(), 1U);
      EXPECT_EQ(master_.full_syncs_given(), relays_);
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }

  // Sends until the other side has had enough, at most so many bytes. True if it closed.
  static bool is_closed_after(std::uint16_t port, const std::string& start,
                              const std::string& endless, std::uint64_t most) {
    auto socket = Socket::connect_to(port);
    try {
      socket.send_all(start);
      for (std::uint64_t sent = 0; sent < most; sent += endless.size()) {
        socket.send_all(endless);
        if (socket.is_readable(0ms) && socket.receive().empty()) return true;
      }
      socket.wait_until_closed();
      return true;
    } catch (const TimedOut&) {
      return false;
    } catch (const std::exception&) {
      return true;
    }
  }

  RedisServer master_;
  RelayProcess relay_;
  RedisServer replica_;
  std::uint64_t memory_before_ = 0;
  unsigned relays_ = 1;
};

TEST_F(HostileClients, RandomBytesOnEitherPort) {
  std::mt19937 random(11);
  for (int i = 0; i < 60; ++i) {
    auto socket = Socket::connect_to(i % 2 == 0 ? relay_.port() : relay_.http_port());
    std::string bytes(1 + random() % 20000, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    if (i % 3 == 0) bytes = "*3\r\n$3\r\n" + bytes;
    try {
      socket.send_all(bytes);
    } catch (const std::exception&) {
      // Closed before it was all sent: a good answer too.
    }
  }
}

TEST_F(HostileClients, RequestsThatPromiseTooMuchAreRefused) {
  for (const char* start : {"*1000000000\r\n", "*1\r\n$99999999999\r\n", "*1\r\n$-5\r\n",
                            "*2\r\n$4\r\nECHO\r\n$900000000\r\n", "*1\r\n:5\r\n"}) {
    SCOPED_TRACE(start);
    RedisClient client(relay_.port());
    client.send(start);
    EXPECT_TRUE(client.receive_line().starts_with("-ERR Protocol error"));
    client.socket().wait_until_closed();
  }
}

TEST_F(HostileClients, AnEndlessLineIsCutOff) {
  EXPECT_TRUE(is_closed_after(relay_.port(), "", std::string(65536, 'a'), 200 << 20));
}

TEST_F(HostileClients, AnEndlessBulkIsCutOff) {
  std::string request = "*1000\r\n";
  EXPECT_TRUE(is_closed_after(relay_.port(), request,
                              "$60000\r\n" + std::string(60000, 'b') + "\r\n", 200 << 20));
}

TEST_F(HostileClients, AnEndlessHttpHeadIsCutOff) {
  EXPECT_TRUE(is_closed_after(relay_.http_port(),
                              "GET /metrics HTTP/1.1\r\nX: ", std::string(65536, 'c'), 200 << 20));
}

TEST_F(HostileClients, AnEndlessHttpBodyIsCutOff) {
  EXPECT_TRUE(is_closed_after(
      relay_.http_port(), "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n",
      std::string(65536, 'd'), 200 << 20));
}

TEST_F(HostileClients, OneWhoNeverReadsItsRepliesIsNotBuffered) {
  auto socket = Socket::connect_to(relay_.port());
  socket.set_receive_buffer(4096);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += to_request({"INFO", "everything"});
  // Sent from a thread of its own: it must block, not be swallowed.
  std::thread sender([&] {
    try {
      for (int i = 0; i < 100; ++i) socket.send_all(requests);
    } catch (const std::exception&) {
      // closed, or shut down below
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(relay_.client().command({"PING"}).text, "PONG");
    EXPECT_LT(relay_.process().resident_bytes(), memory_before_ + kGrowthLimit);
  }
  socket.shutdown();
  sender.join();
}

TEST_F(HostileClients, HundredsWhoSayNothing) {
  std::vector<Socket> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(Socket::connect_to(relay_.port()));
    silent.push_back(Socket::connect_to(relay_.http_port()));
    silent.push_back(Socket::connect_to(relay_.port()));
    silent.back().send_all("*3\r\n$8\r\nREPLC");
  }
  expect_nobody_noticed();
}

TEST_F(HostileClients, AReplicaThatTalksNonsenseAfterPsyncIsClosedAlone) {
  RawReplica fool({.port = relay_.port()});
  fool.wait_for_snapshot();
  fool.wait_for_offset(relay_.offset());
  fool.send("*1\r\n$99999999999\r\n");
  fool.wait_until_closed();
}

TEST_F(HostileClients, ClientsBeyondTheLimitAreToldSo) {
  RelayProcess small({.upstream_port = master_.port(), .settings = {"limits.clients=3"}});
  ++relays_;
  wait_until([&] { return small.metric("psync_relay_clients") == 0; }, kPatience, "no client");
  std::vector<std::unique_ptr<RedisClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RedisClient>(small.port()));
    EXPECT_EQ(clients.back()->command({"PING"}).text, "PONG");
  }
  RedisClient excess(small.port());
  EXPECT_EQ(excess.receive_line(), "-ERR max number of clients reached");
  excess.socket().wait_until_closed();
  clients.pop_back();
  wait_until([&] { return small.client().command({"PING"}).text == "PONG"; }, kPatience,
             "a place that is free again");
}

}  // namespace
}  // namespace relay::test
