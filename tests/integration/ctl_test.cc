// `psync-relay ctl` beside a running relay with real servers around it: what each command says, does
// and exits with.
//
// Long because: each command is a story of its own.
#include "tests/support/ctl.h"

#include "tests/support/reserved_port.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <csignal>

namespace relay::test {
namespace {

namespace json = boost::json;

constexpr ExitStatus kDone{0, 0};
constexpr ExitStatus kNo{1, 0};

#define EXPECT_SAYS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)

json::object object_of(const std::string& text) { return json::parse(text).as_object(); }

// A relay between a master and a replica, all in step.
class CtlTest : public ::testing::Test {
 protected:
  CtlTest() : master_("master"), relay_({.upstream_port = master_.port()}), replica_("replica") {
    replica_.follow(relay_.port());
    wait_until_in_sync(master_, {&replica_}, &relay_);
    wait_until([this] { return status().at("replicas").at("online").as_int64() == 1; }, kPatience,
               "the replica online");
  }

  CtlOutcome run(const std::vector<std::string>& arguments) { return ctl(relay_, arguments); }
  json::object status() { return object_of(relay_.get("/v1/status").body); }
  std::string replica_name() const { return "127.0.0.1:" + std::to_string(replica_.port()); }

  RedisServer master_;
  RelayProcess relay_;
  RedisServer replica_;
};

TEST_F(CtlTest, WhereNoTerminalIsTheAnswersAreTheApis) {
  for (const auto& [command, path] : std::vector<std::pair<std::string, std::string>>{
           {"version", "/version"}, {"config", "/v1/config"}}) {
    const CtlOutcome outcome = run({command});
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    EXPECT_EQ(outcome.out, relay_.get(path).body);
  }
  EXPECT_EQ(object_of(run({"status"}).out).at("run_id"), status().at("run_id"));
  EXPECT_TRUE(object_of(run({"log"}).out).contains("histories"));
  EXPECT_TRUE(object_of(run({"snapshots"}).out).contains("whole"));
  EXPECT_TRUE(object_of(run({"events"}).out).contains("newest"));
  const json::object page = object_of(run({"replicas"}).out);
  EXPECT_EQ(page.at("total").as_int64(), 1);
  const std::string id(page.at("items").at(0).at("id").as_string());
  EXPECT_EQ(object_of(run({"replica", id}).out).at("name").as_string(), replica_name());
  EXPECT_EQ(object_of(run({"replica", replica_name()}).out).at("id").as_string(), id);
}

TEST_F(CtlTest, ForPeopleTheSameIsText) {
  const auto text = [&](std::vector<std::string> arguments) {
    arguments.emplace_back("--human");
    const CtlOutcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, kDone) << outcome.err;
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << "no colours but on a terminal";
    return outcome.out;
  };
  const std::string status = text({"status"});
  EXPECT_SAYS(status, ": ready\n");
  EXPECT_SAYS(status, "master    127.0.0.1:" + std::to_string(master_.port()) + ", streaming");
  EXPECT_SAYS(status, master_.info_field("master_replid"));
  EXPECT_SAYS(status, "1 of 1 online");
  EXPECT_SAYS(status, replica_name() + "  online");
  EXPECT_SAYS(text({"replicas", "--state", "online"}), replica_name());
  EXPECT_EQ(text({"replicas", "--state", "queued"}), "no replica is in state queued\n");
  EXPECT_SAYS(text({"replica", replica_name()}), "state          online since");
  EXPECT_SAYS(text({"log"}), master_.info_field("master_replid") + "    now");
  EXPECT_SAYS(text({"snapshots"}), "held       ");
  EXPECT_SAYS(text({"config"}), "\nhttp.port");
  EXPECT_SAYS(text({"version"}), "psync-relay 0.");
  EXPECT_SAYS(text({"events"}), "upstream.connected");
  EXPECT_EQ(text({"events", "--level", "error"}), "");
}

TEST_F(CtlTest, EventsAreFollowedOverARestart) {
  CtlProcess follower(ctl_for(relay_, {"events", "--follow", "--since", "0"}));
  const auto wait_for = [&](std::string_view text) {
    wait_until([&] { return follower.out().find(text) != std::string::npos; }, kPatience,
               [&] { return std::string(text) + " in\n" + follower.out() + follower.err(); });
  };
  wait_for("\"upstream.connected\"");
  replica_.follow_nobody();
  wait_for("\"replica.closed\"");
  // Each line is an event.
  const std::string first = follower.out().substr(0, follower.out().find('\n'));
  EXPECT_EQ(object_of(first).at("id").as_int64(), 1);
  EXPECT_EQ(follower.err(), "");

  relay_.stop();
  wait_until([&] { return follower.err().find("trying again") != std::string::npos; }, kPatience,
             "word of the relay's end");
  const std::string before = follower.out();
  relay_.start();
  wait_until([&] { return follower.err().find("started anew") != std::string::npos; }, kPatience,
             "word of the new one");
  wait_until(
      [&] {
        return follower.out().find("\"upstream.connected\"", before.size()) != std::string::npos;
      },
      kPatience, "the new one's events");
  EXPECT_TRUE(follower.process().is_running());
}

TEST_F(CtlTest, ReadyIsAnExitStatus) {
  const CtlOutcome ready = run({"ready"});
  EXPECT_EQ(ready.status, kDone);
  EXPECT_SAYS(ready.out, "[+]");
  EXPECT_EQ(run({"drain"}).status, kDone);
  const CtlOutcome draining = run({"ready"});
  EXPECT_EQ(draining.status, kNo);
  EXPECT_SAYS(draining.out, "[-]");
}

TEST_F(CtlTest, OfTheEventsOnlyTheLastAreListed) {
  const json::array all = object_of(run({"events"}).out).at("events").as_array();
  const json::array last = object_of(run({"events", "--limit", "2"}).out).at("events").as_array();
  ASSERT_EQ(last.size(), 2U);
  EXPECT_GE(last.at(0).at("id").as_int64(), all.at(all.size() - 2).at("id").as_int64());
}

TEST_F(CtlTest, DrainWaitsUntilNobodyIsLeftAndUndrainTakesThemBack) {
  const CtlOutcome drained = run({"drain", "--wait", "--timeout", "30s", "--human"});
  EXPECT_EQ(drained.status, kDone) << drained.err;
  EXPECT_EQ(drained.out, "drained: no replica is left\n");
  EXPECT_TRUE(status().at("draining").as_bool());
  const CtlOutcome undrained = run({"undrain"});
  EXPECT_EQ(undrained.status, kDone) << undrained.err;
  const CtlOutcome again = run({"undrain"});
  EXPECT_EQ(again.status, kNo) << "the relay says no";
  EXPECT_TRUE(again.err.starts_with("psync-relay ctl: ")) << again.err;
  EXPECT_EQ(run({"wait", "--ready", "--online", "1"}).status, kDone);
}

TEST_F(CtlTest, ASnapshotIsWaitedFor) {
  master_.populate("key", 100, 1000);
  wait_until_caught_up(master_, {&replica_}, &relay_);
  const CtlOutcome fresh = run({"snapshot", "--wait", "--json"});
  EXPECT_EQ(fresh.status, kDone) << fresh.err;
  const json::object snapshots = object_of(fresh.out);
  EXPECT_EQ(snapshots.at("refreshes").as_int64(), 1);
  EXPECT_TRUE(snapshots.at("arriving").is_null());
  EXPECT_EQ(master_.forks(), 2U);
  master_.kill();
  wait_until([this] { return status().at("upstream").at("state").as_string() != "streaming"; },
             kPatience, "the loss of the master");
  const CtlOutcome refused = run({"snapshot", "--wait"});
  EXPECT_EQ(refused.status, kNo);
  EXPECT_EQ(refused.out, "");
}

TEST_F(CtlTest, TheLinkIsSteered) {
  EXPECT_EQ(run({"reconnect"}).status, kDone);
  wait_until([this] { return master_.info_number("sync_partial_ok") == 1; }, kPatience,
             "the partial sync");
  relay_.wait_until_streaming();
  EXPECT_EQ(run({"resync"}).status.code, 2);
  EXPECT_EQ(run({"resync", "--full"}).status.code, 2);
  EXPECT_EQ(master_.full_syncs_given(), 1U);
  EXPECT_EQ(run({"resync", "--full", "--yes"}).status, kDone);
  wait_until([this] { return master_.full_syncs_given() == 2; }, kPatience, "the full sync");
  relay_.wait_until_streaming();

  RedisServer second("second");
  second.follow(master_.port());
  wait_until_in_sync(master_, {&second});
  second.follow_nobody();
  const std::string there = "127.0.0.1:" + std::to_string(second.port());
  EXPECT_EQ(run({"follow", there, "--human"}).out, "following " + there + "\n");
  wait_until([&] { return status().at("upstream").at("address").as_string() == there; }, kPatience,
             "the new master");
}

TEST_F(CtlTest, AReplicaIsDisconnectedByItsName) {
  const CtlOutcome outcome = run({"disconnect", replica_name()});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(relay_.metric("psync_relay_replica_disconnects_total", {{"reason", "admin"}}), 1);
  const CtlOutcome unknown = run({"disconnect", "10.9.8.7:1"});
  EXPECT_EQ(unknown.status, kNo);
  EXPECT_SAYS(unknown.err, "no replica is called \"10.9.8.7:1\"");
  EXPECT_EQ(run({"disconnect", "r999999"}).status, kNo);
}

TEST_F(CtlTest, TheLogsLevelIsSet) {
  EXPECT_EQ(run({"loglevel", "debug", "--human"}).out, "the log shows debug and above\n");
  EXPECT_EQ(run({"loglevel", "debug"}).out, "{\"done\":\"the log shows debug and above\"}\n")
      << "JSON where no terminal is, as from every command";
}

TEST_F(CtlTest, ShutdownWaitsForTheEnd) {
  const CtlOutcome outcome = run({"shutdown", "--wait", "--human"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  EXPECT_EQ(outcome.out, "stopped\n");
  EXPECT_EQ(relay_.process().wait(), kDone);
}

TEST(CtlSnapshot, OneThatFailsBeforeItsFirstByteEndsTheWait) {
  RedisServer master("master");
  RelayProcess relay(
      {.upstream_port = master.port(), .settings = {"upstream.reply-timeout=500ms"}});
  relay.wait_until_streaming();
  master.pause();
  const CtlOutcome outcome = ctl(relay, {"snapshot", "--wait"});
  master.resume();
  EXPECT_EQ(outcome.status, kNo);
  EXPECT_SAYS(outcome.err, "the snapshot did not come: receive");
  EXPECT_EQ(relay.metric("psync_relay_snapshot_failures_total", {{"stage", "receive"}}), 1);
}

TEST(CtlReload, SaysWhatChangedOrWhatIsWrong) {
  RedisServer master("master");
  TempDir dir;
  const std::string config = dir / "relay.yaml";
  write_text(config, "limits:\n  replicas: 10\n");
  // What is reloaded is what the test asks for, not what the watch was quicker to find.
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"reload.watch=no"},
                      .arguments = {"--config", config}});
  write_text(dir / "next.yaml", "limits:\n  replicas: 20\nlog:\n  segment-size: 32mb\n");
  write_text(dir / "bad.yaml", "limits:\n  replicsa: 30\n");

