#include "proxy/downstream/departed_replicas.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

using Time = DepartedReplicas::Time;

constexpr Time kStart{1000s};
const WallTime kWall{std::chrono::seconds(1794939600)};

ReplicaStatus replica(const std::string& ip, std::uint16_t port = 6379) {
  ReplicaStatus status;
  status.ip = ip;
  status.port = port;
  status.lag_bytes = 7;
  return status;
}

std::vector<std::string> gone(const DepartedReplicas& replicas, Time now, Duration linger = 60s) {
  std::vector<std::string> names;
  for (const DepartedReplica& one : replicas.since(linger, now)) {
    names.push_back(one.last.ip + ":" + std::to_string(one.last.port));
  }
  return names;
}
using Names = std::vector<std::string>;

TEST(DepartedReplicas, AreKeptAsTheyWereForAsLongAsTheyLinger) {
  DepartedReplicas replicas;
  replicas.come("10.0.0.1", 6379);
  replicas.leave(replica("10.0.0.1"), kStart, kWall);
  const auto list = replicas.since(60s, kStart + 59s);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].last.lag_bytes, 7U);
  EXPECT_EQ(list[0].left, kWall);
  EXPECT_EQ(gone(replicas, kStart + 60s), Names{});
  EXPECT_EQ(gone(replicas, kStart, 0s), Names{}) << "a linger of 0 keeps nobody";
}

TEST(DepartedReplicas, TheLastToLeaveComesFirst) {
  DepartedReplicas replicas;
  replicas.leave(replica("10.0.0.1"), kStart, kWall);
  replicas.leave(replica("10.0.0.2"), kStart + 1s, kWall);
  EXPECT_EQ(gone(replicas, kStart + 2s), (Names{"10.0.0.2:6379", "10.0.0.1:6379"}));
  EXPECT_EQ(gone(replicas, kStart + 60s), Names{"10.0.0.2:6379"});
}

TEST(DepartedReplicas, OneThatComesBackHasNotDeparted) {
  DepartedReplicas replicas;
  replicas.come("10.0.0.1", 6379);
  replicas.leave(replica("10.0.0.1"), kStart, kWall);
  replicas.come("10.0.0.1", 6379);
  EXPECT_EQ(gone(replicas, kStart), Names{});
  replicas.come("10.0.0.1", 6380);
  replicas.leave(replica("10.0.0.1", 6380), kStart, kWall);
  EXPECT_EQ(gone(replicas, kStart), Names{"10.0.0.1:6380"}) << "another port is another replica";
}

// It reconnected before its old connection was found to be dead.
TEST(DepartedReplicas, OneWhoseOldConnectionEndsAfterItsNewOneBeganHasNotDeparted) {
  DepartedReplicas replicas;
  replicas.come("10.0.0.1", 6379);
  replicas.come("10.0.0.1", 6379);
  replicas.leave(replica("10.0.0.1"), kStart, kWall);
  EXPECT_EQ(gone(replicas, kStart), Names{});
  replicas.leave(replica("10.0.0.1"), kStart + 1s, kWall);
  EXPECT_EQ(gone(replicas, kStart + 1s), Names{"10.0.0.1:6379"});
}

TEST(DepartedReplicas, WhoeverIsForgottenWasNeverThere) {
  DepartedReplicas replicas;
  replicas.come("10.0.0.1", 6379);
  replicas.forget("10.0.0.1", 6379);
  EXPECT_EQ(gone(replicas, kStart), Names{});
}

TEST(DepartedReplicas, OnlySoManyAreKeptAndTheOldestGiveWay) {
  DepartedReplicas replicas;
  for (std::size_t i = 0; i < DepartedReplicas::kMost + 3; ++i) {
    replicas.leave(replica("10.0.0.1", static_cast<std::uint16_t>(i + 1)), kStart, kWall);
  }
  const auto list = replicas.since(60s, kStart);
  EXPECT_EQ(list.size(), DepartedReplicas::kMost);
  EXPECT_EQ(list.back().last.port, 4);
}

}  // namespace
}  // namespace relay
