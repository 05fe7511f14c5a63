// What the tests of recovery do to a disk, and what an inspection says of it: damage is found, what a
// crash leaves is told from it.
#include "common/base/crc32c.h"
#include "common/io/overlay_file_system.h"
#include "tests/unit/history/used_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace relay::test {
namespace {

using testing::HasSubstr;

TEST(InspectionOfDamage, ATearThatLeavesZerosIsNoDamage) {
  const auto disk = used_disk();
  const std::string last = segments(*disk).back();
  const std::uint64_t size = *(*disk->open(last))->size();
  cut(*disk, last, 500);
  ASSERT_TRUE((*disk->open(last))->resize(size + 1000));
  const Inspection found = inspected(*disk);
  EXPECT_FALSE(found.is_damaged());
  EXPECT_THAT(describe(found), HasSubstr("torn, as a crash leaves it"));
  expect_start_as_said(*disk, found);
}

// In a file longer than a frame may be, data behind a bad length is no tear.
TEST(InspectionOfDamage, TheDamagedLengthOfAFrameIsFoundInALongSegment) {
  Config config = generations_config();
  config.log.segment_size = kMiB;
  GenerationsBench bench(std::make_unique<MemoryFileSystem>(), config);
  bench.full_sync(id_of('a'), kAt);
  for (int i = 0; i < 4; ++i) {
    bench.append(60000);
    bench.settle();
  }
  const auto disk = bench.memory->process_kill();
  bench.stop();
  flip(*disk, segments(*disk).front(), kSegmentHeaderBytes + 6);
  const Inspection found = inspected(*disk);
  EXPECT_TRUE(found.is_damaged());
  EXPECT_THAT(describe(found), HasSubstr("damaged, there is data behind a bad frame"));
}

TEST(InspectionOfDamage, ACutThatWasNotFinishedIsSaidAndNoDamage) {
  const auto disk = used_disk();
  const Offset inside = Offset::of_bytes(30990);
  ASSERT_TRUE(
      SegmentWriter::begin(*disk, kGeneration + "/log", inside, Offset::of_bytes(30900), {}));
  const Inspection found = inspected(*disk);
  EXPECT_FALSE(found.is_damaged());
  EXPECT_THAT(describe(found), HasSubstr("held bytes that had been cut out of the log"));
  expect_start_as_said(*disk, found);
}

TEST(InspectionOfDamage, ASegmentOfALaterVersionMakesAStartFail) {
  const auto disk = used_disk();
  const std::string path = segments(*disk)[1];
  std::string bytes = *read_file(*disk, path);
  bytes[8] = 2;
  const std::uint32_t crc = crc32c(0, std::string_view(bytes).substr(0, 28));
  for (std::size_t i = 0; i < 4; ++i) bytes[28 + i] = static_cast<char>(crc >> (8 * i));
  overwrite(*disk, path, bytes);
  const std::string before = tree_of(*disk, kData);
  const Inspection found = inspected(*disk);
  EXPECT_EQ(found.start_fault, make_error_code(DataError::kUnsupported).message());
  EXPECT_TRUE(found.is_damaged());
  EXPECT_EQ(tree_of(*disk, kData), before);
  expect_start_as_said(*disk, found);
}

TEST(InspectionOfDamage, WhatAStartCanDoWithoutIsNoDamageAndSaid) {
  const auto without_log = used_disk();
  ASSERT_TRUE(without_log->remove_tree(kGeneration + "/log"));
  const Inspection no_log = inspected(*without_log);
  EXPECT_FALSE(no_log.is_damaged());
  EXPECT_THAT(describe(no_log), HasSubstr("  log        none\n"));
  EXPECT_EQ(no_log.start_asks, "PSYNC " + id_of('a').str() + " 1001");
  expect_start_as_said(*without_log, no_log);

  const auto without_snapshot = used_disk();
  ASSERT_TRUE(without_snapshot->remove(kGeneration + "/" + snapshot_name(kAt)));
  const Inspection no_snapshot = inspected(*without_snapshot);
  EXPECT_FALSE(no_snapshot.is_damaged());
  EXPECT_THAT(describe(no_snapshot), HasSubstr("  snapshot   none\n"));
  expect_start_as_said(*without_snapshot, no_snapshot);

  const auto with_partial = used_disk();
  overwrite(*with_partial, kGeneration + "/log/00000000000000031000.segment.partial", "half");
  const Inspection partial = inspected(*with_partial);
  EXPECT_FALSE(partial.is_damaged());
  EXPECT_THAT(partial.start_changes, testing::SizeIs(1));
}

TEST(InspectionOfDamage, WhereTheNewestIsDamagedTheOneBeforeWouldBeUsed) {
  const auto disk = used_disk();
  ASSERT_TRUE(disk->make_directory(generation_dir(2)));
  ASSERT_TRUE(replace_file(*disk, generation_dir(2), "history", "damaged"));
  const Inspection found = inspected(*disk);
  EXPECT_TRUE(found.is_damaged());
  EXPECT_EQ(found.start_uses, "generation-1");
  expect_start_as_said(*disk, found);
}

// Each byte has its part: one that is another is damage. At the end of the log it is a tear, and in
// a seal what a start mends, since no byte of the stream is missing: both are said.
TEST(InspectionOfDamage, NoFlippedBitIsCalledSound) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  for (int i = 0; i < 4; ++i) {
    bench.append(2000, 10);
    bench.settle();
  }
  bench.stop();
  const auto sound = bench.memory->crash();
  std::vector<std::string> files = segments(*sound);
  ASSERT_GT(files.size(), 1U);
  const std::size_t segment_count = files.size();
  files.push_back(kGeneration + "/history");
  files.push_back(kGeneration + "/" + snapshot_name(kAt));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::uint64_t size = *(*sound->open(files[i]))->size();
    for (std::uint64_t at = 0; at < size; at += i < segment_count ? 7 : 1) {
      SCOPED_TRACE(files[i] + " at " + std::to_string(at));
      const auto disk = sound->process_kill();
      flip(*disk, files[i], at);
      const Inspection found = inspected(*disk);
      const bool is_seal = i < segment_count && at + kSegmentSealBytes >= size;
      const bool may_be_torn = i + 1 == segment_count || is_seal;
      ASSERT_TRUE(found.is_damaged() ||
                  (may_be_torn && !found.generations.front().log.incidents.empty()));
    }
  }
}

