#include "proxy/config/config_keys.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>
#include <vector>

namespace relay {
namespace {

// What is printed for a key after it was given the text; "!" and the complaint if there was one.
std::string outcome(std::string_view path, std::string_view text) {
  const ConfigKey* key = find_key(path);
  if (key == nullptr) return "no such key";
  Config config;
  if (const Complaint complaint = key->parse(text, config)) {
    EXPECT_EQ(config, Config()) << path << " was changed by a value it refused";
    return "! " + *complaint;
  }
  return key->print(config);
}

TEST(ConfigKeys, AcceptGoodValuesAndPrintThemBack) {
  const std::vector<std::tuple<std::string_view, std::string_view, std::string_view>> table = {
      {"upstream.host", "redis-0.redis", "redis-0.redis"},
      {"upstream.host", "10.1.2.3", "10.1.2.3"},
      {"upstream.host", "[::1]", "::1"},
      {"upstream.host", "fe80::1%eth0", "fe80::1%eth0"},
      {"upstream.port", "1", "1"},
      {"upstream.port", "65535", "65535"},
      {"upstream.username", "", ""},
      {"upstream.password", "", ""},
      {"upstream.password", "a b\nc\x01", "a b\nc\x01"},
      {"upstream.ack", "received", "received"},
      {"upstream.ack", "durable", "durable"},
      {"upstream.ack", "replicas:2", "replicas:2"},
      {"upstream.send-fack", "yes", "yes"},
      {"upstream.send-fack", "true", "yes"},
      {"upstream.send-fack", "false", "no"},
      {"upstream.announce-ip", "", ""},
      {"upstream.announce-ip", "[::1]", "::1"},
      {"upstream.announce-ip", "relay.example", "relay.example"},
      {"upstream.announce-port", "0", "0"},
      {"upstream.version", "", ""},
      {"upstream.version", "9.0.0", "9.0.0"},
      {"upstream.timeout", "90", "90s"},
      {"upstream.timeout", "60s", "1m"},
      {"upstream.command-psync", "x_PSYNC", "x_PSYNC"},
      {"listen.address", "0.0.0.0", "0.0.0.0"},
      {"listen.address", "[::]", "::"},
      {"listen.port", "0", "0"},
      {"listen.plain", "no", "no"},
      {"listen.tls-cert-file", "/run/relay tls/tls.crt", "/run/relay tls/tls.crt"},
      {"listen.tls-ca-file", "", ""},
      {"listen.tls-auth-clients", "optional", "optional"},
      {"upstream.tls", "yes", "yes"},
      {"upstream.sentinels", "", ""},
      {"upstream.sentinels", "s-0.s:26379, [::1]:1", "s-0.s:26379, [::1]:1"},
      {"upstream.tls-server-name", "redis.db.svc", "redis.db.svc"},
      {"listen.backlog", "1", "1"},
      {"listen.tcp-keepalive", "0", "0s"},
      {"http.port", "0", "0"},
      {"metrics.per-replica", "on", "on"},
      {"metrics.per-replica", "off", "off"},
      {"metrics.max-series", "5000", "5000"},
      {"metrics.replica-linger", "0", "0s"},
      {"metrics.replicas-expected", "3", "3"},
      {"data-dir", "/var/lib/psync relay", "/var/lib/psync relay"},
      {"log.max-size", "64kb", "64kb"},
      {"log.max-size", "10Gi", "10gb"},
      {"log.max-age", "7d", "7d"},
      {"log.fsync", "no", "no"},
      {"log.fsync", "always", "always"},
      {"snapshot.refresh", "on-demand", "on-demand"},
      {"snapshot.refresh-ratio", "2.5", "2.5"},
      {"snapshot.cut-through", "no", "no"},
      {"limits.full-sync-concurrency", "0", "0"},
      {"limits.full-sync-rate", "100mb", "100mb"},
      {"replicas.ahead-wait", "0s", "0s"},
      {"emulated-version", "7.2.4", "7.2.4"},
      {"threads", "auto", "auto"},
      {"threads", "4", "4"},
      {"logging.level", "debug", "debug"},
      {"logging.level", "verbose", "debug"},
      {"logging.level", "notice", "info"},
      {"logging.level", "warning", "warn"},
      {"logging.format", "json", "json"},
  };
  for (const auto& [path, text, printed] : table) {
    EXPECT_EQ(outcome(path, text), printed) << path << " = " << text;
  }
}

TEST(ConfigKeys, RefuseBadValuesAndSayWhy) {
  const std::vector<std::tuple<std::string_view, std::string_view, std::string_view>> table = {
      {"upstream.host", "", "is empty; a host name or an IP address is needed"},
      {"upstream.host", "a b", "\"a b\" is not a host name or an IP address"},
      {"upstream.host", "redis:6379",
       "\"redis:6379\" is not a host name or an IP address (the port is a key of its own)"},
      {"upstream.host", "redis://u:hunter2@h", "\"***@h\" is not a host name or an IP address"},
      {"upstream.port", "0", "\"0\" is not a port (1-65535)"},
      {"upstream.port", "65536", "\"65536\" is not a port (1-65535)"},
      {"upstream.port", "6379x", "\"6379x\" is not a port (1-65535)"},
      {"upstream.port", "-1", "\"-1\" is not a port (1-65535)"},
      {"upstream.port", "", "\"\" is not a port (1-65535)"},
      {"upstream.sentinels", "s-0.s", "\"s-0.s\" is not HOST:PORT"},
      {"upstream.sentinels", "s-0.s:1,", "\"\" is not HOST:PORT"},
      {"upstream.sentinels", "s-0.s:0", "\"s-0.s:0\" is not HOST:PORT"},
      {"listen.port", "65536", "\"65536\" is not a port (0-65535)"},
      {"upstream.username", "a b", "\"a b\" has a blank in it"},
      {"upstream.ack", "replicas:0",
       "\"replicas:0\" is not one of received, durable, replicas:N (N from 1 to 65535)"},
      {"upstream.ack", "replicas",
       "\"replicas\" is not one of received, durable, replicas:N (N from 1 to 65535)"},
      {"upstream.send-fack", "on", "\"on\" is not yes or no"},
      {"upstream.send-fack", "Yes", "\"Yes\" is not yes or no"},
      {"upstream.version", "9", "\"9\" is not a version (three numbers: 7.0.15)"},
      {"emulated-version", "", "\"\" is not a version (three numbers: 7.0.15)"},
      {"emulated-version", "7.0.15.1", "\"7.0.15.1\" is not a version (three numbers: 7.0.15)"},
      {"upstream.timeout", "5 minutes",
       "\"5 minutes\" is not a duration (write 100ms, 60s, 5m or 1h)"},
      {"upstream.timeout", "0", "\"0\" is too short (at least 1ms)"},
      {"upstream.timeout", "366d", "\"366d\" is too long (at most 365d)"},
      {"upstream.command-psync", "", "is empty"},
      {"listen.address", "localhost",
       "\"localhost\" is not an IP address (0.0.0.0 is every IPv4 one, :: every one)"},
      {"listen.address", "*",
       "\"*\" is not an IP address (0.0.0.0 is every IPv4 one, :: every one)"},
      {"listen.backlog", "0", "\"0\" is not a whole number from 1 to 65535"},
      {"data-dir", "", "is empty; a path is needed"},
      {"log.max-size", "64xb", "\"64xb\" is not a size (write 64mb, 10Gi or a number of bytes)"},
      {"log.max-size", "1kb", "\"1kb\" is too small (at least 64kb)"},
      {"log.segment-size", "1tb", "\"1tb\" is too large (at most 16gb)"},
      {"log.fsync", "maybe", "\"maybe\" is not one of no, interval, always"},
      {"snapshot.refresh-ratio", "nan", "\"nan\" is not a number from 0.01 to 1000"},
      {"snapshot.refresh-ratio", "0", "\"0\" is not a number from 0.01 to 1000"},
      {"threads", "0", "\"0\" is not auto or a whole number from 1 to 128"},
      {"threads", "129", "\"129\" is not auto or a whole number from 1 to 128"},
      {"threads", "many", "\"many\" is not auto or a whole number from 1 to 128"},
      {"logging.level", "loud", "\"loud\" is not one of debug, info, warn, error"},
      {"logging.format", "legacy", "\"legacy\" is not one of logfmt, json"},
  };
  for (const auto& [path, text, complaint] : table) {
    EXPECT_EQ(outcome(path, text), "! " + std::string(complaint)) << path << " = " << text;
  }
}

TEST(ConfigKeys, QuoteLongAndUnprintableTextsShortAndClean) {
  EXPECT_EQ(in_quotes("a\nb\x1b[31m"), "\"a?b?[31m\"");
  EXPECT_EQ(in_quotes(std::string(100, 'x')), "\"" + std::string(60, 'x') + "...\"");
  const std::string umlauts = std::string(59, 'x') + "\xc3\xa4\xc3\xa4";
  EXPECT_EQ(in_quotes(umlauts), "\"" + std::string(59, 'x') + "...\"");
}

TEST(ConfigKeys, DefaultsReadBackAsThemselves) {
  for (const ConfigKey& key : config_keys()) {
    Config config;
    EXPECT_EQ(key.parse(key.print(Config()), config), std::nullopt) << key.path;
    EXPECT_EQ(config, Config()) << key.path;
  }
}

TEST(ConfigKeys, CopyOneValueAndNothingElse) {
  Config from;
  from.log.max_size = 5 * kMiB;
  from.data_dir = "/elsewhere";
  Config into;
  find_key("log.max-size")->copy(from, into);
  EXPECT_EQ(into.log.max_size, 5 * kMiB);
  EXPECT_EQ(into.data_dir, Config().data_dir);
}

TEST(ConfigKeys, StandTogetherByGroupAndHaveNoNameTwice) {
  std::set<std::string_view> groups, names;
  std::string_view last;
  for (const ConfigKey& key : config_keys()) {
    if (key.group() != last && !key.group().empty()) {
      EXPECT_TRUE(groups.insert(key.group()).second) << key.path << " is apart from its group";
    }
    last = key.group();
    EXPECT_TRUE(names.insert(key.path).second) << key.path;
    for (std::string_view name : key.other_names) EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(ConfigKeys, AnswerToTheNamesOfRedisToo) {
  const std::vector<std::pair<std::string_view, std::string_view>> table = {
      {"masterauth", "upstream.password"},
      {"primaryauth", "upstream.password"},
      {"masteruser", "upstream.username"},
      {"primaryuser", "upstream.username"},
      {"upstream.masterauth-file", "upstream.password-file"},
      {"repl-timeout", "upstream.timeout"},
      {"upstream.repl-timeout", "upstream.timeout"},
      {"repl-backlog-size", "log.max-size"},
      {"requirepass", "listen.password"},
      {"maxclients", "limits.clients"},
      {"bind", "listen.address"},
      {"port", "listen.port"},
      {"dir", "data-dir"},
      {"loglevel", "logging.level"},
      {"log-format", "logging.format"},
      {"replica-announce-ip", "upstream.announce-ip"},
      {"replica-announce-port", "upstream.announce-port"},
      {"slave-announce-ip", "upstream.announce-ip"},
      {"slave-announce-port", "upstream.announce-port"},
      {"tcp-keepalive", "listen.tcp-keepalive"},
      {"tls-port", "listen.tls-port"},
      {"tls-cert-file", "listen.tls-cert-file"},
      {"tls-client-cert-file", "upstream.tls-cert-file"},
      {"tls-replication", "upstream.tls"},
  };
  for (const auto& [name, path] : table) {
    ASSERT_NE(find_key(name), nullptr) << name;
    EXPECT_EQ(find_key(name)->path, path) << name;
  }
}

TEST(ConfigKeys, SecretsAreMaskedWhereTheyAreShown) {
  Config config;
  config.upstream.password = "hunter2";
  EXPECT_EQ(find_key("upstream.password")->shown(config), "***");
  EXPECT_EQ(find_key("listen.password")->shown(config), "");
  for (const ConfigKey& key : config_keys()) {
    EXPECT_EQ(key.secret, key.name().ends_with("password") || key.name() == "token") << key.path;
  }
}

TEST(ConfigKeys, OnlyTheseNeedARestart) {
  std::set<std::string_view> restart;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_EQ(key.instead.empty(), key.reloadable) << key.path;
    if (!key.reloadable) restart.insert(key.path);
  }
  EXPECT_EQ(
      restart,
      (std::set<std::string_view>{
          "upstream.host",  "upstream.port",   "upstream.sentinels", "upstream.sentinel-master",
          "listen.address", "listen.port",     "listen.plain",       "listen.tls-port",
          "listen.backlog", "http.address",    "http.port",          "admin.socket",
          "admin.address",  "admin.port",      "data-dir",           "log.segment-size",
          "log.memory",     "log.memory-hard", "log.direct-io",      "threads"}));
  EXPECT_EQ(find_key("upstream.host")->instead, "use REPLICAOF or restart the relay");
}

TEST(ConfigKeys, TheNearestIsSuggestedForAnUnknownOne) {
  const std::vector<std::pair<std::string_view, std::string_view>> table = {
      {"upstream.repl-timout", "unknown key, did you mean \"repl-timeout\"?"},
      {"upstream.hots", "unknown key, did you mean \"host\"?"},
      {"repl-timout", "unknown key, did you mean \"repl-timeout\"?"},
      {"datadir", "unknown key, did you mean \"data-dir\"?"},
      {"upsteram", "unknown key, did you mean \"upstream\"?"},
      {"upsteram.host", "unknown key, did you mean \"upstream.host\"?"},
      {"log.full-sync-rate", "unknown key, did you mean \"limits.full-sync-rate\"?"},
      {"log.maxsize", "unknown key, did you mean \"max-size\"?"},
      {"hostname-of-the-moon", "unknown key"},
      {"x", "unknown key"},
      {"", "unknown key"},
      {"replica-priority", "is not a key of the relay: it is always 0, a relay cannot be promoted"},
      {"replicaof", "is not a key of the relay: write upstream.host and upstream.port"},
      {"tls-ca-cert-dir", "is not a key of the relay: name a file with the CAs in it"},
  };
  for (const auto& [path, complaint] : table) {
    EXPECT_EQ(unknown_key_complaint(path), complaint) << path;
  }
}

}  // namespace
}  // namespace relay
