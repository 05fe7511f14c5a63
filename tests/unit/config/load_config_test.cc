#include "proxy/config/load_config.h"

#include "tests/unit/config/temporary_file.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

LoadedConfig loaded(const ConfigSources& sources) {
  ConfigLoad load = load_config(sources);
  EXPECT_TRUE(load.has_value()) << describe(load.error());
  return load.has_value() ? *load : LoadedConfig();
}

std::string errors_of(const ConfigSources& sources) {
  const ConfigLoad load = load_config(sources);
  return load.has_value() ? "" : describe(load.error());
}

ConfigSources flags(std::vector<std::pair<std::string, std::string>> settings) {
  ConfigSources sources;
  for (auto& [path, text] : settings) sources.flags.push_back({"--set", path, text});
  return sources;
}

TEST(LoadConfig, NothingGivesTheDefaults) {
  const LoadedConfig load = loaded({});
  EXPECT_EQ(load.config, Config());
  EXPECT_TRUE(load.sources.empty());
  EXPECT_TRUE(load.warnings.empty());
}

TEST(LoadConfig, FlagsWinOverEnvironmentOverFileOverDefault) {
  const TemporaryFile file("log:\n  fsync-interval: 2s\n  max-age: 2h\n  fsync: always\n");
  ConfigSources sources;
  sources.file = file.path();
  sources.environment = {{"PSYNC_RELAY_LOG__MAX_AGE", "3h"},
                         {"PSYNC_RELAY_LOG__FSYNC", "interval"}};
  sources.flags = {{"--set", "log.fsync", "no"}};

  const LoadedConfig load = loaded(sources);
  EXPECT_EQ(load.config.log.max_size, Config().log.max_size);
  EXPECT_EQ(load.config.log.fsync_interval, 2s);
  EXPECT_EQ(load.config.log.max_age, 3h);
  EXPECT_EQ(load.config.log.fsync, FsyncPolicy::kNo);
  EXPECT_EQ(load.sources,
            (KeySources{
                {"log.fsync-interval", {ConfigSource::kFile, file.path() + ":2"}},
                {"log.max-age", {ConfigSource::kEnvironment, "PSYNC_RELAY_LOG__MAX_AGE"}},
                {"log.fsync", {ConfigSource::kCommandLine, "--set"}},
            }));
}

TEST(LoadConfig, AWeakerSourcesErrorIsReportedEvenWhereAStrongerOneWins) {
  const TemporaryFile file("log: {fsync: maybe}\n");
  ConfigSources sources = flags({{"log.fsync", "no"}});
  sources.file = file.path();
  EXPECT_NE(errors_of(sources).find("\"maybe\" is not one of"), std::string::npos);
}

TEST(LoadConfig, AllErrorsOfAllSourcesComeAtOnce) {
  const TemporaryFile file("upstream:\n  port: 70000\n  hots: a\nlog:\n  fsync: maybe\n");
  ConfigSources sources =
      flags({{"log.max-size", "5xb"}, {"log.max-sise", "1gb"}, {"data-dir", ""}});
  sources.file = file.path();
  sources.environment = {{"PSYNC_RELAY_HTTP__PORT", "x"}, {"PSYNC_RELAY_NONSENSE", "1"}};
  EXPECT_EQ(errors_of(sources),
            file.path() +
                ":2:9: upstream.port: \"70000\" is not a port (1-65535)\n"
                "    2 |   port: 70000\n"
                "      |         ^\n" +
                file.path() +
                ":3:3: upstream.hots: unknown key, did you mean \"host\"?\n"
                "    3 |   hots: a\n"
                "      |   ^\n" +
                file.path() +
                ":5:10: log.fsync: \"maybe\" is not one of no, interval, always\n"
                "    5 |   fsync: maybe\n"
                "      |          ^\n"
                "PSYNC_RELAY_NONSENSE: unknown variable\n"
                "PSYNC_RELAY_HTTP__PORT: http.port: \"x\" is not a port (0-65535)\n"
                "--set: log.max-sise: unknown key, did you mean \"max-size\"?\n"
                "--set: log.max-size: \"5xb\" is not a size (write 64mb, 10Gi or a "
                "number of bytes)\n"
                "--set: data-dir: is empty; a path is needed\n");
}

