#include "proxy/upstream_choice.h"

#include "common/base/logging.h"
#include "tests/support/disk/memory_file_system.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

const std::string kDir = "data";
const Address kConfigured{"redis.example", 6379};
const Address kPromoted{"10.0.0.7", 7000};

std::unique_ptr<MemoryFileSystem> empty_disk() {
  auto fs = std::make_unique<MemoryFileSystem>();
  (void)fs->make_directory(kDir);
  (void)fs->sync_directory("");
  return fs;
}

TEST(UpstreamChoice, WithNothingKeptTheConfiguredOneIsFollowed) {
  EXPECT_EQ(recall_upstream(*empty_disk(), kDir, kConfigured), kConfigured);
}

TEST(UpstreamChoice, WhatReplicaofNamedOutlivesARestart) {
  auto fs = empty_disk();
  ASSERT_TRUE(remember_upstream(*fs, kDir, {kConfigured, kPromoted}));
  EXPECT_EQ(recall_upstream(*fs->crash(), kDir, kConfigured), kPromoted);
  const Address v6{"fe80::1%eth0", 65535};
  ASSERT_TRUE(remember_upstream(*fs, kDir, {kConfigured, v6}));
  EXPECT_EQ(recall_upstream(*fs->crash(), kDir, kConfigured), v6);
}

TEST(UpstreamChoice, IsForgottenWhenTheConfiguredUpstreamChanges) {
  auto fs = empty_disk();
  ASSERT_TRUE(remember_upstream(*fs, kDir, {kConfigured, kPromoted}));
  const Address other_host{"redis2.example", 6379};
  const Address other_port{"redis.example", 6380};
  EXPECT_EQ(recall_upstream(*fs, kDir, other_host), other_host);
  EXPECT_EQ(recall_upstream(*fs, kDir, other_port), other_port);
}

TEST(UpstreamChoice, BackToTheConfiguredOneNothingIsKept) {
  auto fs = empty_disk();
  ASSERT_TRUE(remember_upstream(*fs, kDir, {kConfigured, kPromoted}));
  ASSERT_TRUE(remember_upstream(*fs, kDir, {kConfigured, kConfigured}));
  EXPECT_TRUE(fs->crash()->list(kDir)->empty());
}

TEST(UpstreamChoice, ADamagedFileIsSaidAndNotFollowed) {
  const std::string good = encode({kConfigured, kPromoted});
  std::vector<std::string> bad = {
      "nonsense\n",
      "configured redis.example 6379\n",
      "configured redis.example 6379\nin-force 10.0.0.7 0\n",
      "configured redis.example 6379\nin-force 10.0.0.7 70000\n",
      "configured redis.example 6379\nin-force 10.0.0.7 7000x\n",
      "configured redis.example 6379\nin-force  7000\n",
      "configured redis.example 6379\nin-force 10.0.0.7\n",
      "in-force 10.0.0.7 7000\nconfigured redis.example 6379\n",
  };
  for (std::size_t size = 0; size < good.size(); ++size) bad.push_back(good.substr(0, size));
  for (const std::string& text : bad) {
    auto fs = empty_disk();
    ASSERT_TRUE(replace_file(*fs, kDir, "upstream", text));
    const auto warnings = log_count(LogLevel::kWarn);
    EXPECT_EQ(recall_upstream(*fs, kDir, kConfigured), kConfigured) << text;
    EXPECT_EQ(log_count(LogLevel::kWarn), warnings + 1) << text;
  }
}

}  // namespace
}  // namespace relay::test
