// What /metrics says, step by step through the life of a fleet, beside what the real servers say of
// themselves: the same numbers. And promtool has nothing to say against any of these pages.
//
// Nothing moves an offset but what the test writes (no PINGs), so that numbers can be equal and not
// near each other.
//
// Long because: it is one scenario, each step of which is asserted against the servers.
//
// Long because it is one story: each step goes on where the one before it ended.

#include "tests/support/http_request.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>
#include <deque>
#include <sstream>
#include <unistd.h>

namespace relay::test {
namespace {

const RedisOptions kQuiet = {.config = {"repl-ping-replica-period 3600", "repl-timeout 3600"}};
const std::vector<std::string> kPatient = {"upstream.timeout=1h", "replicas.timeout=1h",
                                           "shutdown-timeout=1h"};

std::string label_of(RedisServer& server) { return "127.0.0.1:" + std::to_string(server.port()); }

std::vector<std::string> with(std::vector<std::string> settings,
                              const std::vector<std::string>& more) {
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

// One page, so that what is compared is of one moment.
class Page {
 public:
  explicit Page(const RelayProcess& relay) : text_(relay.get("/metrics").body) {}

  const std::string& text() const { return text_; }

  double operator()(const std::string& name, const Labels& labels = {}) const {
    const auto found = find_sample(text_, "psync_relay_" + name, labels);
    if (!found) throw std::runtime_error("no psync_relay_" + name + " on the page");
    return *found;
  }

  double sum(const std::string& name) const {
    double total = 0;
    std::istringstream in(text_);
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("psync_relay_" + name + "{")) continue;
      total += std::stod(line.substr(line.rfind(' ') + 1));
    }
    return total;
  }

 private:
  std::string text_;
};

void expect_no_complaint(const RelayProcess& relay) {
  TempDir dir;
  write_text(dir / "page", Page(relay).text());
  Program promtool;
  promtool.argv = {"sh", "-c", "exec promtool check metrics < page"};
  promtool.directory = dir.path();
  promtool.output = dir / "output";
  EXPECT_EQ(run(promtool).code, 0);
  EXPECT_EQ(read_text(promtool.output), "");
}

class Fleet {
 public:
  explicit Fleet(RelayOptions options) : master("master", kQuiet), relay_options_(options) {}

  void start_relay() {
    relay_options_.upstream_port = master.port();
    relay_.emplace(relay_options_);
    relay().wait_until_streaming();
  }
  // One that is told by its configuration has no history to ask for. One that is told while it runs
  // was a master of its own, and asks for that.
  void add_replica(bool by_configuration) {
    RedisOptions options = kQuiet;
    const auto port = std::to_string(relay().port());
    if (by_configuration) options.config.push_back("replicaof 127.0.0.1 " + port);
    auto& replica =
        replicas.emplace_back("replica " + std::to_string(replicas.size() + 1), options);
    if (!by_configuration) replica.follow(relay().port());
  }
  RelayProcess& relay() { return *relay_; }

  // Returns when all of them have what `source` has, and have said so.
  void settle(RedisServer& source, const std::vector<RedisServer*>& followers) {
    wait_until_caught_up(source, followers, &relay());
    relay().wait_until_durable();
    const auto end = static_cast<double>(source.offset());
    wait_until(
        [&] {
          const Page page(relay());
          for (auto* follower : followers) {
            const Labels which = {{"replica", label_of(*follower)}};
            if (page("replica_ack_offset_bytes", which) != end) return false;
            if (page("replica_online", which) != 1) return false;
          }
          return page("upstream_acked_offset_bytes") == end;
        },
        kPatience, "every acknowledgement");
  }

  RedisServer master;
  std::deque<RedisServer> replicas;

