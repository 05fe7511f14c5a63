#include "proxy/history/inspection.h"

#include "common/base/crc32c.h"
#include "tests/unit/history/used_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

namespace relay::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct Damage {
  std::string name;
  std::function<void(FileSystem&)> inflict;
  std::string said;
};

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all{
      {"history flipped", [](FileSystem& fs) { flip(fs, kGeneration + "/history", 20); },
       "UNUSABLE   its history is"},
      {"history cut short", [](FileSystem& fs) { cut(fs, kGeneration + "/history", 5); },
       "UNUSABLE   its history is"},
      {"history emptied",
       [](FileSystem& fs) { (void)replace_file(fs, kGeneration, "history", ""); },
       "UNUSABLE   its history is"},
      {"header of the first segment", [](FileSystem& fs) { flip(fs, segments(fs).front(), 13); },
       "its header is"},
      {"header of the last segment", [](FileSystem& fs) { flip(fs, segments(fs).back(), 13); },
       "its header is"},
      {"header of a segment between others", [](FileSystem& fs) { flip(fs, segments(fs)[1], 13); },
       "its header is"},
      {"the last segment overwritten",
       [](FileSystem& fs) { overwrite(fs, segments(fs).back(), std::string(200, 'x')); },
       "its header is"},
      {"the segment of a cut that was not finished",
       [](FileSystem& fs) {
         overwrite(fs, segment_path(kGeneration + "/log", Offset::of_bytes(30999)), "no header");
       },
       "its header is"},
      {"frame of a sealed segment", [](FileSystem& fs) { flip(fs, segments(fs)[1], 1000); },
       "damaged or short"},
      {"seal and end of a sealed segment", [](FileSystem& fs) { cut(fs, segments(fs)[1], 300); },
       "damaged or short"},
      {"frame of the last segment", [](FileSystem& fs) { flip(fs, segments(fs).back(), 60); },
       "damaged, there is data behind a bad frame"},
      {"a segment is gone", [](FileSystem& fs) { (void)fs.remove(segments(fs)[1]); },
       "damaged or short"},
      {"snapshot flipped",
       [](FileSystem& fs) { flip(fs, kGeneration + "/" + snapshot_name(kAt), 30); }, "DAMAGED"},
      {"snapshot cut short",
       [](FileSystem& fs) { cut(fs, kGeneration + "/" + snapshot_name(kAt), 1); }, "DAMAGED"},
      {"snapshot of another place",
       [](FileSystem& fs) {
         (void)fs.rename(kGeneration + "/" + snapshot_name(kAt),
                         kGeneration + "/" + snapshot_name(kAt + 7));
       },
       "it belongs to another history, or to another place of this one"},
      {"snapshot of another history",
       [](FileSystem& fs) {
         overwrite(fs, kGeneration + "/" + snapshot_name(kAt), rdb_of(id_of('b'), kAt));
       },
       "it belongs to another history, or to another place of this one"},
      {"neither log nor snapshot",
       [](FileSystem& fs) {
         (void)fs.remove_tree(kGeneration + "/log");
         (void)fs.remove(kGeneration + "/" + snapshot_name(kAt));
       },
       "UNUSABLE   neither its log nor a snapshot can be used"},
  };
  return all;
}

TEST(Inspection, WhatWasStoppedInOrderIsSound) {
  const auto disk = used_disk();
  const Inspection found = inspected(*disk);
  EXPECT_FALSE(found.is_damaged());
  EXPECT_THAT(found.start_changes, IsEmpty());
  EXPECT_EQ(found.start_uses, "generation-1");
  EXPECT_EQ(found.start_asks, "PSYNC " + id_of('a').str() + " 30901");
  const std::string text = describe(found);
  EXPECT_THAT(text, HasSubstr("generation-1, which a start goes on with\n"));
  EXPECT_THAT(text, HasSubstr("history    " + id_of('a').str() + " from offset 1000\n"));
  EXPECT_THAT(text, HasSubstr("log        offsets 1000 to 31000, 30000 bytes in "));
  EXPECT_THAT(text, HasSubstr("last command border 30900\n"));
  EXPECT_THAT(text, HasSubstr(" bytes, sound, its checksum is right\n"));
  EXPECT_TRUE(text.ends_with("\nsound\n")) << text;
  expect_start_as_said(*disk, found);
}

