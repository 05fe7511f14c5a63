#include "proxy/log/cold_reader.h"

#include "tests/unit/log/log_bench.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

std::string read_at(ColdReader& reader, const LogBench& bench, Offset base, Offset at, Offset limit,
                    std::size_t size) {
  std::string bytes;
  while (bytes.size() < size && at + bytes.size() < limit) {
    const auto more = reader.view(bench.log->path_of(base), base, at + bytes.size(), limit);
    if (!more) return bytes.empty() ? "error: " + more.error().message() : bytes;
    bytes += more->substr(0, size - bytes.size());
  }
  return bytes;
}

TEST(ColdReader, ReadsASegmentInStridesUpToTheLimit) {
  LogBench bench;
  bench.append(200'000);
  bench.until_settled();
  ColdReader reader(*bench.memory);
  const Offset limit = kBenchStart + 150'001;
  std::string bytes;
  for (Offset at = kBenchStart; at < limit; at = kBenchStart + bytes.size()) {
    bytes += read_at(reader, bench, kBenchStart, at, limit, 7001);
  }
  EXPECT_TRUE(bytes == bench.histories[0].slice(kBenchStart, limit));
}

TEST(ColdReader, GoesFromSegmentToSegment) {
  LogBench bench;
  for (int i = 0; i < 3; ++i) {
    bench.append(70'000);
    bench.until_settled();
  }
  ColdReader reader(*bench.memory);
  for (const std::size_t from : {0U, 140'000U, 70'000U}) {
    const Offset base = kBenchStart + from;
    EXPECT_TRUE(read_at(reader, bench, base, base, base + 70'000, 70'000) ==
                bench.histories[0].slice(base, base + 70'000));
  }
}

TEST(ColdReader, SeesWhatWasAppendedSince) {
  LogBench bench;
  bench.append(1000);
  bench.until_settled();
  ColdReader reader(*bench.memory);
  EXPECT_EQ(read_at(reader, bench, kBenchStart, kBenchStart, bench.end(), 5000).size(), 1000U);
  const Offset at = bench.end();
  bench.append(1000);
  bench.until_settled();
  EXPECT_EQ(read_at(reader, bench, kBenchStart, at, bench.end(), 5000),
            bench.histories[0].slice(at, bench.end()));
}

TEST(ColdReader, AFileThatWasReplacedIsOpenedAnew) {
  LogBench bench;
  bench.until_settled();
  bench.append(100);
  bench.until_settled();
  ColdReader reader(*bench.memory);
  EXPECT_EQ(read_at(reader, bench, kBenchStart, kBenchStart, bench.end(), 5000).size(), 100U);
  // The sync of what comes next fails, and the segment is begun anew in a file of the same name.
  bench.append(1000, 1000);
  bench.until_settled();
  bench.cut();
  bench.append(50);
  bench.until_settled();
  ASSERT_EQ(bench.log->segment_at(kBenchStart)->base, kBenchStart);
  const Offset at = kBenchStart + 100;
  const auto segment = bench.log->segment_at(at);
  EXPECT_EQ(read_at(reader, bench, segment->base, at, segment->end, 5000),
            bench.histories[1].slice(at, bench.end()));
}

TEST(ColdReader, ADamagedFrameIsNeverHandedOut) {
  LogBench bench;
  bench.append(1000);
  bench.until_settled();
  const auto file = bench.memory->open(bench.log->path_of(kBenchStart));
  ASSERT_TRUE((*file)->write_at(kSegmentHeaderBytes + kFrameHeaderBytes + 500, "x!x"));
  ColdReader reader(*bench.memory);
  EXPECT_EQ(read_at(reader, bench, kBenchStart, kBenchStart, bench.end(), 5000),
            "error: " + make_error_code(DataError::kDamaged).message());
}

TEST(ColdReader, AFileThatIsGoneIsAnErrorAndNotTheEnd) {
  LogBench bench;
  ColdReader reader(*bench.memory);
  const Offset base = Offset::of_bytes(77);
  EXPECT_TRUE(read_at(reader, bench, base, base, base + 10, 10).starts_with("error: "));
}

}  // namespace
}  // namespace relay::test
