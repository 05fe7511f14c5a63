// How generations change while the relay runs: transfers that arrive or do not, histories that go
// on under another id, and snapshots that have outlived their use.
#include "tests/unit/history/generations_bench.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

constexpr Offset kAt = Offset::of_bytes(1000);
constexpr Offset kOther = Offset::of_bytes(70'000);

TEST(GenerationsArrival, TheFirstIsServedWhenItIsWhole) {
  GenerationsBench bench;
  bench.arrive(id_of('a'), kAt, rdb_of(id_of('a'), kAt), true);
  EXPECT_EQ(bench.id(), "none");
  ASSERT_NE(bench.generations.arriving(), nullptr);
  bench.complete();
  EXPECT_EQ(bench.generations.arriving(), nullptr);
  EXPECT_EQ(bench.id(), id_of('a').str());
  EXPECT_EQ(bench.log().begin(), kAt);
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt));
  const auto history = History::decode(*read_file(*bench.memory, generation_dir(1) + "/history"));
  EXPECT_EQ(*history, History(id_of('a'), kAt));
}

TEST(GenerationsArrival, ANewHistoryReplacesTheOldOneOnlyWhenItIsWhole) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(3000);
  bench.settle();
  const GenerationPtr old = bench.generations.current();
  const Generation* ended = nullptr;
  bench.generations.on_history_change = [&](const Generation& which, bool has_ended) {
    EXPECT_TRUE(has_ended);
    ended = &which;
  };
  bench.arrive(id_of('c'), kOther, rdb_of(id_of('c'), kOther), true);
  EXPECT_EQ(bench.generations.current(), old);
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt));
  EXPECT_EQ(ended, nullptr);
  bench.append(100);
  bench.settle();

  bench.complete();
  EXPECT_EQ(ended, old.get());
  EXPECT_EQ(bench.id(), id_of('c').str());
  EXPECT_EQ(bench.log().end(), kOther);
  EXPECT_EQ(bench.served(), rdb_of(id_of('c'), kOther));
  bench.sent[id_of('c').str()] = {kOther, ""};
  bench.append(100);
  bench.settle();
  bench.until([&] { return !old->log.is_running(); });
  bench.stop();
  EXPECT_FALSE(bench.has_directory(generation_dir(1)));
  GenerationsBench next(bench.memory->crash());
  EXPECT_EQ(next.id(), id_of('c').str());
  EXPECT_EQ(next.log().end(), kOther + 100);
}

TEST(GenerationsArrival, OneThatIsAbandonedLeavesTheOldOneServed) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(3000);
  bench.arrive(id_of('c'), kOther, rdb_of(id_of('c'), kOther), true);
  const SnapshotPtr snapshot = bench.generations.arriving()->snapshot;
  bench.abandon("receive");
  EXPECT_TRUE(snapshot->has_failed());
  EXPECT_EQ(bench.generations.snapshot_failures().at("receive"), 1U);
  EXPECT_EQ(bench.generations.arriving(), nullptr);
  EXPECT_EQ(bench.id(), id_of('a').str());
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt));
  EXPECT_FALSE(bench.has_directory(generation_dir(2)));
  bench.full_sync(id_of('d'), kOther);
  EXPECT_EQ(bench.id(), id_of('d').str());
}

TEST(GenerationsArrival, ABadSnapshotIsNeverServed) {
  const std::string good = rdb_of(id_of('c'), kOther);
  std::string bad_crc = good;
  bad_crc.back() = static_cast<char>(bad_crc.back() ^ 1);
  const std::string short_one = good.substr(0, good.size() - 1);
  for (const std::string& rdb :
       {bad_crc, short_one, rdb_of(id_of('d'), kOther), rdb_of(id_of('c'), kOther + 1)}) {
    GenerationsBench bench;
    bench.full_sync(id_of('a'), kAt);
    const std::string stage = bench.failed_stage([&] {
      bench.arrive(id_of('c'), kOther, rdb, true);
      bench.complete();
    });
    EXPECT_EQ(stage, "verify");
    EXPECT_FALSE(bench.generations.arriving()->snapshot->is_whole());
    bench.abandon(stage);
    EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt));
    EXPECT_FALSE(bench.has_directory(generation_dir(2)));
  }
}

