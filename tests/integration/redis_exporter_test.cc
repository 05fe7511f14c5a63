// Who watches their servers with redis_exporter points it at the relay as at any Redis, and sees a
// healthy replica that has replicas. The rules that such people have stay silent.

#include "tests/support/redis_exporter.h"

#include "tests/support/newer_suite.h"
#include "tests/support/prometheus_server.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <array>
#include <regex>

namespace relay::test {
namespace {

std::string of(std::uint16_t port) { return std::to_string(port); }

// One master, one relay, three replicas, at rest: nothing moves the offsets, not even a PING.
struct Tree {
  Tree()
      : master("master", {.config = {"repl-ping-replica-period 3600"}}),
        relay({.upstream_port = master.port()}),
        replicas{RedisServer("replica 1"), RedisServer("replica 2"), RedisServer("replica 3")} {
    master.populate("key", 100, 1000);
    for (auto& replica : replicas) replica.follow(relay.port());
    wait_until_in_sync(master, {&replicas[0], &replicas[1], &replicas[2]}, &relay);
    wait_until(
        [&] {
          const auto end = static_cast<double>(relay.offset());
          return relay.metric("psync_relay_replica_min_ack_offset_bytes") == end &&
                 relay.metric("psync_relay_replicas", {{"state", "online"}}) == 3;
        },
        kPatience, "every acknowledgement");
  }

