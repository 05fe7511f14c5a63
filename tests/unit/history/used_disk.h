// A data directory to be damaged and inspected, and what may be done to it.
#pragma once

#include "proxy/history/inspection.h"
#include "tests/support/disk/file_tree.h"
#include "tests/unit/history/generations_bench.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace relay::test {

constexpr Offset kAt = Offset::of_bytes(1000);
inline const std::string kGeneration = generation_dir(1);

// The disk of a relay that had a full sync and 30000 bytes, in several segments, and was stopped.
inline std::unique_ptr<MemoryFileSystem> used_disk() {
  GenerationsBench bench;
  bench.full_sync(id_of('a'), kAt);
  for (int i = 0; i < 15; ++i) {
    bench.append(2000, 100);
    bench.settle();
  }
  bench.stop();
  return bench.memory->crash();
}

inline std::vector<std::string> segments(FileSystem& fs) {
  std::vector<std::string> paths;
  for (const std::string& name : *fs.list(kGeneration + "/log")) {
    paths.push_back(kGeneration + "/log/" + name);
  }
  return paths;
}

inline void flip(FileSystem& fs, const std::string& path, std::uint64_t position) {
  auto file = fs.open(path);
  ASSERT_TRUE(file) << path;
  std::array<char, 1> byte{};
  ASSERT_EQ(*(*file)->read_at(position, byte), 1U);
  byte[0] = static_cast<char>(byte[0] ^ 4);
  ASSERT_TRUE((*file)->write_at(position, std::string_view(byte.data(), 1)));
}

inline void cut(FileSystem& fs, const std::string& path, std::uint64_t less) {
  auto file = fs.open(path);
  ASSERT_TRUE(file) << path;
  ASSERT_TRUE((*file)->resize(*(*file)->size() - less));
}

inline void overwrite(FileSystem& fs, const std::string& path, std::string_view bytes) {
  auto file = fs.create(path);
  ASSERT_TRUE(file) << path;
  ASSERT_TRUE((*file)->write_at(0, bytes));
}

inline Inspection inspected(FileSystem& fs) {
  auto found = inspect(fs, kData);
  EXPECT_TRUE(found);
  return std::move(*found);
}

// What inspect() said a start would do is what a start does.
inline void expect_start_as_said(const MemoryFileSystem& disk, const Inspection& found) {
  GenerationsBench started(disk.process_kill());
  EXPECT_EQ(started.recovered.has_error(), !found.start_fault.empty());
  if (!started.recovered) return;
  if (!started.generations.current()) {
    EXPECT_EQ(found.start_uses, "");
    EXPECT_EQ(found.start_asks, "PSYNC ? -1");
    return;
  }
  EXPECT_EQ(kData + "/" + found.start_uses, started.current().directory);
  EXPECT_EQ(found.start_asks,
            "PSYNC " + started.id() + " " + std::to_string(started.log().boundary().to_psync()));
}

}  // namespace relay::test
