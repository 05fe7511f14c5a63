// The program as its operator meets it: what it prints, and with which status it exits.

#include "tests/support/redis_server.h"
#include "tests/support/relay_process.h"
#include "tests/support/text_file.h"
#include "tests/support/wait_until.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

struct Outcome {
  ExitStatus status;
  std::string text;
};

class CommandLine : public ::testing::Test {
 protected:
  Outcome run_relay(std::vector<std::string> arguments,
                    std::vector<std::pair<std::string, std::string>> environment = {}) {
    Program program;
    program.argv = {relay_binary()};
    program.argv.insert(program.argv.end(), arguments.begin(), arguments.end());
    program.output = dir_ / ("output-" + std::to_string(runs_++));
    program.directory = dir_.path();
    program.environment = std::move(environment);
    const auto status = run(program);
    return {status, read_text(program.output)};
  }

  std::string file(const std::string& text) {
    const auto path = dir_ / "relay.yaml";
    write_text(path, text);
    return path.string();
  }

  TempDir dir_;
  int runs_ = 0;
};

#define EXPECT_SAYS(outcome, words) \
  EXPECT_NE((outcome).text.find(words), std::string::npos) << (outcome).text

TEST_F(CommandLine, VersionAndHelpExitZero) {
  const auto version = run_relay({"--version"});
  EXPECT_EQ(version.status.code, 0);
  EXPECT_SAYS(version, "psync-relay ");
  const auto help = run_relay({"--help"});
  EXPECT_EQ(help.status.code, 0);
  for (const char* flag : {"--config", "--upstream", "--listen", "--http", "--data-dir", "--set",
                           "--check-config", "--print-config"}) {
    EXPECT_SAYS(help, flag);
  }
}

TEST_F(CommandLine, WhatItCannotUnderstandExitsTwo) {
  EXPECT_EQ(run_relay({"--no-such-flag"}).status.code, 2);
  EXPECT_EQ(run_relay({"--config"}).status.code, 2);
  EXPECT_EQ(run_relay({"stray"}).status.code, 2);
}

TEST_F(CommandLine, ABadFileExitsSeventyEightAndNamesEveryErrorWithItsPlace) {
  const auto outcome = run_relay({"--check-config", "--config",
                                  file("upstream:\n"
                                       "  hots: example\n"
                                       "  port: many\n"
                                       "log:\n"
                                       "  max-size: 64mb\n"
                                       "  max-size: 65mb\n")});
  EXPECT_EQ(outcome.status.code, 78);
  EXPECT_SAYS(outcome, "relay.yaml:2:");
  EXPECT_SAYS(outcome, "did you mean");
  EXPECT_SAYS(outcome, "host");
  EXPECT_SAYS(outcome, "relay.yaml:3:");
  EXPECT_SAYS(outcome, "relay.yaml:6:");
}

TEST_F(CommandLine, ABadSettingExitsSeventyEight) {
  const auto outcome = run_relay({"--check-config", "--set", "log.max-siez=1mb"});
  EXPECT_EQ(outcome.status.code, 78);
  EXPECT_SAYS(outcome, "max-size");
  EXPECT_EQ(run_relay({"--check-config", "--set", "log.max-size=huge"}).status.code, 78);
  EXPECT_EQ(run_relay({"--check-config"}, {{"PSYNC_RELAY_UPSTREAM__PORT", "seven"}}).status.code,
            78);
}

TEST_F(CommandLine, NoFileAtAllIsAGoodConfiguration) {
  EXPECT_EQ(run_relay({"--check-config"}).status.code, 0);
  const auto printed = run_relay({"--print-config"});
  EXPECT_EQ(printed.status.code, 0);
  for (const char* words : {"6379", "6479", "8479", "psync-relay-data"})
    EXPECT_SAYS(printed, words);
}

TEST_F(CommandLine, FlagsWinOverEnvironmentOverFileOverDefault) {
  const auto config = file("upstream:\n  host: from-file\n  port: 1111\nemulated-version: 7.0.1\n");
  const auto outcome = run_relay(
      {"--print-config", "--config", config, "--set", "upstream.host=from-flag"},
      {{"PSYNC_RELAY_UPSTREAM__HOST", "from-environment"}, {"PSYNC_RELAY_UPSTREAM__PORT", "2222"}});
  EXPECT_EQ(outcome.status.code, 0);
  EXPECT_SAYS(outcome, "from-flag");
  EXPECT_EQ(outcome.text.find("from-environment"), std::string::npos) << outcome.text;
  EXPECT_SAYS(outcome, "2222");
  EXPECT_SAYS(outcome, "7.0.1");
}