  RedisServer master;
  RelayProcess relay;
  std::array<RedisServer, 3> replicas;
};

class EveryExporter : public ::testing::TestWithParam<bool> {};

TEST_P(EveryExporter, ReportsAHealthyReplicaWithReplicas) {
  std::filesystem::path program = "prometheus-redis-exporter";
  if (GetParam()) {
    const auto newer = from_newer_suite("prometheus-redis-exporter", "usr/bin/" + program.string());
    if (!newer.path) GTEST_SKIP() << "NOT TESTED: no current redis_exporter\n" << newer.why_not;
    program = *newer.path;
  }
  Tree tree;
  RedisExporter exporter(program);
  const std::string page = exporter.scrape(tree.relay.port());
  const auto value = [&](const std::string& name, const Labels& labels = {}) {
    const auto found = find_sample(page, name, labels);
    if (!found) throw std::runtime_error("redis_exporter does not say " + name + "\n" + page);
    return *found;
  };
  const auto end = static_cast<double>(tree.master.offset());
  const Labels upstream = {{"master_host", "127.0.0.1"}, {"master_port", of(tree.master.port())}};

  EXPECT_EQ(value("redis_up"), 1);
  EXPECT_EQ(value("redis_exporter_last_scrape_error"), 0);
  Labels instance = {{"role", "slave"},
                     {"tcp_port", of(tree.relay.port())},
                     {"redis_mode", "standalone"},
                     {"redis_version", tree.relay.info_field("redis_version")}};
  if (GetParam()) instance["master_replid"] = tree.master.info_field("master_replid");
  EXPECT_EQ(value("redis_instance_info", instance), 1);
  EXPECT_EQ(value("redis_slave_info", {{"master_host", "127.0.0.1"},
                                       {"master_port", of(tree.master.port())},
                                       {"read_only", "1"}}),
            1);
  EXPECT_EQ(value("redis_master_link_up", upstream), 1);
  EXPECT_EQ(value("redis_master_sync_in_progress", upstream), 0);
  EXPECT_LT(value("redis_master_last_io_seconds_ago", upstream), 60);
  EXPECT_EQ(value("redis_master_repl_offset"), end);
  EXPECT_EQ(value("redis_slave_repl_offset", upstream), end);
  EXPECT_EQ(value("redis_slave_priority"), 0);
  EXPECT_EQ(value("redis_second_repl_offset"), -1);
  EXPECT_EQ(value("redis_connected_slaves"), 3);
  for (auto& replica : tree.replicas) {
    const Labels labels = {
        {"slave_ip", "127.0.0.1"}, {"slave_port", of(replica.port())}, {"slave_state", "online"}};
    EXPECT_EQ(value("redis_connected_slave_offset_bytes", labels), end);
    EXPECT_LE(value("redis_connected_slave_lag_seconds", labels), 30);
  }
  EXPECT_EQ(value("redis_repl_backlog_is_active"), 1);
  EXPECT_EQ(value("redis_replication_backlog_bytes"),
            tree.relay.metric("psync_relay_log_limit_bytes"));
  EXPECT_EQ(value("redis_repl_backlog_history_bytes"),
            tree.relay.metric("psync_relay_log_end_offset_bytes") -
                tree.relay.metric("psync_relay_log_start_offset_bytes"));
  EXPECT_EQ(value("redis_replica_resyncs_full"), 3);
  EXPECT_EQ(value("redis_replica_partial_resync_accepted"), 0);
  // They were masters until they were told, and asked for that history: a server counts it so too.
  EXPECT_EQ(value("redis_replica_partial_resync_denied"), 3);
  EXPECT_EQ(value("redis_rejected_connections_total"), 0);
  EXPECT_EQ(value("redis_rdb_last_bgsave_status"), 1);
  EXPECT_EQ(value("redis_loading_dump_file"), 0);
  EXPECT_GT(value("redis_net_output_bytes_total"), 0);
  EXPECT_GT(value("redis_config_maxclients"), 0);
}

INSTANTIATE_TEST_SUITE_P(All, EveryExporter, ::testing::Bool(), [](const auto& test) {
  return test.param ? "OfANewerSuite" : "OfDebian12";
});

// The scrape configuration that is shipped, with the tree's own addresses.
std::string config_for(const std::vector<std::uint16_t>& servers, std::uint16_t exporter,
                       const std::string& rules) {
  std::string config =
      read_text(std::filesystem::path(RELAY_SOURCE_DIR) / "deploy/prometheus/scrape.example.yaml");
  std::string targets = "- targets:\n";
  for (const std::uint16_t server : servers) targets += "          - " + redis_url(server) + "\n";
  config = std::regex_replace(config, std::regex("15s"), "1s");
  config = std::regex_replace(config, std::regex("psync-relay.rules.yaml"), rules);
  config = std::regex_replace(config, std::regex("127.0.0.1:9121"), "127.0.0.1:" + of(exporter));
  return std::regex_replace(config, std::regex("- targets:\n( *- redis://\\S+\n)+"), targets);
}

TEST(CommunityRules, DoNotFireForAMasterARelayAndThreeReplicas) {
  Tree tree;
  RedisExporter exporter("prometheus-redis-exporter");
  const std::filesystem::path rules =
      std::filesystem::path(RELAY_SOURCE_DIR) / "tests/prometheus/redis_community.rules.yaml";
  std::vector<std::uint16_t> servers = {tree.master.port(), tree.relay.port()};
  for (auto& replica : tree.replicas) servers.push_back(replica.port());
  PrometheusServer prometheus("prometheus", config_for(servers, exporter.port(), rules.filename()),
                              rules);
  // Until each has been scraped, a master is missing.
  const auto alerts = [&] {
    std::string names;
    for (const auto& alert : prometheus.now("ALERTS")) names += " " + alert.labels.at("alertname");
    return names;
  };
  wait_until(
      [&] {
        return prometheus.now("redis_up == 1").size() == servers.size() &&
               prometheus.rules() == prometheus.healthy_rules() && alerts().empty();
      },
      kPatience, [&] { return "a scrape of every server, and the end of" + alerts(); });
  // A server that a busy machine scraped too late looks lost: what fires in such a window is no word
  // about the relay.
  std::vector<Series> fired;
  wait_until(
      [&] {
        if (!alerts().empty()) return false;
        const double from = prometheus.time();
        wait_until([&] { return prometheus.time() >= from + 10; }, kPatience, "more scrapes");
        fired = prometheus.since(from, "ALERTS");
        return prometheus.since(from, "up{job=\"redis\"} == 0 or redis_up == 0").empty() &&
               prometheus.now("min(count_over_time(redis_up[10s])) >= 9").size() == 1;
      },
      3 * kPatience, [&] { return "a time without a missed scrape, and the end of" + alerts(); });
  for (const auto& alert : fired) ADD_FAILURE() << alert.labels.at("alertname") << " fires";
  EXPECT_EQ(prometheus.now("redis_instance_info{role=\"master\"}").size(), 1U);
  EXPECT_EQ(prometheus.now("redis_instance_info{role=\"slave\"}").size(), 4U);

  // They would: the one that counts replicas, if the relay were not among the targets, ...
  const std::string others =
      "redis_connected_slaves{instance!=\"" + redis_url(tree.relay.port()) + "\"}";
  EXPECT_EQ(prometheus.now("count(" + others + ") - sum(" + others + ") - 1 > 0").size(), 1U);
  // ... and others, when a replica behind the relay is lost.
  tree.replicas[2].kill();
  wait_until(
      [&] {
        return prometheus
                   .now("ALERTS{alertname=\"RedisReplicationBroken\",instance=\"" +
                        redis_url(tree.relay.port()) + "\"}")
                   .size() == 1;
      },
      kPatience, "the alert of a replica that is gone");
}

}  // namespace
}  // namespace relay::test
