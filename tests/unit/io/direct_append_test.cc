// On the real disk, in the directory that the tests run in: where its file system has no direct way,
// the first test says so, and the others still hold of what happens instead.
#include "common/io/direct_append.h"

#include "common/io/posix_file.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>

namespace relay::test {
namespace {

constexpr std::size_t kBlock = DirectAppend::kBlock;
constexpr std::size_t kDirectFrom = 3000;

struct DirectAppendTest : testing::Test {
  DirectAppendTest() {
    std::string pattern = "direct-append-XXXXXX";
    dir = ::mkdtemp(pattern.data());
    file = *fs.create(dir + "/f");
  }
  ~DirectAppendTest() override { EXPECT_TRUE(fs.remove_tree(dir)); }

  void append(std::string_view bytes) {
    // In two pieces, as a frame's header and its payload are.
    const std::size_t head = std::min<std::size_t>(bytes.size(), 16);
    const std::vector<std::string_view> pieces{bytes.substr(0, head), bytes.substr(head)};
    ASSERT_TRUE(file->write_at(written.size(), pieces));
    written += bytes;
  }

  // All that was written, and then nothing but less than a block of zeros.
  void expect_whole() {
    const std::string held = *read_file(fs, dir + "/f");
    ASSERT_GE(held.size(), written.size());
    ASSERT_LT(held.size(), written.size() + kBlock);
    ASSERT_TRUE(held.starts_with(written));
    ASSERT_EQ(held.find_first_not_of('\0', written.size()), std::string::npos);
  }

  std::string random_bytes(std::size_t size) {
    std::string bytes(size + sizeof(std::uint64_t), '\0');
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      const std::uint64_t drawn = random();
      std::memcpy(bytes.data() + at, &drawn, sizeof drawn);
    }
    bytes.resize(size);
    return bytes;
  }

  PosixFileSystem fs;
  std::string dir;
  std::unique_ptr<File> file;
  std::string written;
  std::mt19937_64 random{7};
};

TEST_F(DirectAppendTest, WhatIsWrittenIsOnTheDiskAndNotInThePageCache) {
  const auto direct = file->append_directly(kDirectFrom);
  ASSERT_TRUE(direct) << "this file system has no O_DIRECT: " << direct.error().message();
  EXPECT_TRUE(file->appends_directly());
  append(random_bytes(1 << 20));
  std::array<char, kBlock> bytes;
  iovec into{bytes.data(), bytes.size()};
  EXPECT_EQ(::preadv2(*file->descriptor(), &into, 1, 8 * kBlock, RWF_NOWAIT), -1);
  EXPECT_EQ(errno, EAGAIN);
  expect_whole();
}

TEST_F(DirectAppendTest, EverySizeMayFollowEveryOther) {
  static_cast<void>(file->append_directly(kDirectFrom));
  constexpr std::size_t kSizes[] = {1,
                                    15,
                                    100,
                                    kDirectFrom - 1,
                                    kDirectFrom,
                                    kBlock,
                                    kBlock - 1,
                                    kBlock + 1,
                                    DirectAppend::kMost - 1,
                                    DirectAppend::kMost,
                                    DirectAppend::kMost + 1,
                                    2 * DirectAppend::kMost + 5};
  for (const std::size_t first : kSizes) {
    for (const std::size_t second : kSizes) {
      written.clear();
      ASSERT_TRUE(file->resize(0));
      append(random_bytes(first));
      append(random_bytes(second));
      append(random_bytes(kDirectFrom + 7));
      ASSERT_NO_FATAL_FAILURE(expect_whole()) << first << ", then " << second;
    }
  }
}

TEST_F(DirectAppendTest, AResizeTakesTheZerosAway) {
  static_cast<void>(file->append_directly(kDirectFrom));
  append(random_bytes(5 * kBlock + 9));
  ASSERT_TRUE(file->resize(written.size()));
  EXPECT_EQ(*read_file(fs, dir + "/f"), written);
  append("seal");
  EXPECT_EQ(*read_file(fs, dir + "/f"), written);
  append(random_bytes(kBlock));
  expect_whole();
}

TEST_F(DirectAppendTest, CutBackItGoesOnFromThere) {
  static_cast<void>(file->append_directly(kDirectFrom));
  append(random_bytes(5 * kBlock + 9));
  written.resize(2 * kBlock + 100);
  ASSERT_TRUE(file->resize(written.size()));
  append(random_bytes(kBlock));
  expect_whole();
}

TEST_F(DirectAppendTest, WhatIsSetAsideAheadIsWrittenInto) {
  ASSERT_TRUE(file->reserve(1 << 20));
  static_cast<void>(file->append_directly(kDirectFrom));
  append(random_bytes(300'000));
  append(random_bytes(900'000));
  ASSERT_TRUE(file->sync());
  expect_whole();
}

// A reader is told how far it may read, and must find just that, whichever way it was written.
TEST_F(DirectAppendTest, AReaderBesideItSeesEveryByteThatItWasToldOf) {
  static_cast<void>(file->append_directly(kDirectFrom));
  const std::string all = random_bytes(8 << 20);
  std::atomic<std::size_t> told{0};
  std::atomic<bool> differs{false};
  std::thread reader([&] {
    auto beside = *fs.open(dir + "/f");
    std::string bytes(2 * kBlock, '\0');
    while (told < all.size() && !differs) {
      const std::size_t until = told;
      const std::size_t from = until - std::min(until, bytes.size());
      const auto read = beside->read_at(from, std::span(bytes).first(until - from));
      differs = !read || std::string_view(bytes).substr(0, *read) !=
                             std::string_view(all).substr(from, until - from);
    }
  });
  while (told < all.size() && !differs) {
    const std::size_t most = random() % 8 == 0 ? 100'000 : 2 * kDirectFrom;
    append(std::string_view(all).substr(told, 1 + random() % most));
    told = written.size();
  }
  reader.join();
  EXPECT_FALSE(differs);
  expect_whole();
}

TEST_F(DirectAppendTest, AFullDiskIsAnErrorLikeAnyOther) {
  auto full = fs.open("/dev/full");
  ASSERT_TRUE(full);
  static_cast<void>((*full)->append_directly(kDirectFrom));
  const std::string bytes = random_bytes(2 * kBlock);
  EXPECT_EQ((*full)->write_at(0, bytes).error().value(), ENOSPC);
}

}  // namespace
}  // namespace relay::test