  const CtlOutcome checked = ctl(relay, {"check-config", dir / "next.yaml", "--human"});
  EXPECT_EQ(checked.status, kDone) << checked.err;
  EXPECT_SAYS(checked.out, "would change: limits.replicas\n");
  const CtlOutcome wrong = ctl(relay, {"check-config", dir / "bad.yaml", "--human"});
  EXPECT_EQ(wrong.status, kNo);
  EXPECT_SAYS(wrong.out, "replicsa");
  EXPECT_SAYS(wrong.out, "the configuration is wrong\n");
  const CtlOutcome none = ctl(relay, {"check-config", dir / "none.yaml"});
  EXPECT_EQ(none.status, kNo);
  EXPECT_SAYS(none.err, "No such file");

  write_text(config, read_text(dir / "next.yaml"));
  const CtlOutcome taken = ctl(relay, {"reload", "--human"});
  EXPECT_EQ(taken.status, kDone) << taken.err;
  EXPECT_SAYS(taken.out, "waits for a restart: log.segment-size\n");
  write_text(config, read_text(dir / "bad.yaml"));
  const CtlOutcome refused = ctl(relay, {"reload", "--human"});
  EXPECT_EQ(refused.status, kNo);
  EXPECT_SAYS(refused.err, "replicsa");
  const CtlOutcome refused_json = ctl(relay, {"reload", "--json"});
  EXPECT_EQ(refused_json.status, kNo);
  EXPECT_EQ(object_of(refused_json.out).at("status").as_int64(), 422);
}

