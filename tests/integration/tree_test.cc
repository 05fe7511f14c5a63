// Relays behind a relay: one transfer from the master serves the whole tree, and a place in the
// stream has the same name at every node of it.

#include "tests/support/mixed_load.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <memory>

namespace relay::test {
namespace {

constexpr unsigned kBranches = 4;
constexpr unsigned kLeaves = 4;

class Tree : public ::testing::Test {
 protected:
  Tree() : master_("master") {
    master_.populate("key", 2000, 1000);
    top_ = std::make_unique<RelayProcess>(RelayOptions{.upstream_port = master_.port()});
    for (unsigned i = 0; i < kBranches; ++i) {
      branches_.push_back(
          std::make_unique<RelayProcess>(RelayOptions{.upstream_port = top_->port()}));
      for (unsigned k = 0; k < kLeaves; ++k) {
        servers_.push_back(std::make_unique<RedisServer>("replica " + std::to_string(i + 1) + "." +
                                                         std::to_string(k + 1)));
        leaves_.push_back(servers_.back().get());
        leaves_.back()->follow(branches_.back()->port());
      }
    }
  }

  void wait_until_all_in_sync() {
    wait_until_in_sync(master_, leaves_, top_.get());
    for (auto& branch : branches_) wait_until_caught_up(master_, {}, branch.get());
  }

  void expect_one_snapshot() {
    EXPECT_EQ(master_.full_syncs_given(), 1U);
    EXPECT_EQ(master_.forks(), 1U);
    EXPECT_EQ(top_->info_number("relay_upstream_full_syncs"), 1U);
    EXPECT_EQ(top_->info_number("sync_full"), kBranches);
    for (auto* leaf : leaves_) EXPECT_EQ(leaf->full_syncs_taken(), 1U) << leaf->name();
  }

  RedisServer master_;
  std::unique_ptr<RelayProcess> top_;
  std::vector<std::unique_ptr<RelayProcess>> branches_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<RedisServer*> leaves_;
};

TEST_F(Tree, OneSnapshotServesSixteenReplicasUnderFiveRelays) {
  MixedLoad load({.port = master_.port(), .commands_per_second = 2000});
  load.wait_for_commands(3000);
  load.stop();
  wait_until_all_in_sync();
  expect_one_snapshot();
}

TEST_F(Tree, ABranchThatIsKilledComesBackWithItsReplicasAndTheOthersNoticeNothing) {
  wait_until_all_in_sync();
  const auto links = top_->info_number("sync_partial_ok");
  MixedLoad load({.port = master_.port(), .commands_per_second = 2000});
  load.wait_for_commands(1000);
  branches_[0]->kill();
  load.wait_for_commands(1000);
  branches_[0]->start();
  load.wait_for_commands(1000);
  load.stop();
  wait_until_all_in_sync();
  expect_one_snapshot();
  EXPECT_EQ(top_->info_number("sync_partial_ok"), links + 1);
}

}  // namespace
}  // namespace relay::test
