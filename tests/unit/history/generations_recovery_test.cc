// What is made of a data directory at the start.
#include "common/base/crc32c.h"
#include "tests/unit/history/generations_bench.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace relay::test {
namespace {

constexpr Offset kAt = Offset::of_bytes(1000);

// One committed generation, written by hand, without a log.
void place(MemoryFileSystem& fs, unsigned n, const History& history, Offset snapshot,
           const std::string& rdb) {
  const std::string dir = generation_dir(n);
  (void)fs.make_directory(kData);
  (void)fs.make_directory(dir);
  (void)replace_file(fs, dir, "history", history.encode());
  if (!rdb.empty()) (void)replace_file(fs, dir, snapshot_name(snapshot), rdb);
}

std::string damaged(std::string text) {
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  return text;
}

// The disk of a relay that had a full sync and 5000 bytes, and was stopped.
std::unique_ptr<MemoryFileSystem> used_disk() {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(5000);
  bench.settle();
  bench.stop();
  return bench.memory->crash();
}

TEST(GenerationsRecovery, AnEmptyDirectoryHoldsNothing) {
  GenerationsBench bench;
  EXPECT_TRUE(bench.recovered);
  EXPECT_EQ(bench.id(), "none");
  EXPECT_TRUE(bench.has_directory(kData));
}

TEST(GenerationsRecovery, NobodyIsServedFromAFileThatIsNotVerifiedYet) {
  asio::io_context context;
  Snapshot found(context.get_executor(), id_of('a'), kAt, Snapshot::State::kVerifying);
  found.grew(104);
  EXPECT_EQ(found.readable(), 0U);
  EXPECT_FALSE(found.is_whole());
  found.complete(104, false, std::chrono::system_clock::now(), 0);
  EXPECT_EQ(found.readable(), 104U);
}

TEST(GenerationsRecovery, WhatWasStoredIsServedAgain) {
  GenerationsBench bench(used_disk());
  ASSERT_EQ(bench.id(), id_of('a').str());
  EXPECT_EQ(bench.log().begin(), kAt);
  EXPECT_EQ(bench.log().end(), kAt + 5000);
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt));
}

TEST(GenerationsRecovery, TheSnapshotThatWasFoundPinsTheLog) {
  Config config = generations_config();
  config.log.max_size = 4096;
  GenerationsBench bench(used_disk(), config);
  bench.sent[id_of('a').str()] = {kAt + 5000, ""};
  for (int i = 0; i < 4; ++i) {
    bench.append(5000);
    bench.settle();
  }
  EXPECT_EQ(bench.log().begin(), kAt);
  EXPECT_TRUE(bench.log().is_pinned_over_budget());
}

TEST(GenerationsRecovery, AGenerationThatNeverBecameWholeIsRemoved) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(5000);
  bench.settle();
  const Offset other = Offset::of_bytes(77);
  bench.arrive(id_of('c'), other, rdb_of(id_of('c'), other), true);
  GenerationsBench next(bench.memory->process_kill());
  EXPECT_EQ(next.id(), id_of('a').str());
  EXPECT_EQ(next.log().end(), kAt + 5000);
  EXPECT_FALSE(next.has_directory(generation_dir(2)));
  EXPECT_FALSE(next.has_directory(generation_dir(2) + ".damaged"));
  next.full_sync(id_of('d'), kAt);
  EXPECT_EQ(next.current().number, 3U) << "a number is never used twice";
}

TEST(GenerationsRecovery, ADamagedHistoryIsSetAsideAndSaid) {
  auto disk = used_disk();
  const std::string path = generation_dir(1) + "/history";
  const std::string text = *read_file(*disk, path);
  for (const std::string& bad : {damaged(text), text.substr(0, text.size() - 1), std::string()}) {
    auto copy = disk->process_kill();
    ASSERT_TRUE(replace_file(*copy, generation_dir(1), "history", bad));
    const auto errors = log_count(LogLevel::kError);
    GenerationsBench bench(std::move(copy));
    EXPECT_TRUE(bench.recovered);
    EXPECT_EQ(bench.id(), "none");
    EXPECT_FALSE(bench.has_directory(generation_dir(1)));
    EXPECT_TRUE(bench.has_directory(generation_dir(1) + ".damaged/log"));
    EXPECT_EQ(log_count(LogLevel::kError), errors + 1);
  }
}