TEST(CtlWait, WaitsForAllThatIsAskedForFromBeforeTheRelayIsThere) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  relay.stop();
  CtlProcess waiting(ctl_for(relay, {"wait", "--ready", "--online", "1", "--json"}));
  const CtlOutcome gone = ctl(relay, {"wait", "--ready", "--timeout", "3s"});
  EXPECT_EQ(gone.status, kNo);
  EXPECT_SAYS(gone.err, "not within 3s: cannot connect to http://127.0.0.1:");
  relay.start();
  relay.wait_until_streaming();
  EXPECT_TRUE(waiting.process().is_running()) << waiting.out() << waiting.err();
  const CtlOutcome lacking =
      ctl(relay, {"wait", "--ready", "--online", "2", "--offset", "999999999", "--timeout", "5s"});
  EXPECT_EQ(lacking.status, kNo);
  EXPECT_SAYS(lacking.err, "0 of 2 replicas are online; its log is at ");
  RedisServer replica("replica");
  replica.follow(relay.port());
  const CtlOutcome came = waiting.wait();
  EXPECT_EQ(came.status, kDone) << came.err;
  EXPECT_EQ(object_of(came.out).at("replicas").at("online").as_int64(), 1);
  master.populate("key", 10, 100);
  const std::string offset = std::to_string(master.offset());
  EXPECT_EQ(ctl(relay, {"wait", "--offset", offset}).status, kDone);
}

