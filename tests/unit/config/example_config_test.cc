#include "proxy/config/config_keys.h"
#include "proxy/config/load_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace relay {
namespace {

std::string example_path() { return std::string(RELAY_SOURCE_DIR) + "/config.example.yaml"; }

TEST(ExampleConfig, MeansExactlyTheDefaultsAndHasEveryKey) {
  ConfigSources sources;
  sources.file = example_path();
  const ConfigLoad load = load_config(sources);
  ASSERT_TRUE(load.has_value()) << describe(load.error());
  EXPECT_EQ(load->config, Config());
  EXPECT_TRUE(load->warnings.empty());
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(load->sources.contains(key.path)) << key.path << " is not in config.example.yaml";
  }
}

TEST(ExampleConfig, EveryKeyHasACommentThatSaysWhetherItNeedsARestartAndItsNamesInRedis) {
  std::ifstream file(example_path());
  std::string line, group, comment;
  while (std::getline(file, line)) {
    const std::string text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (text.starts_with('#')) {
      comment += text.substr(1);
      continue;
    }
    if (!text.empty()) {
      const std::string name = text.substr(0, text.find(':'));
      if (line == text) group.clear();
      const std::string path = group.empty() ? name : group + "." + name;
      EXPECT_NE(comment, "") << path << " is not explained";
      if (is_group(path)) {
        group = path;
      } else if (const ConfigKey* key = find_key(path)) {
        EXPECT_EQ(comment.find("[restart]") == std::string::npos, key->reloadable) << path;
        for (std::string_view other : key->other_names) {
          if (other.ends_with("-file") || other == "ack-policy") continue;  // not names of Redis
          EXPECT_NE(comment.find(other), std::string::npos) << path << " is also called " << other;
        }
      }
    }
    comment.clear();
  }
}

}  // namespace
}  // namespace relay
