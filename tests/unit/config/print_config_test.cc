#include "proxy/config/print_config.h"

#include "proxy/config/load_config.h"
#include "tests/unit/config/temporary_file.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

// What a printed configuration means when it is read.
Config read_back(const std::string& printed) {
  const TemporaryFile file(printed);
  ConfigSources sources;
  sources.file = file.path();
  const ConfigLoad load = load_config(sources);
  EXPECT_TRUE(load.has_value()) << describe(load.error());
  return load.has_value() ? load->config : Config();
}

TEST(PrintConfig, TheDefaultsArePrintedWithoutASourceAndReadBack) {
  const std::string printed = print_config(Config(), {});
  EXPECT_TRUE(printed.starts_with("# psync-relay " RELAY_VERSION ": the configuration in effect.\n"
                                  "upstream:\n"
                                  "  host: 127.0.0.1\n"
                                  "  port: 6379\n"
                                  "  username: \"\"\n"))
      << printed;
  EXPECT_NE(printed.find("\ndata-dir: ./psync-relay-data\nlog:\n  max-size: 1gb\n"),
            std::string::npos)
      << printed;
  EXPECT_EQ(printed.find('#', 1), std::string::npos);
  EXPECT_EQ(read_back(printed), Config());
}

TEST(PrintConfig, AKeyThatWasSetNamesItsSource) {
  Config config;
  config.log.fsync = FsyncPolicy::kAlways;
  const std::string printed =
      print_config(config, {{"log.fsync", {ConfigSource::kFile, "relay.yaml:12"}},
                            {"http.port", {ConfigSource::kCommandLine, "--http"}}});
  EXPECT_NE(printed.find("  fsync: always                                 # relay.yaml:12\n"),
            std::string::npos)
      << printed;
  EXPECT_NE(printed.find("  port: 8479                                    # --http\n"),
            std::string::npos);
  EXPECT_EQ(read_back(printed), config);
}

TEST(PrintConfig, SecretsAreStarsAndEverythingElseReadsBack) {
  Config config;
  config.upstream.password = "hunter2";
  config.data_dir = "/x/\"quoted\" \\ ${HOME} #1: *";
  config.upstream.announce_ip = "::1";
  config.upstream.host = "::1";
  config.upstream.ack = {AckPolicy::Kind::kReplicas, 3};
  config.snapshot.refresh_ratio = 2.25;
  config.log.max_size = 1024 * kMiB + 1;
  config.upstream.command_psync = "null";
  config.upstream.command_sync = "-";
  const std::string printed = print_config(config, {});
  EXPECT_EQ(printed.find("hunter2"), std::string::npos);
  EXPECT_NE(printed.find("  password: \"***\"\n"), std::string::npos) << printed;
  Config expected = config;
  expected.upstream.password = "***";
  EXPECT_EQ(read_back(printed), expected);
}

TEST(PrintConfig, APasswordFromAFileIsLeftToItsFile) {
  const TemporaryFile secret("hunter2\n");
  ConfigSources sources;
  sources.flags = {{"--set x", "upstream.password-file", secret.path()}};
  const ConfigLoad load = load_config(sources);
  ASSERT_TRUE(load.has_value());
  const std::string printed = print_config(load->config, load->sources);
  EXPECT_EQ(printed.find("hunter2"), std::string::npos);
  EXPECT_EQ(read_back(printed), load->config);
}

TEST(PrintConfig, ASourcesNameCannotEndItsComment) {
  const std::string printed =
      print_config(Config(), {{"data-dir", {ConfigSource::kFile, "a\nupstream:\n  x: y"}}});
  EXPECT_EQ(read_back(printed), Config());
}

}  // namespace
}  // namespace relay
