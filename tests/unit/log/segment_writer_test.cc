#include "proxy/log/segment_writer.h"

#include "proxy/log/segment_frames.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

struct WriterTest : testing::Test {
  WriterTest() {
    EXPECT_TRUE(memory.make_directory("log"));
    EXPECT_TRUE(memory.sync_directory(""));
  }
  std::unique_ptr<SegmentWriter> begin(Offset base, Offset boundary) {
    auto writer = SegmentWriter::begin(fs, "log", base, boundary, {.reserve = 1 << 20});
    EXPECT_TRUE(writer);
    return std::move(*writer);
  }
  // Place and boundary of each frame of the segment.
  std::vector<std::pair<Offset, Offset>> frames(Offset base) {
    auto file = memory.open(segment_path("log", base));
    EXPECT_TRUE(file);
    auto segment = look_at_segment(**file, base);
    SegmentFrames walk(**file, *segment->header);
    std::vector<std::pair<Offset, Offset>> found;
    while (true) {
      auto frame = walk.next();
      if (frame->kind != FrameKind::kWhole) return found;
      found.emplace_back(frame->end(), frame->boundary);
    }
  }

  MemoryFileSystem memory;
  FaultPlan plan;
  FaultyFileSystem fs{memory, plan};
};
using SegmentWriterTest = WriterTest;

TEST_F(SegmentWriterTest, SegmentIsDurableWhenBegun) {
  begin(at(500), at(480));
  auto after = memory.crash();
  auto files = look_at_segments(*after, "log");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1u);
  ASSERT_TRUE(files->front().header);
  EXPECT_EQ(*files->front().header, (SegmentHeader{at(500), at(480)}));
}

TEST_F(SegmentWriterTest, CrashWhileBeginningLeavesNoSegmentOrAWholeOne) {
  for (std::uint64_t n = 0; n < 6; ++n) {
    MemoryFileSystem disk;
    ASSERT_TRUE(disk.make_directory("log"));
    ASSERT_TRUE(disk.sync_directory(""));
    FaultPlan crashing;
    FaultyFileSystem doomed(disk, crashing);
    crashing.crash_after(n);
    auto writer = SegmentWriter::begin(doomed, "log", at(500), at(480), {});
    EXPECT_EQ(writer.has_value(), n >= 5) << n;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      auto files = look_at_segments(*disk.torn_crash(seed), "log");
      ASSERT_TRUE(files);
      if (!files->empty()) {
        EXPECT_TRUE(files->front().header) << n << " " << seed;
      }
    }
  }
}

TEST_F(SegmentWriterTest, LongAppendIsSplitIntoFramesInOneWrite) {
  auto writer = begin(at(0), at(0));
  const std::uint64_t writes = plan.count(DiskCall::kWrite);
  ASSERT_TRUE(writer->append(std::string(150 * 1024, 'x'), at(100)));
  EXPECT_EQ(plan.count(DiskCall::kWrite), writes + 1);
  EXPECT_EQ(writer->end(), at(150 * 1024));
  EXPECT_EQ(frames(at(0)).size(), 3u);
  auto file = memory.open(segment_path("log", at(0)));
  EXPECT_EQ(*(*file)->size(), writer->file_bytes());
}

TEST_F(SegmentWriterTest, FrameNamesNoBoundaryPastItsEnd) {
  auto writer = begin(at(100), at(90));
  ASSERT_TRUE(writer->append(std::string(kMaxFramePayload, 'a') + std::string(10, 'b'),
                             at(100 + kMaxFramePayload + 4)));
  ASSERT_TRUE(writer->append("never lower", at(50)));
  const Offset first = at(100 + kMaxFramePayload);
  EXPECT_EQ(frames(at(100)), (std::vector<std::pair<Offset, Offset>>{
                                 {first, at(90)},
                                 {first + 10, first + 4},
                                 {first + 21, first + 4},
                             }));
  EXPECT_EQ(writer->boundary(), first + 4);
}

TEST_F(SegmentWriterTest, FailedWritePoisonsIt) {
  auto writer = begin(at(0), at(0));
  ASSERT_TRUE(writer->append("whole", at(5)));
  plan.fail_nth({DiskCall::kWrite}, 1, ENOSPC);
  EXPECT_EQ(writer->append("lost", at(9)).error().value(), ENOSPC);
  EXPECT_EQ(writer->append("more", at(9)).error().value(), ENOSPC);
  EXPECT_EQ(writer->sync().error().value(), ENOSPC);
  EXPECT_EQ(writer->seal().error().value(), ENOSPC);
  EXPECT_EQ(writer->end(), at(5));
  EXPECT_EQ(frames(at(0)).size(), 1u);
}

TEST_F(SegmentWriterTest, FailedSyncPoisonsIt) {
  auto writer = begin(at(0), at(0));
  ASSERT_TRUE(writer->append("whole", at(5)));
  plan.fail_nth({DiskCall::kSync}, 1, EIO);
  EXPECT_EQ(writer->sync().error().value(), EIO);
  EXPECT_EQ(writer->sync().error().value(), EIO);
  EXPECT_EQ(writer->append("more", at(9)).error().value(), EIO);
}

TEST_F(SegmentWriterTest, DiskThatCannotReserveIsNoError) {
  plan.fail_from({DiskCall::kReserve}, 1, ENOSPC);
  auto writer = begin(at(0), at(0));
  EXPECT_TRUE(writer->append("fits", at(4)));
}

TEST_F(SegmentWriterTest, SealIsDurableAndSaysWhereTheSegmentEnds) {
  auto writer = begin(at(100), at(100));
  ASSERT_TRUE(writer->append("0123456789", at(107)));
  ASSERT_TRUE(writer->seal());
  auto files = look_at_segments(*memory.crash(), "log");
  ASSERT_TRUE(files);
  ASSERT_TRUE(files->front().seal);
  EXPECT_EQ(files->front().seal->end, at(110));
  EXPECT_EQ(files->front().seal->boundary, at(107));
  EXPECT_EQ(files->front().file_bytes, writer->file_bytes());
}

}  // namespace
}  // namespace relay::test
