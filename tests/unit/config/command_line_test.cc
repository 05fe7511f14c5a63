#include "proxy/config/command_line.h"

#include "proxy/config/config_keys.h"
#include "proxy/config/host_port.h"

#include <gtest/gtest.h>

#include <random>

namespace relay {
namespace {

using Arguments = std::vector<std::string_view>;
using Action = CommandLine::Action;
using Lines = std::vector<std::string>;

CommandLine parsed(const Arguments& arguments) {
  auto result = parse_command_line(arguments);
  EXPECT_TRUE(result.has_value()) << result.error().message;
  return result.has_value() ? *result : CommandLine();
}

std::string error_of(const Arguments& arguments) {
  const auto result = parse_command_line(arguments);
  return result.has_value() ? "" : result.error().message;
}

// "path=text by flag" of each setting.
Lines settings_of(const Arguments& arguments) {
  Lines lines;
  for (const FlagSetting& setting : parsed(arguments).settings) {
    lines.push_back(setting.path + "=" + setting.text + " by " + setting.flag);
  }
  return lines;
}

TEST(HostPort, IsCutAtItsLastColon) {
  EXPECT_EQ(parse_host_port("redis:6379"), (HostPort{"redis", "6379"}));
  EXPECT_EQ(parse_host_port("10.0.0.1:1"), (HostPort{"10.0.0.1", "1"}));
  EXPECT_EQ(parse_host_port("[::1]:6379"), (HostPort{"::1", "6379"}));
  EXPECT_EQ(parse_host_port("6379"), (HostPort{std::nullopt, "6379"}));
}

TEST(HostPort, WhatCouldMeanTwoThingsIsNone) {
  for (std::string_view text :
       {"", ":", ":6379", "redis:", "::1:6379", "::1", "[::1]", "[::1", "[]:1", "a]:1", "a:b:1"}) {
    EXPECT_EQ(parse_host_port(text), std::nullopt) << text;
  }
}

TEST(CommandLine, NothingMeansRunWithDefaults) {
  const CommandLine line = parsed({});
  EXPECT_EQ(line.action, Action::kRun);
  EXPECT_EQ(line.config_file, std::nullopt);
  EXPECT_TRUE(line.settings.empty());
}

TEST(CommandLine, FlagsBecomeSettings) {
  EXPECT_EQ(settings_of({"--upstream", "redis:6380", "--listen", "0.0.0.0:7000", "--http=[::]:8000",
                         "--data-dir", "/d", "--set", "log.max-size=10gb"}),
            (Lines{"upstream.host=redis by --upstream", "upstream.port=6380 by --upstream",
                   "listen.address=0.0.0.0 by --listen", "listen.port=7000 by --listen",
                   "http.address=:: by --http", "http.port=8000 by --http",
                   "data-dir=/d by --data-dir", "log.max-size=10gb by --set"}));
  EXPECT_EQ(settings_of({"--listen", "7000"}), Lines{"listen.port=7000 by --listen"});
  EXPECT_EQ(settings_of({"--listen=0"}), Lines{"listen.port=0 by --listen"});
  EXPECT_EQ(settings_of({"--upstream=[::1]:6379"}),
            (Lines{"upstream.host=::1 by --upstream", "upstream.port=6379 by --upstream"}));
}

TEST(CommandLine, SetKeepsWhatStandsBehindTheFirstSign) {
  EXPECT_EQ(settings_of({"--set", "data-dir=a=b", "--set=upstream.username="}),
            (Lines{"data-dir=a=b by --set", "upstream.username= by --set"}));
}

TEST(CommandLine, TheSpellingsOfRedisWork) {
  EXPECT_EQ(settings_of({"--replicaof", "redis", "6380", "--port", "7000", "--dir", "/d"}),
            (Lines{"upstream.host=redis by --replicaof", "upstream.port=6380 by --replicaof",
                   "listen.port=7000 by --port", "data-dir=/d by --dir"}));
  EXPECT_EQ(settings_of({"--replicaof", "redis 6380"}),
            (Lines{"upstream.host=redis by --replicaof", "upstream.port=6380 by --replicaof"}));
}

TEST(CommandLine, ActionsAreKnownByTheirNames) {
  EXPECT_EQ(parsed({"--check-config"}).action, Action::kCheckConfig);
  EXPECT_EQ(parsed({"--check"}).action, Action::kCheckConfig);
  EXPECT_EQ(parsed({"--print-config"}).action, Action::kPrintConfig);
  EXPECT_EQ(parsed({"--print-config", "--check"}).action, Action::kPrintConfig);
  EXPECT_EQ(parsed({"--check", "--print-config"}).action, Action::kPrintConfig);
  EXPECT_EQ(parsed({"--version"}).action, Action::kVersion);
  EXPECT_EQ(parsed({"--help"}).action, Action::kHelp);
  EXPECT_EQ(parsed({"-h"}).action, Action::kHelp);
  EXPECT_EQ(parsed({"--config", "a", "--help", "--nonsense"}).action, Action::kHelp);
  EXPECT_EQ(parsed({"--config", "relay.yaml"}).config_file, "relay.yaml");
}

TEST(CommandLine, WhatIsWrongIsSaidInOneLine) {
  const std::vector<std::pair<Arguments, std::string_view>> table = {
      {{"relay.yaml"},
       "unexpected argument \"relay.yaml\" (a configuration file is given with --config)"},
      {{"run"}, "unexpected argument \"run\""},
      {{"--lisen", "1"}, "unknown option --lisen, did you mean --listen?"},
      {{"--nonsense"}, "unknown option --nonsense"},
      {{"-x"}, "unknown option -x"},
      {{"--"}, "unknown option --"},
      {{"--maxclients", "1"}, "unknown option --maxclients, use --set limits.clients=VALUE"},
      {{"--config"}, "--config needs a value"},
      {{"--config="}, "--config needs a value"},
      {{"--config", "--check"}, "--config needs a value"},
      {{"--config", "a", "--config", "b"}, "--config is given twice"},
      {{"--check=yes"}, "--check takes no value"},
      {{"--upstream", "redis"},
       "--upstream: \"redis\" is not HOST:PORT (redis:6379, 10.0.0.1:6379, [::1]:6379)"},
      {{"--upstream", "::1:6379"},
       "--upstream: \"::1:6379\" is not HOST:PORT (redis:6379, 10.0.0.1:6379, [::1]:6379)"},
      {{"--upstream", "redis:0"}, "--upstream: \"0\" is not a port (1-65535)"},
      {{"--upstream", "redis:x"}, "--upstream: \"x\" is not a port (1-65535)"},
      {{"--listen", "70000"}, "--listen: \"70000\" is not a port (0-65535)"},
      {{"--listen", ":7000"},
       "--listen: \":7000\" is not [ADDR:]PORT (6479, 0.0.0.0:6479, [::]:6479)"},
      {{"--listen", "localhost:1"},
       "--listen: \"localhost\" is not an IP address (0.0.0.0 is every IPv4 one, :: every one)"},
      {{"--listen", "1", "--listen", "2"}, "--listen is given twice"},
      {{"--listen", "1", "--port", "2"}, "--port and --listen set the same"},
      {{"--replicaof", "redis"}, "--replicaof needs HOST PORT"},
      {{"--set", "log.max-size"}, "--set needs key.path=value"},
      {{"--set", "=1"}, "--set needs key.path=value"},
  };
  for (const auto& [arguments, message] : table) {
    EXPECT_EQ(error_of(arguments), message);
  }
  EXPECT_EQ(UsageError{"x is wrong"}.text(),
            "psync-relay: x is wrong\nTry 'psync-relay --help' for what it takes.\n");
}

TEST(CommandLine, SecretsAreRefusedAndNotRepeated) {
  EXPECT_EQ(error_of({"--set", "upstream.password=hunter2"}),
            "--set upstream.password: everyone can see a command line; put the secret into a file "
            "and use "
            "--set upstream.password-file=FILE");
  EXPECT_EQ(error_of({"--requirepass", "hunter2"}),
            "--requirepass: everyone can see a command line; put the secret into a file and use "
            "--set listen.password-file=FILE");
  for (const Arguments& arguments :
       std::vector<Arguments>{{"--set", "masterauth=hunter2"},
                              {"--set", "requirepass=hunter2"},
                              {"--set", "upstream.pasword=hunter2"},
                              {"--set", "hunter2"},
                              {"--masterauth=hunter2"},
                              {"--password=hunter2"},
                              {"--upstream", "redis://:hunter2@host:6379"}}) {
    const std::string error = error_of(arguments);
    EXPECT_NE(error, "");
    EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
  }
  EXPECT_EQ(error_of({"--set", "upstream.password-file=/run/secret"}), "");
}

TEST(CommandLine, MakesTheSourcesOfAConfiguration) {
  const ConfigSources sources =
      config_sources(parsed({"--config", "c", "--listen", "1"}), {{"HOME", "/"}});
  EXPECT_EQ(sources.file, "c");
  EXPECT_EQ(sources.environment, (Environment{{"HOME", "/"}}));
  EXPECT_EQ(sources.flags, (std::vector<FlagSetting>{{"--listen", "listen.port", "1"}}));
}

TEST(CommandLine, TheHelpNamesEveryOptionAndFitsATerminal) {
  const std::string help = help_text();
  for (std::string_view option :
       {"--config FILE", "--upstream HOST:PORT", "--listen [ADDR:]PORT", "--http [ADDR:]PORT",
        "--data-dir DIR", "--set KEY=VALUE", "--check-config", "--print-config", "--version",
        "--help", "--check", "--replicaof", "--port", "--dir", "127.0.0.1:6379", "127.0.0.1:6479",
        "127.0.0.1:8479", "./psync-relay-data"}) {
    EXPECT_NE(help.find(option), std::string::npos) << option;
  }
  std::size_t line = 0;
  for (std::size_t end; (end = help.find('\n', line)) != std::string::npos; line = end + 1) {
    EXPECT_LE(end - line, 100u) << help.substr(line, end - line);
  }
  EXPECT_EQ(version_text(), "psync-relay " RELAY_VERSION);
}

TEST(CommandLine, AnyArgumentsAreUnderstoodOrRefused) {
  const std::vector<std::string_view> pieces = {
      "--",         "-",           "=", ":", "[", "]", "set",       "--set", "--listen",
      "--upstream", "--replicaof", "1", "a", ".", " ", "log.fsync", "\xff",  ""};
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> words(random() % 5);
    for (std::string& word : words) {
      for (auto n = random() % 4; n > 0; --n) word += pieces[random() % pieces.size()];
    }
    const Arguments arguments(words.begin(), words.end());
    const auto result = parse_command_line(arguments);
    EXPECT_TRUE(result.has_value() || !result.error().message.empty());
  }
}

TEST(CommandLine, WhatStandsBehindCtlIsLeftToIt) {
  const CommandLine line = parsed({"ctl", "wait", "--ready", "--help"});
  EXPECT_EQ(line.action, Action::kCtl);
  EXPECT_EQ(line.ctl, (Arguments{"wait", "--ready", "--help"}));
  EXPECT_NE(error_of({"--config", "x.yaml", "ctl"}), "");
}

}  // namespace
}  // namespace relay