TEST(GenerationsArrival, UnderIdsOfOurOwnTheMastersAuxFieldsMeanNothing) {
  GenerationsBench bench;
  bench.arrive(id_of('e'), Offset(), rdb_of(id_of('c'), kOther), true, true);
  bench.complete();
  EXPECT_TRUE(bench.current().history.own_ids());
  EXPECT_EQ(bench.served(), rdb_of(id_of('c'), kOther));
}

TEST(GenerationsArrival, AHistoryThatCannotBeStoredDoesNotComeAbout) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.arrive(id_of('c'), kOther, rdb_of(id_of('c'), kOther), true);
  bench.plan.fail_nth({DiskCall::kRename}, 2, EIO);  // the first names the snapshot
  EXPECT_EQ(bench.failed_stage([&] { bench.complete(); }), "write");
  EXPECT_EQ(bench.id(), id_of('a').str());
  bench.abandon("write");
  EXPECT_FALSE(bench.has_directory(generation_dir(2)));
}

TEST(GenerationsArrival, ARefreshReplacesTheSnapshotAndLeavesTheStreamAlone) {
  Config config = generations_config();
  config.log.max_size = 10'000;
  GenerationsBench bench(std::make_unique<MemoryFileSystem>(), config);
  bench.full_sync(id_of('a'), kAt);
  for (int i = 0; i < 4; ++i) {
    bench.append(5000);
    bench.settle();
  }
  const Offset later = kAt + 14'000;
  const GenerationPtr before = bench.generations.current();
  const std::string old_path = bench.snapshot_path(kAt);
  bench.refresh(id_of('a'), later);
  EXPECT_EQ(bench.generations.current(), before);
  EXPECT_EQ(bench.generations.refreshes(), 1U);
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), later));
  EXPECT_EQ(bench.log().end(), kAt + 20'000);
  EXPECT_GE(bench.log().begin(), kAt + 10'000) << "the log may be trimmed up to the new one";
  EXPECT_LE(bench.log().begin(), later) << "and no further";
  bench.stop();
  EXPECT_FALSE(bench.has(old_path));
  EXPECT_TRUE(is_true_of(bench, bench.sent));
}

TEST(GenerationsArrival, ARefreshOfAHistoryThatWasLeftIsRefused) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(5000, 100);
  const Offset ahead = kAt + 6000;
  bench.arrive(id_of('a'), ahead, rdb_of(id_of('a'), ahead), false);
  bench.continue_as(id_of('b'));
  EXPECT_EQ(bench.failed_stage([&] { bench.complete(); }), "receive");
  bench.abandon("receive");
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt));
  EXPECT_FALSE(bench.has(bench.snapshot_path(ahead)));
}

TEST(GenerationsArrival, ARefreshThatFailsAtTheSamePlaceLeavesTheSnapshotItWasToReplace) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.arrive(id_of('a'), kAt, rdb_of(id_of('a'), kAt), false);
  bench.abandon("receive");
  EXPECT_TRUE(bench.has(bench.snapshot_path(kAt)));
  EXPECT_FALSE(bench.has(bench.snapshot_path(kAt) + ".partial"));
  bench.refresh(id_of('a'), kAt);
  bench.stop();
  EXPECT_TRUE(bench.has(bench.snapshot_path(kAt)));
}

TEST(GenerationsContinue, TheNewIdIsOnDiskAndTheOldOneHoldsUpToTheCut) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(5000, 300);
  bench.settle();
  unsigned told = 0;
  bench.generations.on_history_change = [&](const Generation& which, bool ended) {
    EXPECT_EQ(&which, &bench.current());
    EXPECT_FALSE(ended);
    ++told;
  };
  bench.continue_as(id_of('b'));
  EXPECT_EQ(told, 1U);
  EXPECT_EQ(bench.log().end(), kAt + 4700);
  bench.append(1000);
  bench.settle();
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt)) << "taken before the cut, it is good still";

  GenerationsBench next(bench.memory->crash());
  EXPECT_EQ(next.id(), id_of('b').str());
  EXPECT_EQ(next.log().end(), kAt + 5700);
  EXPECT_TRUE(next.current().history.holds(id_of('a'), kAt + 4700));
  EXPECT_FALSE(next.current().history.holds(id_of('a'), kAt + 4701));
  EXPECT_TRUE(is_true_of(next, bench.sent));
}