std::uint64_t calls_met(const FaultPlan& plan) {
  std::uint64_t calls = 0;
  for (const DiskCall kind : every_call()) calls += plan.count(kind);
  return calls;
}

// What cannot be read is not sound. (What a start would meet is told with what it would do.)
TEST(InspectionOfDamage, ADiskThatDoesNotAnswerOnceIsSaid) {
  const auto disk = used_disk();
  FaultPlan none;
  FaultyFileSystem counted(*disk, none);
  EXPECT_FALSE(inspected(counted).is_damaged());
  const std::uint64_t all = calls_met(none);
  {
    OverlayFileSystem overlay(counted);
    asio::io_context context;
    const auto home = context.get_executor();
    StorageHealth health;
    Generations started(home, home, home, overlay, generations_config(), health);
    ASSERT_TRUE(started.recover());
  }
  const std::uint64_t of_a_start = calls_met(none) - all;
  ASSERT_GT(all, of_a_start + 20);
  for (std::uint64_t n = 1; n <= all - of_a_start; ++n) {
    SCOPED_TRACE(n);
    FaultPlan plan;
    FaultyFileSystem fs(*disk, plan);
    plan.fail_nth(every_call(), n, EIO);
    const auto found = inspect(fs, kData);
    EXPECT_TRUE(found.has_error() || found->is_damaged());
  }
}

}  // namespace
}  // namespace relay::test
