#include "proxy/log/segment_recovery.h"

#include "common/base/crc32c.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"
#include "tests/unit/log/log_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

// Three segments: [1000, 1070) and [1070, 1130), sealed, and [1130, 1200) of three frames, the last
// of 30 bytes from 1170.
struct ThreeSegments {
  ThreeSegments() {
    EXPECT_TRUE(script.start());
    EXPECT_TRUE(script.append(40, 0));
    EXPECT_TRUE(script.append(30, 10));
    EXPECT_TRUE(script.roll());
    EXPECT_TRUE(script.append(60, 5));
    EXPECT_TRUE(script.roll());
    EXPECT_TRUE(script.append(20, 0));
    EXPECT_TRUE(script.append(20, 4));
    EXPECT_TRUE(script.append(30, 8));
  }
  const LogModel& model() const { return script.now(); }

  MemoryFileSystem disk;
  LogScript script{disk};
};

const std::vector<Offset> kBases{at(1000), at(1070), at(1130)};

std::string contents(MemoryFileSystem& disk, Offset base) {
  return *read_file(disk, segment_path(kLogDir, base));
}
void set_contents(MemoryFileSystem& disk, Offset base, std::string_view bytes) {
  auto file = disk.create(segment_path(kLogDir, base));
  ASSERT_TRUE((*file)->write_at(0, bytes));
}
std::vector<std::string> names(MemoryFileSystem& disk) { return *disk.list(kLogDir); }

RecoveredLog recovered(FileSystem& disk, RecoveryOptions options = {}) {
  auto log = recover_log(disk, kLogDir, options);
  EXPECT_TRUE(log) << log.error().message();
  return log ? *log : RecoveredLog();
}

TEST(SegmentRecovery, NoDirectoryAndAnEmptyOneAreNoLog) {
  MemoryFileSystem disk;
  EXPECT_TRUE(recovered(disk).empty());
  ASSERT_TRUE(disk.make_directory(kLogDir));
  EXPECT_TRUE(recovered(disk).empty());
  EXPECT_TRUE(recovered(disk).incidents.empty());
}

TEST(SegmentRecovery, WholeLogComesBackWithoutAWord) {
  ThreeSegments log;
  const RecoveredLog found = recovered(log.disk);
  EXPECT_EQ(found.begin, at(1000));
  EXPECT_EQ(found.end, at(1200));
  EXPECT_EQ(found.boundary, at(1192));
  EXPECT_TRUE(found.incidents.empty());
  EXPECT_EQ(found.lost_bytes, 0u);
  ASSERT_EQ(found.segments.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found.segments[i].base, kBases[i]);
    EXPECT_EQ(found.segments[i].end, i < 2 ? kBases[i + 1] : at(1200));
    EXPECT_EQ(found.segments[i].file_bytes, contents(log.disk, kBases[i]).size());
  }
  EXPECT_EQ(*read_log(log.disk, found), log.model().stream);
}

TEST(SegmentRecovery, TearInTheLastFrameKeepsTheFramesBefore) {
  ThreeSegments log;
  const std::string whole = contents(log.disk, at(1130));
  const std::size_t last_frame = whole.size() - kFrameHeaderBytes - 30;
  for (std::size_t size = last_frame; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    auto disk = log.disk.process_kill();
    set_contents(*disk, at(1130), whole.substr(0, size));
    const RecoveredLog found = recovered(*disk);
    EXPECT_EQ(found.end, at(1170));
    EXPECT_EQ(found.boundary, at(1166));
    EXPECT_TRUE(is_part_of(log.model(), found, *read_log(*disk, found)));
    EXPECT_EQ(found.lost_bytes, size - last_frame);
    if (size > last_frame) {
      EXPECT_THAT(found.incidents,
                  ElementsAre(AllOf(HasSubstr("torn"), HasSubstr("cut at offset 1170"))));
    } else {
      EXPECT_TRUE(found.incidents.empty());
    }
    EXPECT_TRUE(recovered(*disk, {.verify_all = true}).incidents.empty());
  }
}

TEST(SegmentRecovery, TearAnywhereInTheLastSegmentKeepsTheFramesBefore) {
  ThreeSegments log;
  const std::string whole = contents(log.disk, at(1130));
  for (std::size_t size = kSegmentHeaderBytes; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    for (const bool zeros : {false, true}) {
      auto disk = log.disk.process_kill();
      std::string torn = whole.substr(0, size);
      if (zeros) torn.resize(whole.size() + 1000);
      set_contents(*disk, at(1130), torn);
      const RecoveredLog found = recovered(*disk);
      EXPECT_GE(found.end, at(1130));
      EXPECT_TRUE(is_part_of(log.model(), found, *read_log(*disk, found)));
      for (const std::string& incident : found.incidents) EXPECT_THAT(incident, HasSubstr("torn"));
    }
  }
}

