#include "proxy/log/segment_reader.h"

#include "proxy/log/segment_writer.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"

#include <gtest/gtest.h>

#include <random>

namespace relay::test {
namespace {

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

struct ReaderTest : testing::Test {
  ReaderTest() {
    EXPECT_TRUE(memory.make_directory("log"));
    writer = *SegmentWriter::begin(memory, "log", base, base, {});
  }
  void append(std::size_t n) {
    std::string bytes(n, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    stream += bytes;
    ASSERT_TRUE(writer->append(bytes, writer->end() + n));
  }
  Offset end() const { return base + stream.size(); }
  std::unique_ptr<SegmentReader> open() {
    auto reader = SegmentReader::open(fs, path, base);
    EXPECT_TRUE(reader);
    return std::move(*reader);
  }
  std::string expected(Offset from, std::size_t n) { return stream.substr(from.since(base), n); }
  void overwrite(std::uint64_t position, std::string_view bytes) {
    ASSERT_TRUE((*memory.open(path))->write_at(position, bytes));
  }

  const Offset base = at(7000);
  const std::string path = segment_path("log", base);
  std::mt19937_64 random{7};
  std::string stream;
  MemoryFileSystem memory;
  FaultPlan plan;
  FaultyFileSystem fs{memory, plan};
  std::unique_ptr<SegmentWriter> writer;
};
using SegmentReaderTest = ReaderTest;

std::string read(SegmentReader& reader, Offset from, std::size_t n, Offset limit) {
  std::string into(n, '?');
  auto got = reader.read(from, into, limit);
  if (!got) return got.error().message();
  into.resize(*got);
  return into;
}

TEST_F(SegmentReaderTest, ReadsAnyRangeFromAnywhere) {
  for (std::size_t n : {1u, 70000u, 300u, 65536u, 5u, 200000u}) append(n);
  auto reader = open();
  for (int i = 0; i < 300; ++i) {
    const std::size_t from = random() % stream.size();
    const std::size_t n = 1 + random() % (i % 2 ? 100 : 150000);
    const std::size_t there = std::min(n, stream.size() - from);
    ASSERT_EQ(read(*reader, base + from, n, end()), expected(base + from, there)) << from;
  }
}

TEST_F(SegmentReaderTest, NeverReadsPastTheLimit) {
  append(100);
  append(100);
  auto reader = open();
  EXPECT_EQ(read(*reader, base, 500, base + 150), expected(base, 150));
  EXPECT_EQ(read(*reader, base + 150, 500, base + 150), "");
  EXPECT_EQ(read(*reader, base + 20, 500, base + 30), expected(base + 20, 10));
}

TEST_F(SegmentReaderTest, SaysTornWhereTheDataEnds) {
  append(100);
  auto reader = open();
  EXPECT_EQ(read(*reader, base + 50, 500, base + 400), expected(base + 50, 50));
  EXPECT_EQ(read(*reader, base + 100, 500, base + 400), "cut short");
  EXPECT_EQ(read(*reader, base + 300, 500, base + 400), "cut short");
}

TEST_F(SegmentReaderTest, SaysDamagedAtABadFrameAndHandsOutNoneOfItsBytes) {
  append(100);
  append(100);
  append(100);
  overwrite(kSegmentHeaderBytes + 116 + 16 + 99, std::string(1, static_cast<char>(~stream[199])));
  auto reader = open();
  EXPECT_EQ(read(*reader, base, 500, end()), expected(base, 100));
  EXPECT_EQ(read(*reader, base + 100, 1, end()), "damaged");
  EXPECT_EQ(read(*reader, base + 150, 1, end()), "damaged");
  EXPECT_EQ(read(*reader, base + 200, 500, end()), expected(base + 200, 100));
}

TEST_F(SegmentReaderTest, FollowsAFileThatGrows) {
  append(100);
  auto reader = open();
  EXPECT_EQ(read(*reader, base, 500, end()), expected(base, 100));
  for (int i = 0; i < 50; ++i) {
    const Offset from = end();
    append(40);
    // Bytes of the next frame that are half there, as a read ahead of the limit may see them.
    overwrite(writer->file_bytes(), std::string(20, '\7'));
    ASSERT_EQ(read(*reader, from, 500, end()), expected(from, 40)) << i;
  }
}

TEST_F(SegmentReaderTest, EndsAtTheSeal) {
  append(100);
  ASSERT_TRUE(writer->seal());
  auto reader = open();
  EXPECT_EQ(read(*reader, base, 500, end() + 10), expected(base, 100));
  EXPECT_EQ(read(*reader, end(), 500, end() + 10), "cut short");
}

TEST_F(SegmentReaderTest, ReadingOnIsOneReadPerFrameOrLess) {
  for (int i = 0; i < 100; ++i) append(1000);
  append(3 * kMaxFramePayload);
  auto reader = open();
  const std::uint64_t before = plan.count(DiskCall::kRead);
  for (Offset place = base; place < end(); place += 5000) {
    ASSERT_EQ(read(*reader, place, 5000, end()),
              expected(place, std::min<std::size_t>(5000, end().since(place))));
  }
  EXPECT_LE(plan.count(DiskCall::kRead) - before, 6u);
}

TEST_F(SegmentReaderTest, PassesOnTheErrorOfARead) {
  append(100);
  auto reader = open();
  plan.fail_nth({DiskCall::kRead}, 1, EIO);
  std::string into(10, '?');
  EXPECT_EQ(reader->read(base, into, end()).error().value(), EIO);
  EXPECT_EQ(read(*reader, base, 10, end()), expected(base, 10));
}

TEST_F(SegmentReaderTest, RefusesAFileOfAnotherBase) {
  append(100);
  ASSERT_TRUE(memory.rename(path, segment_path("log", base + 1)));
  auto reader = SegmentReader::open(memory, segment_path("log", base + 1), base + 1);
  EXPECT_EQ(reader.error(), DataError::kDamaged);
}

}  // namespace
}  // namespace relay::test
