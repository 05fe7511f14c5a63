#include "proxy/log/segment_cut.h"

#include "tests/support/disk/memory_file_system.h"
#include "tests/unit/log/log_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

using testing::ElementsAre;

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

// [1000, 1100) in two frames of 50, sealed, and [1100, 1160) in two frames of 30.
struct TwoSegments {
  TwoSegments() {
    EXPECT_TRUE(script.start());
    EXPECT_TRUE(script.append(50, 0));
    EXPECT_TRUE(script.append(50, 10));
    EXPECT_TRUE(script.roll());
    EXPECT_TRUE(script.append(30, 0));
    EXPECT_TRUE(script.append(30, 6));
  }
  MemoryFileSystem disk;
  LogScript script{disk};
};

std::vector<std::uint64_t> bases(const std::vector<SegmentInfo>& segments) {
  std::vector<std::uint64_t> found;
  for (const SegmentInfo& segment : segments) found.push_back(segment.base.bytes());
  return found;
}

TEST(SegmentCut, LogEndsExactlyAtAnyPlaceItIsCutAt) {
  for (std::uint64_t place = 1001; place <= 1160; ++place) {
    SCOPED_TRACE(place);
    TwoSegments log;
    auto kept = begin_log_at(log.disk, kLogDir, at(place));
    ASSERT_TRUE(kept);
    ASSERT_FALSE(kept->empty());
    EXPECT_EQ(kept->front().base, at(1000));
    EXPECT_EQ(kept->back().end, at(place));
    const auto power_lost = log.disk.crash();
    auto found = recover_log(*power_lost, kLogDir, {.verify_all = true});
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->incidents.empty());
    EXPECT_EQ(found->end, at(place));
    EXPECT_EQ(found->boundary, log.script.now().boundary_at(at(place)));
    EXPECT_EQ(*read_log(*power_lost, *found), log.script.now().slice(at(1000), at(place)));
  }
}

TEST(SegmentCut, CutAtAFramesBorderMakesNoSegment) {
  TwoSegments log;
  EXPECT_THAT(bases(*begin_log_at(log.disk, kLogDir, at(1130))), ElementsAre(1000, 1100));
  EXPECT_THAT(bases(*begin_log_at(log.disk, kLogDir, at(1100))), ElementsAre(1000));
}

TEST(SegmentCut, CutInsideAFrameMakesASegmentOfWhatStaysOfIt) {
  TwoSegments log;
  EXPECT_THAT(bases(*begin_log_at(log.disk, kLogDir, at(1142))), ElementsAre(1000, 1100, 1130));
  EXPECT_THAT(bases(*begin_log_at(log.disk, kLogDir, at(1107))), ElementsAre(1000, 1100));
}

TEST(SegmentCut, CutAtTheEndOfASealedLogChangesNothing) {
  TwoSegments log;
  ASSERT_TRUE(begin_log_at(log.disk, kLogDir, at(1160)));
  const std::string before = *read_file(log.disk, segment_path(kLogDir, at(1100)));
  auto kept = begin_log_at(log.disk, kLogDir, at(1160));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->back().file_bytes, before.size());
  EXPECT_EQ(*read_file(log.disk, segment_path(kLogDir, at(1100))), before);
}

TEST(SegmentCut, NothingRemainsWhereTheLogDoesNotReach) {
  TwoSegments beyond;
  EXPECT_TRUE(begin_log_at(beyond.disk, kLogDir, at(1161))->empty());
  EXPECT_TRUE(beyond.disk.list(kLogDir)->empty());
  TwoSegments before;
  EXPECT_TRUE(begin_log_at(before.disk, kLogDir, at(1000))->empty());
  EXPECT_TRUE(before.disk.list(kLogDir)->empty());
}

TEST(SegmentCut, EmptyLogMayBeginAnywhere) {
  MemoryFileSystem disk;
  ASSERT_TRUE(disk.make_directory(kLogDir));
  EXPECT_TRUE(begin_log_at(disk, kLogDir, at(77))->empty());
}

TEST(SegmentCut, ReaderOfACutSegmentFindsItsEnd) {
  TwoSegments log;
  auto reader = SegmentReader::open(log.disk, segment_path(kLogDir, at(1100)), at(1100));
  ASSERT_TRUE(reader);
  std::string into(100, '?');
  ASSERT_EQ(*(*reader)->read(at(1100), std::span(into).first(10), at(1160)), 10u);
  ASSERT_TRUE(begin_log_at(log.disk, kLogDir, at(1130)));
  auto fresh = SegmentReader::open(log.disk, segment_path(kLogDir, at(1100)), at(1100));
  EXPECT_EQ(*(*fresh)->read(at(1100), into, at(1160)), 30u);
  EXPECT_EQ((*fresh)->read(at(1130), into, at(1160)).error(), DataError::kTorn);
}

TEST(SegmentCut, OldestAreRemovedDurably) {
  TwoSegments log;
  const std::vector<SegmentInfo> oldest{{at(1000), at(1100), 0, {}}};
  ASSERT_TRUE(remove_oldest(log.disk, kLogDir, oldest));
  EXPECT_THAT(*log.disk.crash()->list(kLogDir), ElementsAre("00000000000000001100.segment"));
}

}  // namespace
}  // namespace relay::test