TEST(GenerationsRecovery, WhatALaterVersionWroteIsLeftAsItIs) {
  auto disk = used_disk();
  std::string text = "psync-relay history 2\nsomething new\n";
  std::array<char, 16> sum{};
  std::snprintf(sum.data(), sum.size(), "%08x", crc32c(0, text));
  text += std::string("crc32c ") + sum.data() + "\n";
  ASSERT_TRUE(replace_file(*disk, generation_dir(1), "history", text));
  GenerationsBench bench(std::move(disk));
  ASSERT_FALSE(bench.recovered);
  EXPECT_EQ(bench.recovered.error(), DataError::kUnsupported);
  EXPECT_TRUE(bench.has(generation_dir(1) + "/history"));
}

TEST(GenerationsRecovery, WithoutItsLogItGoesOnFromTheSnapshot) {
  auto disk = used_disk();
  ASSERT_TRUE(disk->remove_tree(generation_dir(1) + "/log"));
  GenerationsBench bench(std::move(disk));
  ASSERT_EQ(bench.id(), id_of('a').str());
  EXPECT_EQ(bench.log().begin(), kAt);
  EXPECT_EQ(bench.log().end(), kAt);
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt));
}

TEST(GenerationsRecovery, WithoutItsSnapshotTheLogIsServedAllTheSame) {
  auto disk = used_disk();
  ASSERT_TRUE(disk->remove(generation_dir(1) + "/" + snapshot_name(kAt)));
  GenerationsBench bench(std::move(disk));
  ASSERT_EQ(bench.id(), id_of('a').str());
  EXPECT_EQ(bench.log().end(), kAt + 5000);
  EXPECT_EQ(bench.served(), "");
}

TEST(GenerationsRecovery, WithNeitherItIsSetAside) {
  auto disk = used_disk();
  ASSERT_TRUE(disk->remove_tree(generation_dir(1) + "/log"));
  ASSERT_TRUE(disk->remove(generation_dir(1) + "/" + snapshot_name(kAt)));
  GenerationsBench bench(std::move(disk));
  EXPECT_EQ(bench.id(), "none");
  EXPECT_TRUE(bench.has_directory(generation_dir(1) + ".damaged"));
}

TEST(GenerationsRecovery, OfTwoWholeOnesTheNewestIsUsedAndTheOtherRemoved) {
  auto disk = used_disk();
  place(*disk, 9, History(id_of('b'), kAt), kAt, rdb_of(id_of('b'), kAt));
  place(*disk, 10, History(id_of('c'), kAt), kAt, rdb_of(id_of('c'), kAt));
  GenerationsBench bench(std::move(disk));
  EXPECT_EQ(bench.id(), id_of('c').str());
  EXPECT_EQ(bench.served(), rdb_of(id_of('c'), kAt));
  EXPECT_FALSE(bench.has_directory(generation_dir(9)));
  EXPECT_FALSE(bench.has_directory(generation_dir(1)));
}

TEST(GenerationsRecovery, WhereTheNewestIsDamagedTheOneBeforeIsUsed) {
  auto disk = used_disk();
  place(*disk, 2, History(id_of('c'), kAt), kAt, rdb_of(id_of('c'), kAt));
  const std::string bad = damaged(*read_file(*disk, generation_dir(2) + "/history"));
  ASSERT_TRUE(replace_file(*disk, generation_dir(2), "history", bad));
  GenerationsBench bench(std::move(disk));
  EXPECT_EQ(bench.id(), id_of('a').str());
  EXPECT_EQ(bench.log().end(), kAt + 5000);
}