TEST(SegmentRecovery, DamageWithFramesBehindItIsToldFromATear) {
  ThreeSegments log;
  std::string bytes = contents(log.disk, at(1130));
  bytes[kSegmentHeaderBytes + kFrameHeaderBytes + 20 + kFrameHeaderBytes + 3] ^= 1;
  set_contents(log.disk, at(1130), bytes);
  const RecoveredLog found = recovered(log.disk);
  EXPECT_EQ(found.end, at(1150));
  EXPECT_THAT(found.incidents,
              ElementsAre(AllOf(HasSubstr("damaged"), HasSubstr("cut at offset 1150"))));
}

TEST(SegmentRecovery, DamagedLengthInALongFileIsToldFromATear) {
  MemoryFileSystem disk;
  LogScript script(disk);
  ASSERT_TRUE(script.start());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(script.append(60000, 0));
  std::string bytes = contents(disk, at(1000));
  bytes[kSegmentHeaderBytes + 6] ^= 0x40;  // the first frame's length: past the limit
  set_contents(disk, at(1000), bytes);
  const RecoveredLog found = recovered(disk);
  EXPECT_EQ(found.end, at(1000));
  EXPECT_THAT(found.incidents, ElementsAre(HasSubstr("damaged")));
}

TEST(SegmentRecovery, AnyBitFlippedIsNeverServedAndIsSaid) {
  ThreeSegments log;
  for (const bool verify_all : {false, true}) {
    for (const Offset base : kBases) {
      const std::string whole = contents(log.disk, base);
      for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        SCOPED_TRACE("segment " + segment_name(base) + " bit " + std::to_string(bit));
        auto disk = log.disk.process_kill();
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        set_contents(*disk, base, flipped);

        const RecoveredLog found = recovered(*disk, {verify_all});
        auto bytes = read_log(*disk, found);
        if (bytes) {
          ASSERT_TRUE(is_part_of(log.model(), found, *bytes));
          // Each bit has its part in the log: nothing may be missing, or mended, without a word.
          ASSERT_FALSE(found.incidents.empty());
        } else {
          // Not read at the start; found when it is read, and not handed out.
          ASSERT_FALSE(verify_all);
          ASSERT_EQ(bytes.error(), DataError::kDamaged);
        }
        ASSERT_TRUE(recovered(*disk).incidents.empty());
      }
    }
  }
}

TEST(SegmentRecovery, DamageInAnEarlierSegmentSetsAsideAllUpToIt) {
  ThreeSegments log;
  std::string bytes = contents(log.disk, at(1070));
  bytes[kSegmentHeaderBytes + kFrameHeaderBytes + 30] ^= 1;
  set_contents(log.disk, at(1070), bytes);
  const RecoveredLog found = recovered(log.disk, {.verify_all = true});
  EXPECT_EQ(found.begin, at(1130));
  EXPECT_EQ(found.end, at(1200));
  EXPECT_THAT(found.incidents,
              ElementsAre(AllOf(HasSubstr("offset 1130"), HasSubstr("130 bytes"))));
  EXPECT_THAT(names(log.disk),
              ElementsAre("00000000000000001000.segment.damaged",
                          "00000000000000001070.segment.damaged", "00000000000000001130.segment"));
}

TEST(SegmentRecovery, CrashWhileSettingAsideLeavesNoSecondHole) {
  MemoryFileSystem whole;
  LogScript script(whole);
  ASSERT_TRUE(script.start());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(script.append(50, 0));
    ASSERT_TRUE(script.roll());
  }
  set_contents(whole, at(1150), "no header");
  ASSERT_TRUE((*whole.open(segment_path(kLogDir, at(1150))))->sync());
  for (std::uint64_t n = 0;; ++n) {
    SCOPED_TRACE(n);
    auto disk = whole.process_kill();
    FaultPlan plan;
    plan.crash_after(n);
    FaultyFileSystem fs(*disk, plan);
    const bool finished = recover_log(fs, kLogDir).has_value();
    auto after = disk->torn_crash(n);
    // Oldest first: what is still there is one run up to the damage, and one behind it.
    std::vector<Offset> left;
    for (const SegmentFile& segment : *look_at_segments(*after, kLogDir)) {
      if (segment.base < at(1150)) left.push_back(segment.base);
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(left[i], at(1150 - 50 * (left.size() - i)));
    }
    const RecoveredLog found = recovered(*after);
    EXPECT_EQ(found.begin, at(1200));
    EXPECT_EQ(*read_log(*after, found), script.now().slice(at(1200), at(1250)));
    EXPECT_EQ(after->list(kLogDir)->size(), 6u);
    if (finished) break;
  }
}