TEST(GenerationsContinue, ASnapshotFromBehindTheCutIsGoneBeforeTheNewIdIsThere) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(5000, 300);
  const Offset ahead = kAt + 6000;  // the master is further than what we have of it
  bench.refresh(id_of('a'), ahead);
  bench.settle();
  const std::string path = bench.snapshot_path(ahead);
  ASSERT_TRUE(bench.has(path));
  bench.plan.stall({DiskCall::kRemove});
  bench.continue_as(id_of('b'));
  EXPECT_EQ(bench.current().snapshot, nullptr);
  bench.append(3000);
  bench.context.restart();
  bench.context.poll();
  bench.plan.wait_until_stalled();
  GenerationsBench at_the_removal(bench.memory->process_kill());
  EXPECT_EQ(at_the_removal.id(), id_of('a').str());
  bench.plan.release();
  bench.settle();
  const auto left = bench.memory->crash();
  EXPECT_FALSE(left->open(path)) << "it must not come back after a power cut";
  GenerationsBench next(left->crash());
  EXPECT_EQ(next.id(), id_of('b').str());
  EXPECT_EQ(next.served(), "");
  EXPECT_TRUE(is_true_of(next, bench.sent));
}

TEST(GenerationsRetention, ASnapshotThatTheLogHasOutgrownIsDropped) {
  Config config = generations_config();
  config.log.max_size = 20'000;
  GenerationsBench bench(std::make_unique<MemoryFileSystem>(), config);
  bench.full_sync(id_of('a'), kAt);
  bench.append(5000);
  bench.settle();
  bench.generations.tick(false);
  EXPECT_NE(bench.current().snapshot, nullptr);
  for (int i = 0; i < 4; ++i) {
    bench.append(4200);
    bench.settle();
  }
  ASSERT_TRUE(bench.log().is_pinned_over_budget());
  bench.generations.tick(true);
  EXPECT_NE(bench.current().snapshot, nullptr) << "a fresh one is on its way";
  for (int i = 0; i < 2; ++i) {
    bench.append(4200);
    bench.settle();
  }
  bench.generations.tick(true);
  EXPECT_EQ(bench.current().snapshot, nullptr) << "a quarter more than the budget is too much";
  EXPECT_GT(bench.log().begin(), kAt);
  const std::string path = bench.snapshot_path(kAt);
  bench.stop();
  EXPECT_FALSE(bench.has(path));
}

TEST(GenerationsRetention, WhereOnlyThePinIsInTheWayTheSnapshotGoesAtOnce) {
  Config config = generations_config();
  config.log.max_size = 20'000;
  GenerationsBench bench(std::make_unique<MemoryFileSystem>(), config);
  bench.full_sync(id_of('a'), kAt);
  for (int i = 0; i < 5; ++i) {
    bench.append(4200);
    bench.settle();
  }
  bench.generations.tick(false);
  EXPECT_EQ(bench.current().snapshot, nullptr);
  EXPECT_EQ(bench.served(), "");
}

TEST(GenerationsRetention, DamageInTheLogTakesTheSnapshotThatNeedsIt) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  for (int i = 0; i < 3; ++i) {
    bench.append(5000);
    bench.settle();
  }
  bench.generations.set_aside(bench.generations.current(), kAt + 5000);
  EXPECT_EQ(bench.log().begin(), kAt + 10'000);
  EXPECT_EQ(bench.current().snapshot, nullptr);
  EXPECT_EQ(bench.health.errors().at("read"), 1U);
}

}  // namespace
}  // namespace relay::test