TEST(Inspection, EachDamageIsFoundAndNothingIsChanged) {
  const auto sound = used_disk();
  ASSERT_GT(segments(*sound).size(), 3U);
  for (const Damage& damage : damages()) {
    SCOPED_TRACE(damage.name);
    const auto disk = sound->process_kill();
    damage.inflict(*disk);
    const std::string before = tree_of(*disk, kData);
    const Inspection found = inspected(*disk);
    EXPECT_TRUE(found.is_damaged());
    const std::string text = describe(found);
    EXPECT_THAT(text, HasSubstr(damage.said));
    EXPECT_TRUE(text.ends_with("\nthere is damage\n")) << text;
    EXPECT_EQ(tree_of(*disk, kData), before);
    expect_start_as_said(*disk, found);
  }
}

TEST(Inspection, ThatAStartBelievesASealIsSaid) {
  const auto disk = used_disk();
  flip(*disk, segments(*disk)[1], 1000);
  EXPECT_THAT(
      describe(inspected(*disk)),
      HasSubstr("would      not see what is damaged in the log before a replica reads there"));
}

TEST(Inspection, ATearAsAKillLeavesItIsNoDamage) {
  for (const std::uint64_t less : {40U, 500U}) {  // the seal and a part of a frame
    const auto disk = used_disk();
    cut(*disk, segments(*disk).back(), less);
    const Inspection found = inspected(*disk);
    EXPECT_FALSE(found.is_damaged());
    EXPECT_THAT(describe(found), HasSubstr("torn, as a crash leaves it"));
    EXPECT_THAT(found.start_changes, Not(IsEmpty()));
    expect_start_as_said(*disk, found);
  }
}

TEST(Inspection, AGenerationThatWasStillArrivingWouldBeRemoved) {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  bench.append(500);
  bench.settle();
  bench.arrive(id_of('b'), Offset::of_bytes(7), rdb_of(id_of('b'), Offset::of_bytes(7)), true);
  const auto disk = bench.memory->process_kill();
  bench.abandon("receive");
  const Inspection found = inspected(*disk);
  EXPECT_FALSE(found.is_damaged());
  EXPECT_EQ(found.start_uses, "generation-1");
  EXPECT_THAT(describe(found), HasSubstr("its snapshot was still arriving"));
  EXPECT_THAT(found.start_changes,
              testing::Contains("remove " + generation_dir(2) + " and all in it"));
  expect_start_as_said(*disk, found);
}

TEST(Inspection, WhatALaterVersionWroteMakesAStartFail) {
  const auto disk = used_disk();
  std::string history = "psync-relay history 2\nsomething new\n";
  std::array<char, 16> sum{};
  std::snprintf(sum.data(), sum.size(), "%08x", crc32c(0, history));
  history += std::string("crc32c ") + sum.data() + "\n";
  ASSERT_TRUE(replace_file(*disk, kGeneration, "history", history));
  const std::string before = tree_of(*disk, kData);
  const Inspection found = inspected(*disk);
  EXPECT_EQ(found.start_fault, make_error_code(DataError::kUnsupported).message());
  EXPECT_THAT(describe(found), HasSubstr("\n  FAILS      " + found.start_fault + "\n"));
  EXPECT_THAT(found.start_changes, IsEmpty());
  EXPECT_TRUE(found.is_damaged());
  EXPECT_EQ(tree_of(*disk, kData), before);
  expect_start_as_said(*disk, found);
}

TEST(Inspection, WhatWasSetAsideIsNamed) {
  const auto disk = used_disk();
  (void)disk->make_directory(kData + "/generation-0.damaged");
  overwrite(*disk, kGeneration + "/log/00000000000000000900.segment.damaged", "was one");
  const Inspection found = inspected(*disk);
  EXPECT_FALSE(found.is_damaged());
  const std::string text = describe(found);
  EXPECT_THAT(text, HasSubstr("generation-0.damaged, set aside by an earlier start"));
  EXPECT_THAT(text, HasSubstr("generation-1/log/00000000000000000900.segment.damaged, set aside"));
}

TEST(Inspection, AnEmptyDirectoryHoldsNothingAndOneThatIsNotThereIsAnError) {
  MemoryFileSystem disk;
  EXPECT_TRUE(inspect(disk, kData).has_error());
  (void)disk.make_directory(kData);
  const Inspection found = inspected(disk);
  EXPECT_FALSE(found.is_damaged());
  EXPECT_EQ(found.start_asks, "PSYNC ? -1");
}

}  // namespace
}  // namespace relay::test