TEST_F(CommandLine, SecretsAreNeverPrinted) {
  write_text(dir_ / "secret", "hush-hush\n");
  const auto config =
      file("upstream:\n  password: open-sesame\nlisten:\n  password-file: secret\n");
  const auto outcome = run_relay({"--print-config", "--config", config});
  EXPECT_EQ(outcome.status.code, 0) << outcome.text;
  EXPECT_EQ(outcome.text.find("open-sesame"), std::string::npos);
  EXPECT_EQ(outcome.text.find("hush-hush"), std::string::npos);
}

TEST_F(CommandLine, ASecondRelayOnTheSameDirectoryExitsSeventyFive) {
  RelayProcess first({.upstream_port = 1});
  ReservedPort port, http_port;
  const auto second =
      run_relay({"--listen", std::to_string(port.number()), "--http",
                 std::to_string(http_port.number()), "--data-dir", first.data_dir().string()});
  EXPECT_EQ(second.status.code, 75) << second.text;
  EXPECT_SAYS(second, std::to_string(first.process().pid()));
  EXPECT_EQ(first.client().command({"PING"}).text, "PONG");
}

TEST_F(CommandLine, InspectSaysWhatADirectoryHoldsAndWhatAStartWouldAsk) {
  RedisServer master("master");
  master.populate("key", 100, 1'000);
  RelayProcess relay({.upstream_port = master.port()});
  relay.wait_until_streaming();
  master.client().command({"SET", "one", std::string(100'000, 'v')});
  wait_until([&] { return relay.offset() > 100'000; }, kPatience, "the write to be in the relay");
  relay.wait_until_durable();
  const auto id = relay.info_field("master_replid");

  const auto beside = run_relay({"inspect", relay.data_dir().string()});
  EXPECT_SAYS(beside, "note: a relay runs on this directory (held by pid ");
  EXPECT_SAYS(beside, "history    " + id);

  EXPECT_EQ(relay.stop().code, 0);
  const auto stopped = run_relay({"inspect", relay.data_dir().string() + "/"});
  EXPECT_EQ(stopped.status.code, 0) << stopped.text;
  EXPECT_EQ(stopped.text.find("note:"), std::string::npos);
  EXPECT_SAYS(stopped, "sound, its checksum is right");
  EXPECT_SAYS(stopped, "ask the master: PSYNC " + id + " ");
  EXPECT_SAYS(stopped, "\nsound\n");

  for (const auto& entry : std::filesystem::recursive_directory_iterator(relay.data_dir())) {
    if (entry.path().extension() != ".segment") continue;
    std::string bytes = read_text(entry.path());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_text(entry.path(), bytes);
  }
  const auto damaged = run_relay({"inspect", relay.data_dir().string()});
  EXPECT_EQ(damaged.status.code, 1) << damaged.text;
  EXPECT_SAYS(damaged, "\nthere is damage\n");
}

TEST_F(CommandLine, InspectOfWhatIsNoDirectoryExitsSeventyFourAndOfNothingTwo) {
  EXPECT_EQ(run_relay({"inspect", (dir_ / "none").string()}).status.code, 74);
  EXPECT_EQ(run_relay({"inspect"}).status.code, 2);
  EXPECT_EQ(run_relay({"inspect", "one", "two"}).status.code, 2);
}

TEST_F(CommandLine, ADirectoryThatCannotBeMadeExitsSeventyFour) {
  write_text(dir_ / "file", "in the way");
  ReservedPort port, http_port;
  const auto outcome =
      run_relay({"--listen", std::to_string(port.number()), "--http",
                 std::to_string(http_port.number()), "--data-dir", (dir_ / "file/data").string()});
  EXPECT_EQ(outcome.status.code, 74) << outcome.text;
}

TEST_F(CommandLine, APortThatIsTakenExitsOne) {
  RelayProcess first({.upstream_port = 1});
  ReservedPort http_port;
  const auto outcome =
      run_relay({"--listen", std::to_string(first.port()), "--http",
                 std::to_string(http_port.number()), "--data-dir", (dir_ / "data").string()});
  EXPECT_EQ(outcome.status.code, 1) << outcome.text;
  EXPECT_SAYS(outcome, std::to_string(first.port()));
}

TEST_F(CommandLine, WithoutAMasterItRunsAndSaysSo) {
  ReservedPort nobody;
  RelayProcess relay({.upstream_port = nobody.number()});
  EXPECT_EQ(relay.get("/livez").status, 200);
  EXPECT_EQ(relay.get("/readyz").status, 503);
  auto client = relay.client();
  EXPECT_TRUE(client.command({"PSYNC", "?", "-1"}).text.starts_with("NOMASTERLINK"));
  EXPECT_EQ(relay.info_field("master_link_status"), "down");
  const auto metrics = relay.get("/metrics");
  EXPECT_NE(metrics.head.find("text/plain; version=0.0.4"), std::string::npos) << metrics.head;
  EXPECT_EQ(relay.metric("psync_relay_upstream_up"), 0);
}

}  // namespace
}  // namespace relay::test
