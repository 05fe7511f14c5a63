// A real Prometheus, of Debian 12 and of a newer suite, scrapes the relay as deploy/prometheus says,
// through a life with everything in it. Afterwards every panel of the dashboard has something to
// show, and every rule has been evaluated.

#include "tests/support/newer_suite.h"
#include "tests/support/prometheus_server.h"
#include "tests/support/raw_replica.h"
#include "tests/support/tap_proxy.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>
#include <regex>

namespace relay::test {
namespace {

const std::filesystem::path kSource = RELAY_SOURCE_DIR;

std::string shipped_config(std::uint16_t relay) {
  std::string config = read_text(kSource / "deploy/prometheus/scrape.example.yaml");
  config = std::regex_replace(config, std::regex("15s"), "500ms");
  return std::regex_replace(config, std::regex("127.0.0.1:8479"),
                            "127.0.0.1:" + std::to_string(relay));
}

// The dashboard's, with every variable set as when it is opened.
std::vector<std::string> dashboard_expressions() {
  TempDir dir;
  Program program;
  program.argv = {"python3", "-B", kSource / "tests/prometheus/expressions.py", "3s", "1m"};
  program.output = dir / "expressions";
  if (run(program).code != 0) throw std::runtime_error(read_text(program.output));
  return lines_of(program.output);
}

// Every Prometheus that there is, watching one relay.
class Watchers {
 public:
  explicit Watchers(std::uint16_t relay) {
    const auto newer = from_newer_suite("prometheus", "usr/bin/prometheus");
    const auto rules = kSource / "deploy/prometheus/psync-relay.rules.yaml";
    why_only_one_ = newer.why_not;
    all_.push_back(std::make_unique<PrometheusServer>("prometheus", shipped_config(relay), rules));
    if (newer.path) {
      all_.push_back(std::make_unique<PrometheusServer>(*newer.path, shipped_config(relay), rules));
    }
  }

  const std::vector<std::unique_ptr<PrometheusServer>>& all() const { return all_; }
  const std::string& why_only_one() const { return why_only_one_; }

  // Until each of them has seen what makes the expression true.
  void wait_for(const std::string& expr) const {
    for (const auto& prometheus : all_) {
      wait_until([&] { return !prometheus->now(expr).empty(); }, kPatience,
                 expr + " in Prometheus " + prometheus->version());
    }
  }

 private:
  std::string why_only_one_;
  std::vector<std::unique_ptr<PrometheusServer>> all_;
};

TEST(Prometheus, HasSomethingForEveryPanelAfterALifeWithEverythingInIt) {
  const auto expressions = dashboard_expressions();
  ASSERT_GT(expressions.size(), 50U);
  // The master says how large its snapshot is, and is heard through a network that stands still
  // within it.
  RedisServer master("master", {.config = {"repl-diskless-sync no"}});
  master.populate("key", 200, 100'000);
  TapProxy network(master.port());
  network.record(false);
  network.stall_after(5'000'000);
  std::vector<std::string> settings;
  if (read_text(kSource / "proxy/metrics/names.h").find("replicas_expected") != std::string::npos) {
    settings.emplace_back("metrics.replicas-expected=1");
  }
  RelayProcess relay({.upstream_port = network.port(), .settings = settings});
  Watchers watchers(relay.http_port());
  EXPECT_TRUE(watchers.all()[0]->version().starts_with("2.")) << watchers.all()[0]->version();
  if (watchers.all().size() > 1) {
    EXPECT_TRUE(watchers.all()[1]->version().starts_with("3.")) << watchers.all()[1]->version();
  }
  watchers.wait_for("up{job=\"psync-relay\"} == 1");
  watchers.wait_for("psync_relay_upstream_full_sync_size_bytes > 20e6");
  network.stall_after(std::nullopt);
  relay.wait_until_streaming();

  RedisServer first("replica 1");
  RedisServer second("replica 2");
  RawReplica slow({.port = relay.port(), .starts_stalled = true});
  for (auto* replica : {&first, &second}) replica->follow(relay.port());
  watchers.wait_for("psync_relay_replica_full_sync_sent_bytes > 0");
  slow.resume();
  master.populate("more", 100, 10'000);
  slow.wait_for_offset(master.offset());
  wait_until_in_sync(master, {&first, &second}, &relay);
  relay.process().send_signal(SIGHUP);
  relay.wait_for_log("config.reloaded");
  first.follow_nobody();
  relay.follow(first.port());
  relay.wait_until_streaming();
  wait_until_in_sync(first, {&second}, &relay);
  watchers.wait_for("psync_relay_upstream_syncs_total{kind=\"partial\"} == 1");
  watchers.wait_for("psync_relay_replicas{state=\"online\"} == 1");

  for (const auto& prometheus : watchers.all()) {
    wait_until([&] { return prometheus->healthy_rules() == prometheus->rules(); }, kPatience,
               "every rule evaluated");
    EXPECT_GE(prometheus->rules(), 16U);
    std::string alerts;
    wait_until(
        [&] {
          alerts.clear();
          for (const auto& alert : prometheus->now("ALERTS")) {
            alerts += " " + alert.labels.at("alertname");
          }
          return alerts.empty();
        },
        kPatience, [&] { return "the end of" + alerts; });
  }

  // Dead, it is missed; started again, it is back where it was.
  relay.kill();
  watchers.wait_for("ALERTS{alertname=\"PsyncRelayDown\"}");
  relay.start();
  wait_until_in_sync(first, {&second}, &relay);
  watchers.wait_for("up{job=\"psync-relay\"} == 1");

  for (const auto& prometheus : watchers.all()) {
    for (const auto& expression : expressions) {
      EXPECT_NO_THROW(wait_until([&] { return has_a_number(prometheus->since_start(expression)); },
                                 kPatience, "a value of " + expression))
          << "Prometheus " << prometheus->version();
    }
  }
  if (watchers.all().size() < 2 && !HasFailure()) {
    GTEST_SKIP() << "NOT TESTED: no Prometheus 3, only 2\n" << watchers.why_only_one();
  }
}

}  // namespace
}  // namespace relay::test