TEST(LoadConfig, AFlagGivenTwiceIsAnError) {
  EXPECT_EQ(errors_of(flags({{"log.fsync", "no"}, {"log.fsync", "no"}})),
            "--set: log.fsync: duplicate key, it is given twice\n");
  EXPECT_EQ(errors_of(flags({{"port", "1"}, {"listen.port", "2"}})),
            "--set: listen.port: duplicate key, it is given twice\n");
}

TEST(LoadConfig, AFileThatCannotBeReadIsAnError) {
  ConfigSources sources;
  sources.file = "/nonexistent/relay.yaml";
  EXPECT_EQ(errors_of(sources),
            "/nonexistent/relay.yaml: cannot be read: No such file or directory\n");
  sources.file = "/";
  EXPECT_EQ(errors_of(sources), "/: cannot be read: Is a directory\n");
  sources.file = "/dev/zero";
  EXPECT_EQ(errors_of(sources), "/dev/zero: cannot be read: larger than 1mb\n");
}

TEST(LoadConfig, AFileOfAMegabyteIsReadAndALargerOneIsNot) {
  const std::string megabyte = "#" + std::string(1024 * 1024 - 2, 'x') + "\n";
  const TemporaryFile file(megabyte);
  ConfigSources sources;
  sources.file = file.path();
  EXPECT_EQ(errors_of(sources), "");
  file.write(megabyte + "#");
  EXPECT_EQ(errors_of(sources), file.path() + ": cannot be read: larger than 1mb\n");
}

TEST(LoadConfig, PasswordsComeFromTheirFilesWithoutTheLastNewline) {
  for (std::string_view contents : {"hunter2", "hunter2\n", "hunter2\r\n"}) {
    const TemporaryFile file(contents);
    EXPECT_EQ(loaded(flags({{"upstream.password-file", file.path()}})).config.upstream.password,
              "hunter2");
    EXPECT_EQ(loaded(flags({{"requirepass-file", file.path()}})).config.listen.password, "hunter2");
  }
  const TemporaryFile two_lines("a\n\n");
  EXPECT_EQ(loaded(flags({{"upstream.password-file", two_lines.path()}})).config.upstream.password,
            "a\n");
}

TEST(LoadConfig, APasswordFileIsReadAgainByEachLoading) {
  const TemporaryFile file("one\n");
  const ConfigSources sources = flags({{"upstream.password-file", file.path()}});
  EXPECT_EQ(loaded(sources).config.upstream.password, "one");
  file.write("two\n");
  EXPECT_EQ(loaded(sources).config.upstream.password, "two");
}

TEST(LoadConfig, APasswordFileThatIsMissingOrEmptyIsAnErrorAndNeverNoPassword) {
  const std::string flag = "--set: listen.password-file: ";
  EXPECT_EQ(errors_of(flags({{"listen.password-file", "/nonexistent"}})),
            flag + "cannot read /nonexistent: No such file or directory\n");
  EXPECT_EQ(errors_of(flags({{"listen.password-file", "/dev/zero"}})),
            flag + "cannot read /dev/zero: larger than 64kb\n");
  for (std::string_view contents : {"", "\n", "\r\n"}) {
    const TemporaryFile file(contents);
    EXPECT_EQ(errors_of(flags({{"listen.password-file", file.path()}})),
              flag + file.path() + " is empty\n");
  }
}

TEST(LoadConfig, APasswordAndAPasswordFileTogetherAreAnError) {
  const TemporaryFile secret("hunter3\n");
  const TemporaryFile file("upstream:\n  password: hunter2\n");
  ConfigSources sources = flags({{"upstream.password-file", secret.path()}});
  sources.file = file.path();
  EXPECT_EQ(errors_of(sources), "--set: upstream.password-file: upstream.password is set too (" +
                                    file.path() + ":2); only one of them may be\n");
  // The empty text takes the password back.
  sources.environment = {{"PSYNC_RELAY_UPSTREAM__PASSWORD", ""}};
  EXPECT_EQ(loaded(sources).config.upstream.password, "hunter3");
}