 private:
  RelayOptions relay_options_;
  std::optional<RelayProcess> relay_;
};

void expect_state(const Page& page, const std::string& state) {
  EXPECT_EQ(page("upstream_state", {{"state", state}}), 1);
  EXPECT_EQ(page.sum("upstream_state"), 1);
  EXPECT_EQ(page("upstream_up"), state == "streaming");
}

void expect_in_step(const Page& page, RedisServer& replica, double end) {
  const Labels which = {{"replica", label_of(replica)}};
  EXPECT_EQ(page("replica_online", which), 1);
  EXPECT_EQ(page("replica_lag_bytes", which), 0);
  EXPECT_EQ(page("replica_ack_offset_bytes", which), replica.offset());
  EXPECT_EQ(page("replica_sent_offset_bytes", which), end);
}

TEST(MetricsScenario, SayAtEachStepWhatTheServersSay) {
  Fleet fleet({.settings = kPatient});
  RedisServer& master = fleet.master;
  master.populate("key", 300, 10'000);

  {
    SCOPED_TRACE("the first sync");
    fleet.start_relay();
    master.populate("after", 10, 1000);
    fleet.settle(master, {});
    const Page page(fleet.relay());
    const auto end = static_cast<double>(master.offset());
    expect_state(page, "streaming");
    EXPECT_EQ(page("replication_info", {{"upstream", label_of(master)},
                                        {"replid", master.info_field("master_replid")},
                                        {"replid2", ""}}),
              1);
    EXPECT_EQ(page("upstream_connects_total"), 1);
    EXPECT_EQ(page.sum("upstream_disconnects_total"), 0);
    EXPECT_EQ(page("upstream_syncs_total", {{"kind", "full"}}), master.full_syncs_given());
    EXPECT_EQ(page("upstream_syncs_total", {{"kind", "partial"}}), 0);
    EXPECT_EQ(page.sum("upstream_sync_failures_total"), 0);
    EXPECT_EQ(page("upstream_full_sync_duration_seconds_count"), 1);
    EXPECT_EQ(page("upstream_offset_bytes"), end);
    EXPECT_EQ(page("log_end_offset_bytes"), end);
    EXPECT_EQ(page("log_durable_offset_bytes"), end);
    const std::string acked = "offset=" + std::to_string(master.offset()) + ",";
    wait_until([&] { return master.info_field("slave0").find(acked) != std::string::npos; },
               kPatience, "the acknowledgement at the master");
    const double streamed = end - page("snapshot_offset_bytes");
    EXPECT_EQ(page("upstream_receive_bytes_total", {{"channel", "stream"}}), streamed);
    EXPECT_EQ(page("log_append_bytes_total"), streamed);
    // Without a disk the master does not know the size: "$EOF:<mark>\r\n", and the mark at the end.
    EXPECT_EQ(page("upstream_receive_bytes_total", {{"channel", "rdb"}}),
              page("snapshot_bytes") + 47 + 40);
    EXPECT_GT(page("snapshot_bytes"), 300 * 10'000);
    EXPECT_EQ(page("snapshots"), 1);
    EXPECT_EQ(page.sum("replicas"), 0);
    EXPECT_EQ(page("ready"), 1);
    EXPECT_EQ(page("draining"), 0);
    expect_no_complaint(fleet.relay());
  }

  std::vector<RedisServer*> all;
  {
    SCOPED_TRACE("five replicas");
    for (const bool by_configuration : {true, true, false, false, false}) {
      fleet.add_replica(by_configuration);
    }
    for (auto& replica : fleet.replicas) all.push_back(&replica);
    fleet.settle(master, all);
    const Page page(fleet.relay());
    const auto end = static_cast<double>(master.offset());
    double taken = 0;
    for (auto* replica : all) {
      expect_in_step(page, *replica, end);
      taken += replica->full_syncs_taken();
    }
    EXPECT_EQ(taken, 5);
    EXPECT_EQ(page("replica_syncs_total", {{"kind", "full"}}), taken);
    EXPECT_EQ(page("replica_syncs_total", {{"kind", "partial"}}), 0);
    EXPECT_EQ(page("replica_full_sync_duration_seconds_count"), taken);
    EXPECT_EQ(page("replica_partial_refusals_total", {{"reason", "no_history"}}), 2);
    EXPECT_EQ(page("replica_partial_refusals_total", {{"reason", "unknown_replid"}}), 3);
    EXPECT_EQ(page.sum("replica_partial_refusals_total"), 5);
    EXPECT_EQ(page("replica_connects_total"), 5);
    EXPECT_EQ(page.sum("replica_disconnects_total"), 0);
    EXPECT_EQ(page("replica_send_bytes_total", {{"channel", "rdb"}}), 5 * page("snapshot_bytes"));
    EXPECT_EQ(page("replica_send_bytes_total", {{"channel", "stream"}}),
              5 * (end - page("snapshot_offset_bytes")));
    EXPECT_EQ(page("replicas", {{"state", "online"}}), 5);
    EXPECT_EQ(page.sum("replicas"), 5);
    EXPECT_EQ(page("snapshot_readers"), 0);
    EXPECT_EQ(page("replica_slowest_lag_bytes"), 0);
    EXPECT_EQ(page("replica_min_ack_offset_bytes"), end);
    const auto info = fleet.relay().info();
    EXPECT_EQ(info.at("connected_slaves"), "5");
    EXPECT_EQ(info.at("sync_full"), "5");
    EXPECT_EQ(info.at("sync_partial_err"), "3");
    // The master has noticed nothing.
    EXPECT_EQ(master.info_field("connected_slaves"), "1");
    EXPECT_EQ(master.full_syncs_given(), 1U);
    EXPECT_EQ(master.forks(), 1U);
    expect_no_complaint(fleet.relay());
  }

  {
    SCOPED_TRACE("a refresh of the snapshot");
    const Page before(fleet.relay());
    const auto admin = fleet.relay().data_dir_from_outside() / "admin.sock";
    ASSERT_EQ(post(admin, "/v1/snapshot").status, 202);
    wait_until([&] { return Page(fleet.relay())("snapshot_refreshes_total") == 1; }, kPatience,
               "the refresh");
    const Page page(fleet.relay());
    EXPECT_EQ(page("upstream_syncs_total", {{"kind", "full"}}), 1);
    EXPECT_EQ(page("upstream_syncs_total", {{"kind", "refresh"}}), 1);
    EXPECT_EQ(page("upstream_syncs_total", {{"kind", "full"}}) +
                  page("upstream_syncs_total", {{"kind", "refresh"}}),
              master.forks());
    EXPECT_EQ(page.sum("upstream_sync_failures_total"), 0);
    EXPECT_EQ(page("upstream_full_sync_duration_seconds_count"), 2);
    const Labels rdb = {{"channel", "rdb"}};
    EXPECT_EQ(
        page("upstream_receive_bytes_total", rdb) - before("upstream_receive_bytes_total", rdb),
        page("snapshot_bytes") + 47 + 40);
    EXPECT_EQ(page("upstream_receive_bytes_total", {{"channel", "stream"}}),
              before("upstream_receive_bytes_total", {{"channel", "stream"}}));
    expect_no_complaint(fleet.relay());
  }

  RedisServer& slow = *all[4];
  const std::vector<RedisServer*> quick = {all[0], all[1], all[2], all[3]};
  {
    SCOPED_TRACE("a slow replica");
    const auto stood_at = static_cast<double>(slow.offset());
    slow.pause();
    master.populate("slow", 100, 10'000);
    fleet.settle(master, quick);
    const Page page(fleet.relay());
    const auto end = static_cast<double>(master.offset());
    for (auto* replica : quick) expect_in_step(page, *replica, end);
    const Labels which = {{"replica", label_of(slow)}};
    EXPECT_GT(end - stood_at, 1'000'000);
    EXPECT_EQ(page("replica_lag_bytes", which), end - stood_at);
    EXPECT_EQ(page("replica_ack_offset_bytes", which), stood_at);
    EXPECT_EQ(page("replica_slowest_lag_bytes"), end - stood_at);
    EXPECT_EQ(page("replica_min_ack_offset_bytes"), stood_at);
    slow.resume();
    fleet.settle(master, all);
    EXPECT_EQ(Page(fleet.relay())("replica_lag_bytes", which), 0);
    EXPECT_EQ(Page(fleet.relay())("replica_slowest_lag_bytes"), 0);
    expect_no_complaint(fleet.relay());
  }

  RedisServer& heir = *all[0];
  const std::vector<RedisServer*> others = {all[1], all[2], all[3], all[4]};
  {
    SCOPED_TRACE("a failover");
    const auto old_id = master.info_field("master_replid");
    const auto end = static_cast<double>(master.offset());
    master.kill();
    wait_until([&] { return Page(fleet.relay())("upstream_up") == 0; }, kPatience, "the lost link");
    {
      const Page page(fleet.relay());
      EXPECT_EQ(page("upstream_state", {{"state", "streaming"}}), 0);
      EXPECT_EQ(page.sum("upstream_state"), 1);
      EXPECT_GE(page.sum("upstream_disconnects_total"), 1);
      EXPECT_EQ(page("ready"), 1);
      for (auto* replica : all) expect_in_step(page, *replica, end);
    }
    heir.follow_nobody();
    heir.populate("failover", 10, 1000);
    fleet.relay().follow(heir.port());
    fleet.settle(heir, others);
    const Page page(fleet.relay());
    expect_state(page, "streaming");
    EXPECT_EQ(page("replication_info", {{"upstream", label_of(heir)},
                                        {"replid", heir.info_field("master_replid")},
                                        {"replid2", old_id}}),
              1);
    EXPECT_EQ(heir.info_field("master_replid2"), old_id);
    EXPECT_EQ(page("upstream_syncs_total", {{"kind", "full"}}), 1);
    EXPECT_EQ(page("upstream_syncs_total", {{"kind", "partial"}}),
              heir.info_number("sync_partial_ok"));
    EXPECT_EQ(heir.info_number("sync_partial_ok"), 1U);
    EXPECT_EQ(heir.full_syncs_given(), 0U);
    EXPECT_EQ(page("log_end_offset_bytes"), heir.offset());
    EXPECT_EQ(page("replicas", {{"state", "online"}}), 4);
    EXPECT_EQ(page("replica_connects_total") - page.sum("replica_disconnects_total"), 4);
    double continued = 0;
    for (auto* replica : others) {
      expect_in_step(page, *replica, static_cast<double>(heir.offset()));
      EXPECT_EQ(replica->full_syncs_taken(), 1U);
      continued += count_lines_with(replica->log_file(), "accepted a Partial Resynchronization");
    }
    EXPECT_GE(continued, 4);
    EXPECT_EQ(page("replica_syncs_total", {{"kind", "partial"}}), continued);
    EXPECT_EQ(page("replica_syncs_total", {{"kind", "full"}}), 5);
    expect_no_complaint(fleet.relay());
  }

  {
    SCOPED_TRACE("draining");
    slow.pause();
    heir.populate("drain", 3000, 10'000);  // more than its socket holds
    fleet.settle(heir, {all[1], all[2], all[3]});
    const double shut = Page(fleet.relay())("replica_disconnects_total", {{"reason", "shutdown"}});
    fleet.relay().process().send_signal(SIGTERM);
    wait_until(
        [&] {
          const Page page(fleet.relay());
          return page("draining") == 1 && page.sum("replicas") == 1 && page("ready") == 0 &&
                 page("upstream_state", {{"state", "disconnected"}}) == 1;
        },
        kPatience, "the master to be left, and the replicas that had everything to be let go");
    const Page page(fleet.relay());
    expect_state(page, "disconnected");
    EXPECT_EQ(page("ready"), 0);
    EXPECT_EQ(fleet.relay().get("/readyz").status, 503);
    EXPECT_EQ(page("replica_disconnects_total", {{"reason", "shutdown"}}) - shut, 3);
    EXPECT_EQ(page("log_end_offset_bytes"), heir.offset());
    EXPECT_EQ(page("log_durable_offset_bytes"), heir.offset());
    EXPECT_GT(page("replica_lag_bytes", {{"replica", label_of(slow)}}), 10'000'000);
    wait_until([&] { return heir.info_field("connected_slaves") == "0"; }, kPatience,
               "the master to be left");
    expect_no_complaint(fleet.relay());
    slow.resume();
    EXPECT_EQ(fleet.relay().process().wait(), (ExitStatus{0, 0}));
    wait_until([&] { return slow.offset() == heir.offset(); }, kPatience,
               "what was there for the slow one");
  }
}

TEST(MetricsScenario, SayOfAFullDiskWhatItHasAndHasNot) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "NOT TESTED: a file system of a few megabytes needs root to be mounted";
  }
  constexpr std::uint64_t kDisk = 64 << 20;
  Fleet fleet({.settings = with(kPatient, {"log.max-size=16mb", "log.segment-size=1mb",
                                           "log.memory=2mb", "log.memory-hard=32mb"}),
               .disk_bytes = kDisk});
  RedisServer& master = fleet.master;
  fleet.start_relay();
  fleet.add_replica(false);
  RedisServer& replica = fleet.replicas[0];
  fleet.settle(master, {&replica});
  RelayProcess& relay = fleet.relay();
  EXPECT_EQ(Page(relay)("storage_degraded"), 0);
  EXPECT_EQ(Page(relay)("storage_size_bytes"), kDisk);
  EXPECT_EQ(Page(relay).sum("storage_errors_total"), 0);

  const auto ballast = relay.data_dir_from_outside() / "ballast";
  write_text(ballast, std::string(60 << 20, 'b'));
  for (int part = 0; part < 10 && Page(relay)("storage_degraded") == 0; ++part) {
    master.populate("filler" + std::to_string(part), 100, 10'000);
    wait_until_caught_up(master, {&replica}, &relay);
  }
  wait_until([&] { return Page(relay)("storage_degraded") == 1; }, kPatience, "the full disk");
  wait_until(
      [&] {
        const Page page(relay);
        return page("storage_free_bytes") < (4 << 20) &&
               page("replica_ack_offset_bytes", {{"replica", label_of(replica)}}) ==
                   static_cast<double>(master.offset());
      },
      kPatience, "a look at the disk, and the replica's acknowledgement");
  wait_until(
      [&] {
        const double shown = Page(relay)("log_durable_offset_bytes");
        return shown == std::stod(relay.info_field("relay_log_durable_offset"));
      },
      kPatience, "the same durable offset on both pages");
  {
    const Page page(relay);
    const auto info = relay.info();
    const auto end = static_cast<double>(master.offset());
    EXPECT_EQ(info.at("relay_disk_degraded"), "1");
    EXPECT_GE(page("storage_errors_total", {{"op", "append"}}), 1);
    EXPECT_LT(page("log_durable_offset_bytes"), end);
    // Nobody else has noticed.
    EXPECT_EQ(page("log_end_offset_bytes"), end);
    expect_state(page, "streaming");
    expect_in_step(page, replica, end);
    EXPECT_EQ(page("ready"), 1);
    expect_no_complaint(relay);
  }

  std::filesystem::remove(ballast);
  wait_until([&] { return Page(relay)("storage_degraded") == 0; }, kPatience, "the recovery");
  fleet.settle(master, {&replica});
  const Page page(relay);
  EXPECT_EQ(relay.info_field("relay_disk_degraded"), "0");
  EXPECT_EQ(page("log_durable_offset_bytes"), page("log_end_offset_bytes"));
  EXPECT_GE(page("storage_errors_total", {{"op", "append"}}), 1);
  EXPECT_EQ(page("upstream_syncs_total", {{"kind", "full"}}), 1);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  expect_no_complaint(relay);
}

}  // namespace
}  // namespace relay::test