TEST(GenerationsRecovery, WhatCannotBeSetAsideIsNotRemovedEither) {
  auto disk = used_disk();
  ASSERT_TRUE(replace_file(*disk, generation_dir(1), "history", "damaged"));
  FaultPlan plan;
  FaultyFileSystem fs(*disk, plan);
  plan.fail_from({DiskCall::kRename}, 1, EIO);
  asio::io_context context;
  StorageHealth health;
  Generations generations(context.get_executor(), context.get_executor(), context.get_executor(),
                          fs, generations_config(), health);
  EXPECT_TRUE(generations.recover());
  EXPECT_TRUE(disk->list(generation_dir(1) + "/log"));
}

TEST(GenerationsRecovery, ARottenSnapshotIsNeverServed) {
  auto disk = used_disk();
  const std::string rdb = damaged(rdb_of(id_of('a'), kAt));
  ASSERT_TRUE(replace_file(*disk, generation_dir(1), snapshot_name(kAt), rdb));
  GenerationsBench bench(std::move(disk));
  EXPECT_EQ(bench.served(), "");
  bench.until([&] { return bench.current().snapshot == nullptr; });
  EXPECT_EQ(bench.generations.snapshot_failures().at("verify"), 1U);
  const std::string path = bench.snapshot_path(kAt);
  bench.stop();
  EXPECT_FALSE(bench.has(path));
  EXPECT_EQ(bench.log().end(), kAt + 5000);
}

TEST(GenerationsRecovery, ASnapshotOfAnotherHistoryIsNeverServed) {
  const Offset later = kAt + 200;
  for (const bool same_id : {false, true}) {
    auto disk = std::make_unique<MemoryFileSystem>();
    History history(id_of('a'), kAt);
    history.shift(id_of('b'), kAt + 100);
    // Taken under the id before, past the place where the next begins; or at another place.
    place(*disk, 1, history, later, same_id ? rdb_of(id_of('b'), kAt) : rdb_of(id_of('a'), later));
    GenerationsBench bench(std::move(disk));
    EXPECT_EQ(bench.served(), "");
  }
  auto disk = std::make_unique<MemoryFileSystem>();
  History history(id_of('a'), kAt);
  history.shift(id_of('b'), later);
  place(*disk, 1, history, later, rdb_of(id_of('a'), later));
  GenerationsBench bench(std::move(disk));
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), later)) << "this one is part of it";
}

TEST(GenerationsRecovery, UnderIdsOfOurOwnTheSnapshotMaySayWhatItLikes) {
  auto disk = std::make_unique<MemoryFileSystem>();
  place(*disk, 1, History(id_of('e'), kAt, true), kAt, rdb_of(id_of('a'), kAt + 5));
  GenerationsBench bench(std::move(disk));
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), kAt + 5));
}

TEST(GenerationsRecovery, OnlyTheNewestSnapshotThatTheLogStillHoldsIsKept) {
  auto disk = used_disk();
  const std::string dir = generation_dir(1);
  const Offset early = Offset::of_bytes(10);
  const Offset late = kAt + 100;
  ASSERT_TRUE(replace_file(*disk, dir, snapshot_name(early), rdb_of(id_of('a'), early)));
  ASSERT_TRUE(replace_file(*disk, dir, snapshot_name(late), rdb_of(id_of('a'), late)));
  ASSERT_TRUE(replace_file(*disk, dir, snapshot_name(late + 1) + ".partial", "half a"));
  GenerationsBench bench(std::move(disk));
  EXPECT_EQ(bench.served(), rdb_of(id_of('a'), late));
  EXPECT_FALSE(bench.has(dir + "/" + snapshot_name(early)));
  EXPECT_FALSE(bench.has(dir + "/" + snapshot_name(kAt)));
  EXPECT_FALSE(bench.has(dir + "/" + snapshot_name(late + 1) + ".partial"));
}

}  // namespace
}  // namespace relay::test