TEST(LoadConfig, ValuesThatContradictEachOtherAreErrorsAtTheirPlace) {
  const TemporaryFile file("log:\n  memory-hard: 16mb\n");
  ConfigSources sources;
  sources.file = file.path();
  EXPECT_EQ(errors_of(sources), file.path() +
                                    ":2:16: log.memory: 32mb is more than log.memory-hard (16mb)\n"
                                    "    2 |   memory-hard: 16mb\n"
                                    "      |                ^\n");
  EXPECT_EQ(errors_of(flags({{"log.segment-size", "2gb"}})),
            "--set: log.segment-size: 2gb is more than log.max-size (1gb)\n");
  EXPECT_EQ(errors_of(flags({{"limits.request-size", "8kb"}})),
            "--set: limits.request-size-unauthenticated: 16kb is more than "
            "limits.request-size (8kb)\n");
  EXPECT_EQ(errors_of(flags({{"upstream.backoff-min", "10s"}})),
            "--set: upstream.backoff-min: 10s is longer than "
            "upstream.backoff-max (5s)\n");
  EXPECT_EQ(errors_of(flags({{"http.port", "6479"}})),
            "--set: http.port: 6479 is the port for replicas too (listen.port)\n");
  EXPECT_EQ(errors_of(flags({{"listen.port", "6379"}})),
            "--set: upstream.port: 127.0.0.1:6379 is where the relay itself listens "
            "(listen.port)\n");
  EXPECT_EQ(errors_of(flags({{"http.port", "0"}, {"listen.port", "0"}})), "");
}

TEST(LoadConfig, AKeyWithABadValueIsNotHeldAgainstOthers) {
  EXPECT_EQ(errors_of(flags({{"log.memory", "x"}, {"log.memory-hard", "16mb"}})),
            "--set: log.memory: \"x\" is not a size (write 64mb, 10Gi or a number of "
            "bytes)\n");
}

TEST(LoadConfig, AKeyThatTheFileGetsWrongIsNotHeldAgainstOthersEither) {
  const TemporaryFile file("log:\n  memory: [x]\n  memory-hard: 16mb\n");
  ConfigSources sources;
  sources.file = file.path();
  EXPECT_EQ(errors_of(sources), file.path() +
                                    ":2:11: log.memory: a value is due here, not a list\n"
                                    "    2 |   memory: [x]\n"
                                    "      |           ^\n");
}

TEST(LoadConfig, WarnsOfWhatIsAllowedAndUnwise) {
  const std::vector<std::pair<ConfigSources, std::string>> table = {
      {flags({{"upstream.timeout", "10s"}}), "upstream.timeout: 10s is not longer"},
      {flags({{"upstream.username", "relay"}}), "upstream.username: without upstream.password"},
      {flags({{"upstream.send-fack", "yes"}, {"log.fsync", "no"}}),
       "upstream.send-fack: with log.fsync no"},
      {flags({{"upstream.ack", "durable"}, {"log.fsync", "no"}}),
       "upstream.ack: with log.fsync no"},
      {flags({{"listen.address", "0.0.0.0"}}), "listen.address: 0.0.0.0 is open"},
  };
  for (const auto& [sources, begin] : table) {
    const LoadedConfig load = loaded(sources);
    ASSERT_EQ(load.warnings.size(), 1u) << begin;
    EXPECT_TRUE(load.warnings[0].starts_with(begin)) << load.warnings[0];
  }
  EXPECT_TRUE(
      loaded(flags({{"upstream.timeout", "11s"}, {"listen.address", "::1"}})).warnings.empty());
}

TEST(LoadConfig, NoErrorWarningOrSourceHoldsASecret) {
  const TemporaryFile secret("hunter2\n");
  const TemporaryFile file("upstream:\n  password: hunter2\nlisten:\n  password: hunter2\n");
  ConfigSources sources =
      flags({{"listen.password-file", secret.path()}, {"upstream.pasword", "hunter2"}});
  sources.file = file.path();
  sources.environment = {{"PSYNC_RELAY_MASTERAUTH", "hunter2"},
                         {"PSYNC_RELAY_LISTEN__PASWORD", "hunter2"}};
  const std::string errors = errors_of(sources);
  EXPECT_NE(errors, "");
  EXPECT_EQ(errors.find("hunter2"), std::string::npos) << errors;

  sources.flags.clear();
  sources.environment.erase("PSYNC_RELAY_LISTEN__PASWORD");
  const LoadedConfig load = loaded(sources);
  EXPECT_EQ(load.config.upstream.password, "hunter2");
  EXPECT_EQ(load.warnings.size(), 1u);
  for (const std::string& warning : load.warnings)
    EXPECT_EQ(warning.find("hunter2"), std::string::npos);
  for (const auto& [key, source] : load.sources)
    EXPECT_EQ(source.place.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace relay
