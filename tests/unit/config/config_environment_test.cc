#include "proxy/config/config_environment.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

using Lines = std::vector<std::string>;

Lines settings_of(const Environment& environment) {
  Lines lines;
  const Settings settings = settings_of_environment(environment);
  EXPECT_EQ(describe(settings.errors), "");
  for (const Setting& setting : settings.settings) {
    lines.push_back(std::string(setting.key->path) + "=" + setting.text);
  }
  return lines;
}

std::string errors_of(const Environment& environment) {
  return describe(settings_of_environment(environment).errors);
}

TEST(ConfigEnvironment, EveryKeyHasAVariable) {
  EXPECT_EQ(variable_of("upstream.host"), "PSYNC_RELAY_UPSTREAM__HOST");
  EXPECT_EQ(variable_of("limits.request-size-unauthenticated"),
            "PSYNC_RELAY_LIMITS__REQUEST_SIZE_UNAUTHENTICATED");
  for (const ConfigKey& key : config_keys()) {
    const Settings settings = settings_of_environment({{variable_of(key.path), "x"}});
    ASSERT_EQ(settings.settings.size(), 1u) << key.path;
    EXPECT_EQ(settings.settings[0].key->path, key.path);
    EXPECT_EQ(settings.settings[0].source,
              (KeySource{ConfigSource::kEnvironment, variable_of(key.path)}));
  }
}

TEST(ConfigEnvironment, ValuesAreTakenAsTheyAre) {
  EXPECT_EQ(settings_of({{"PSYNC_RELAY_DATA_DIR", "/x/${Y} "}, {"Y", "z"}, {"HOME", "/"}}),
            Lines{"data-dir=/x/${Y} "});
}

TEST(ConfigEnvironment, OtherNamesOfAKeyWorkToo) {
  EXPECT_EQ(
      settings_of({{"PSYNC_RELAY_UPSTREAM__MASTERAUTH_FILE", "/s"}, {"PSYNC_RELAY_PORT", "7"}}),
      (Lines{"listen.port=7", "upstream.password-file=/s"}));
}

TEST(ConfigEnvironment, AnUnknownVariableIsAnErrorWithTheNearestOne) {
  EXPECT_EQ(
      errors_of({{"PSYNC_RELAY_UPSTREAM__HOTS", "a"}}),
      "PSYNC_RELAY_UPSTREAM__HOTS: unknown variable, did you mean PSYNC_RELAY_UPSTREAM__HOST?\n");
  EXPECT_EQ(errors_of({{"PSYNC_RELAY_UPSTREAM_HOST", "a"}}),
            "PSYNC_RELAY_UPSTREAM_HOST: unknown variable\n");
  EXPECT_EQ(errors_of({{"PSYNC_RELAY_", "a"}}), "PSYNC_RELAY_: unknown variable\n");
}

TEST(ConfigEnvironment, AKeyUnderTwoVariablesIsAnError) {
  EXPECT_EQ(errors_of({{"PSYNC_RELAY_MASTERAUTH", "a"}, {"PSYNC_RELAY_UPSTREAM__PASSWORD", "b"}}),
            "PSYNC_RELAY_UPSTREAM__PASSWORD: upstream.password: duplicate key, "
            "PSYNC_RELAY_MASTERAUTH sets it too\n");
}

TEST(ConfigEnvironment, ASecretIsTakenAndWarnedAbout) {
  const Settings settings = settings_of_environment({{"PSYNC_RELAY_LISTEN__PASSWORD", "hunter2"}});
  EXPECT_EQ(settings.settings.size(), 1u);
  EXPECT_EQ(
      settings.warnings,
      Lines{"PSYNC_RELAY_LISTEN__PASSWORD: a secret in the environment can be read by others; use "
            "PSYNC_RELAY_LISTEN__PASSWORD_FILE"});
}

TEST(ConfigEnvironment, ServiceLinksOfKubernetesAreNotOurs) {
  EXPECT_EQ(settings_of({{"PSYNC_RELAY_SERVICE_HOST", "10.96.0.1"},
                         {"PSYNC_RELAY_SERVICE_PORT", "6379"},
                         {"PSYNC_RELAY_SERVICE_PORT_REPLICA", "6379"},
                         {"PSYNC_RELAY_PORT", "tcp://10.96.0.1:6379"},
                         {"PSYNC_RELAY_PORT_6379_TCP", "tcp://10.96.0.1:6379"},
                         {"PSYNC_RELAY_PORT_6379_TCP_ADDR", "10.96.0.1"},
                         {"PSYNC_RELAY_PORT_6379_TCP_PORT", "6379"},
                         {"PSYNC_RELAY_PORT_6379_TCP_PROTO", "tcp"},
                         {"PSYNC_RELAY_METRICS_PORT", "tcp://10.96.0.2:8479"},
                         {"PSYNC_RELAY_METRICS_PORT_8479_TCP_ADDR", "10.96.0.2"},
                         {"PSYNC_RELAY_METRICS_SERVICE_HOST", "10.96.0.2"}}),
            Lines{});
  EXPECT_NE(errors_of({{"PSYNC_RELAY_PORT_TCP", "x"}}), "");
}

TEST(ConfigEnvironment, WhereCtlConnectsIsNoKeyOfTheRelays) {
  EXPECT_EQ(settings_of({{"PSYNC_RELAY_URL", "http://10.0.0.1:8479"}}), Lines{});
  EXPECT_NE(errors_of({{"PSYNC_RELAY_URLS", "x"}}), "");
}

TEST(ConfigEnvironment, IsReadFromAProcesssList) {
  const char* const variables[] = {"A=1", "B=", "C=x=y", "nothing", nullptr};
  EXPECT_EQ(environment_of(variables), (Environment{{"A", "1"}, {"B", ""}, {"C", "x=y"}}));
  EXPECT_EQ(environment_of(nullptr), Environment{});
}

}  // namespace
}  // namespace relay
