#include "proxy/log/log_files.h"

#include "common/io/posix_file.h"
#include "proxy/log/segment_reader.h"
#include "proxy/log/segment_recovery.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace relay::test {
namespace {

// On the real disk: what a killed relay leaves behind large writes, which go past the page cache and
// end in zeros, and small ones between them.
TEST(LogFiles, LargeAndSmallWritesAreFoundAgainAfterAKill) {
  std::string dir = "log-files-XXXXXX";
  ASSERT_NE(::mkdtemp(dir.data()), nullptr);
  PosixFileSystem fs;
  Config::Log settings;
  settings.segment_size = std::uint64_t{4} << 20;
  std::mt19937 random(11);
  std::string stream;
  {
    LogFiles files(fs, dir + "/log", settings, {});
    ASSERT_TRUE(files.begin_at(Offset(), Offset()));
    EXPECT_TRUE(files.uses_direct_io()) << "this file system has no O_DIRECT";
    while (stream.size() < std::size_t{24} << 20) {
      const std::size_t most = random() % 3 == 0 ? 5'000 : Chunk::kSize;
      auto chunk = std::make_shared<Chunk>(files.end());
      const std::size_t size = 1 + random() % most;
      for (char& c : chunk->space().first(size)) c = static_cast<char>(random());
      chunk->fill(size);
      const std::string_view bytes = chunk->from(chunk->base());
      const std::size_t half = size / 2;
      const std::vector<LogPiece> pieces{{chunk, bytes.substr(0, half)},
                                         {chunk, bytes.substr(half)}};
      stream += bytes;
      ASSERT_TRUE(files.append(pieces, Offset::of_bytes(stream.size())));
      ASSERT_EQ(files.end(), Offset::of_bytes(stream.size()));
      if (random() % 8 == 0) {
        ASSERT_TRUE(files.sync());
      }
    }
  }
  const auto log = recover_log(fs, dir + "/log", {.verify_all = true});
  ASSERT_TRUE(log);
  EXPECT_TRUE(log->incidents.empty()) << log->incidents.front();
  EXPECT_EQ(log->end, Offset::of_bytes(stream.size()));
  EXPECT_EQ(log->boundary, log->end);
  EXPECT_GT(log->segments.size(), 4U);
  std::string held(stream.size(), '\0');
  for (const SegmentInfo& segment : log->segments) {
    auto reader = SegmentReader::open(fs, segment_path(dir + "/log", segment.base), segment.base);
    ASSERT_TRUE(reader);
    const std::size_t at = segment.base.bytes();
    const std::size_t size = segment.end.since(segment.base);
    ASSERT_EQ(*(*reader)->read(segment.base, std::span(held).subspan(at, size), segment.end), size);
  }
  EXPECT_TRUE(held == stream);
  EXPECT_TRUE(fs.remove_tree(dir));
}

}  // namespace
}  // namespace relay::test