TEST(SegmentRecovery, MissingSegmentSetsAsideAllBeforeIt) {
  ThreeSegments log;
  ASSERT_TRUE(log.disk.remove(segment_path(kLogDir, at(1070))));
  const RecoveredLog found = recovered(log.disk);
  EXPECT_EQ(found.begin, at(1130));
  EXPECT_EQ(found.incidents.size(), 1u);
  EXPECT_EQ(*read_log(log.disk, found), log.model().slice(at(1130), at(1200)));
}

TEST(SegmentRecovery, DamagedHeaderOfTheLastSegmentLosesThatSegment) {
  ThreeSegments log;
  set_contents(log.disk, at(1130), std::string(200, 'x'));
  const RecoveredLog found = recovered(log.disk);
  EXPECT_EQ(found.begin, at(1000));
  EXPECT_EQ(found.end, at(1130));
  EXPECT_EQ(found.boundary, at(1125));
  EXPECT_THAT(found.incidents, ElementsAre(AllOf(HasSubstr("header"), HasSubstr("1130"))));
}

// The cut was begun and not finished, and then its segment was damaged: what it had cut away must
// not come back.
TEST(SegmentRecovery, DamagedSegmentOfACutStillCuts) {
  MemoryFileSystem disk;
  LogScript script(disk);
  ASSERT_TRUE(script.start());
  ASSERT_TRUE(script.append(40, 0));
  ASSERT_TRUE(script.append(40, 0));
  set_contents(disk, at(1060), std::string(200, 'x'));
  EXPECT_EQ(recovered(disk).end, at(1060));
  const RecoveredLog again = recovered(disk);
  EXPECT_EQ(again.end, at(1060));
  EXPECT_TRUE(is_part_of(script.now(), again, *read_log(disk, again)));
}

TEST(SegmentRecovery, BytesPastTheNextSegmentsBaseAreCutAway) {
  MemoryFileSystem disk;
  LogScript script(disk);
  ASSERT_TRUE(script.start());
  ASSERT_TRUE(script.append(40, 0));
  ASSERT_TRUE(script.append(40, 0));
  ASSERT_TRUE(SegmentWriter::begin(disk, kLogDir, at(1060), at(1040), {}));
  const RecoveredLog found = recovered(disk);
  EXPECT_EQ(found.end, at(1060));
  EXPECT_EQ(*read_log(disk, found), script.now().slice(at(1000), at(1060)));
  ASSERT_TRUE(disk.remove(segment_path(kLogDir, at(1060))));
  EXPECT_EQ(recovered(disk).end, at(1060));
}

TEST(SegmentRecovery, SegmentOfANewerVersionIsNotTouched) {
  ThreeSegments log;
  std::string bytes = contents(log.disk, at(1070));
  bytes[8] = 2;
  const std::uint32_t crc = crc32c(0, std::string_view(bytes).substr(0, 28));
  for (std::size_t i = 0; i < 4; ++i) bytes[28 + i] = static_cast<char>(crc >> (8 * i));
  set_contents(log.disk, at(1070), bytes);
  const auto before = names(log.disk);
  EXPECT_EQ(recover_log(log.disk, kLogDir).error(), DataError::kUnsupported);
  EXPECT_EQ(names(log.disk), before);
}

TEST(SegmentRecovery, PartialFilesAreRemovedAndOthersLeftAlone) {
  ThreeSegments log;
  for (const char* name : {"00000000000000001200.segment.partial", "notes.txt",
                           "00000000000000000900.segment.damaged"}) {
    ASSERT_TRUE(log.disk.create(kLogDir + "/" + name));
  }
  EXPECT_TRUE(recovered(log.disk).incidents.empty());
  EXPECT_THAT(
      names(log.disk),
      ElementsAre("00000000000000000900.segment.damaged", "00000000000000001000.segment",
                  "00000000000000001070.segment", "00000000000000001130.segment", "notes.txt"));
}

TEST(SegmentRecovery, StartReadsOfSealedSegmentsOnlyHeaderAndSeal) {
  MemoryFileSystem disk;
  LogScript script(disk);
  ASSERT_TRUE(script.start());
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(script.append(500000, 0));
    ASSERT_TRUE(script.roll());
  }
  FaultPlan plan;
  FaultyFileSystem fs(disk, plan);
  EXPECT_EQ(recovered(fs).segments.size(), 11u);
  EXPECT_LE(plan.count(DiskCall::kRead), 30u);
}

TEST(SegmentRecovery, DiskThatDoesNotAnswerIsAnErrorAndNotALoss) {
  ThreeSegments log;
  for (std::uint64_t n = 1;; ++n) {
    FaultPlan plan;
    FaultyFileSystem fs(log.disk, plan);
    plan.fail_nth(every_call(), n, EIO);
    auto found = recover_log(fs, kLogDir);
    EXPECT_EQ(recovered(log.disk).end, at(1200));
    EXPECT_EQ(recovered(log.disk).begin, at(1000));
    if (found) break;
    EXPECT_EQ(found.error().value(), EIO);
  }
}

}  // namespace
}  // namespace relay::test