TEST(CtlErrors, NobodyThereIsALineThatSaysWhere) {
  const ReservedPort nobody;
  const std::string url = "http://127.0.0.1:" + std::to_string(nobody.number());
  for (const std::string command : {"status", "events", "ready", "version"}) {
    const CtlOutcome outcome = ctl({"--url", url, command});
    EXPECT_EQ(outcome.status, kNo);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "psync-relay ctl: cannot connect to " + url +
                               ": Connection refused; is the relay running? --url says where\n");
  }
  TempDir dir;
  const CtlOutcome drain = ctl({"--data-dir", dir.path().string(), "drain"});
  EXPECT_EQ(drain.status, kNo);
  EXPECT_SAYS(drain.err, "unix:" + (dir / "admin.sock").string() + ": there is no such socket");
  EXPECT_EQ(ctl({"statsu"}).status.code, 2);
}

TEST(CtlErrors, TheAdminListenerWantsItsTokenAndTheOtherChangesNothing) {
  RedisServer master("master");
  const ReservedPort port;
  TempDir secrets;
  write_text(secrets / "token", "s3cret-of-the-relay\n");
  write_text(secrets / "wrong", "an0ther-secret\n");
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"admin.socket=none", "admin.address=127.0.0.1",
                                   "admin.port=" + std::to_string(port.number()),
                                   "admin.token-file=" + (secrets / "token").string()}});
  const std::string url = "http://127.0.0.1:" + std::to_string(port.number());
  const CtlOutcome without = ctl({"--url", url, "loglevel", "info"});
  EXPECT_EQ(without.status, kNo);
  EXPECT_SAYS(without.err, "--token-file");
  const CtlOutcome wrong =
      ctl({"--url", url, "--token-file", secrets / "wrong", "loglevel", "info"});
  EXPECT_EQ(wrong.status, kNo);
  EXPECT_EQ(wrong.err.find("an0ther"), std::string::npos) << wrong.err;
  EXPECT_EQ(ctl({"--url", url, "--token-file", secrets / "token", "loglevel", "info"}).status,
            kDone);
  // By the same configuration as the relay's nothing has to be said.
  EXPECT_EQ(ctl({"--set", "admin.socket=none", "--set", "admin.address=127.0.0.1", "--set",
                 "admin.port=" + std::to_string(port.number()), "--set",
                 "admin.token-file=" + (secrets / "token").string(), "reconnect"})
                .status,
            kDone);
  const CtlOutcome elsewhere =
      ctl({"--url", "http://127.0.0.1:" + std::to_string(relay.http_port()), "loglevel", "info"});
  EXPECT_EQ(elsewhere.status, kNo);
  EXPECT_SAYS(elsewhere.err, "admin");
  EXPECT_FALSE(relay.is_in_log("s3cret"));
}

TEST(CtlErrors, ARelayThatHangsEndsTheCommandInTime) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  relay.process().send_signal(SIGSTOP);
  const CtlOutcome outcome = ctl(relay, {"--timeout", "200ms", "status"});
  relay.process().send_signal(SIGCONT);
  EXPECT_EQ(outcome.status, kNo);
  EXPECT_SAYS(outcome.err, "within 200ms");
}

}  // namespace
}  // namespace relay::test
