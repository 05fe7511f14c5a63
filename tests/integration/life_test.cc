// Start, reload, stop.

#include "tests/support/mixed_load.h"
#include "tests/support/notify_socket.h"
#include "tests/support/raw_replica.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>

namespace relay::test {
namespace {

TEST(Life, SigtermLetsOnlineReplicasReachTheEndAndExitsZero) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  RawReplica raw({.port = relay.port()});
  raw.wait_for_snapshot();
  wait_until_in_sync(master, {&replica}, &relay);
  MixedLoad load({.port = master.port()});
  load.wait_for_commands(3000);
  const auto had = relay.offset();
  EXPECT_EQ(relay.stop(), (ExitStatus{0, 0}));
  raw.wait_until_closed();
  EXPECT_GE(raw.progress().end, had);
  const auto reached = raw.progress().end;
  relay.start();
  // All that was taken is on the disk, and nothing beyond it had been handed out.
  EXPECT_GE(relay.info_number("relay_log_end_offset"), reached);
  relay.wait_until_streaming();
  load.stop();
  wait_until_in_sync(master, {&replica}, &relay);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_EQ(master.full_syncs_given(), 1U);
}

TEST(Life, ASecondSigtermEndsTheWaitForAReplicaThatHangs) {
  RedisServer master("master");
  master.populate("key", 200, 100000);
  RelayProcess relay({.upstream_port = master.port(), .settings = {"shutdown-timeout=1h"}});
  RawReplica hanging({.port = relay.port()});
  hanging.wait_for_snapshot();
  hanging.wait_for_offset(relay.offset());
  hanging.stall();
  MixedLoad load({.port = master.port(), .big_value_bytes = 1 << 20, .big_value_every = 50});
  wait_until([&] { return relay.offset() > hanging.progress().end + 30'000'000; }, kPatience,
             "more than the hanging replica's socket holds");
  load.stop();
  relay.process().send_signal(SIGTERM);
  wait_until([&] { return relay.metric("psync_relay_draining") == 1; }, kPatience, "the draining");
  EXPECT_EQ(relay.get("/readyz").status, 503);
  EXPECT_TRUE(relay.process().is_running());
  relay.process().send_signal(SIGTERM);
  relay.process().wait();
}

TEST(Life, TheShutdownTimeoutEndsItToo) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = {"shutdown-timeout=300ms"}});
  RawReplica hanging({.port = relay.port()});
  hanging.wait_for_snapshot();
  hanging.stall();
  MixedLoad load({.port = master.port(), .big_value_bytes = 1 << 20, .big_value_every = 50});
  wait_until([&] { return relay.offset() > hanging.progress().end + 30'000'000; }, kPatience,
             "more than the hanging replica's socket holds");
  load.stop();
  EXPECT_EQ(relay.stop(), (ExitStatus{0, 0}));
}

TEST(Life, SighupTakesOverWhatCanBeReloadedAndNamesWhatCannot) {
  RedisServer master("master");
  TempDir dir;
  const auto config = dir / "relay.yaml";
  write_text(config, "listen:\n  backlog: 100\n");
  RelayProcess relay({.upstream_port = master.port(), .arguments = {"--config", config.string()}});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);
  RedisClient old_client(relay.port());
  EXPECT_EQ(old_client.command({"PING"}).text, "PONG");

  write_text(config, "listen:\n  backlog: 200\n  password: sesame\n");
  relay.process().send_signal(SIGHUP);
  relay.wait_for_log("listen.backlog");
  wait_until(
      [&] {
        RedisClient client(relay.port());
        return client.command({"PING"}).text.starts_with("NOAUTH");
      },
      kPatience, "the new password being asked for");
  relay.options().password = "sesame";
  EXPECT_EQ(relay.client().command({"PING"}).text, "PONG");
  EXPECT_EQ(relay.count_in_log("sesame"), 0U);

  // A file that is wrong changes nothing.
  write_text(config, "listen:\n  pasword: other\n");
  relay.process().send_signal(SIGHUP);
  relay.wait_for_log("pasword");
  EXPECT_EQ(relay.client().command({"PING"}).text, "PONG");
  EXPECT_TRUE(replica.is_linked());
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
}

TEST(Life, WhatTheLogHasSaidIsAmongTheEvents) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port(), .settings = {"logging.level=error"}});
  relay.wait_until_streaming();
  const auto all = relay.get("/v1/events");
  EXPECT_EQ(all.status, 200);
  const auto connected = all.body.find("\"event\":\"upstream.connected\"");
  const auto streaming = all.body.find("\"event\":\"upstream.streaming\"");
  EXPECT_LT(connected, streaming) << all.body;
  EXPECT_NE(streaming, std::string::npos);
  EXPECT_FALSE(relay.is_in_log("upstream.streaming"));

  const auto newest = std::stoull(all.body.substr(all.body.find("\"newest\":") + 9));
  master.kill();
  wait_until(
      [&] {
        const auto since = relay.get("/v1/events?since=" + std::to_string(newest));
        return since.body.find("\"event\":\"upstream.lost\"") != std::string::npos &&
               since.body.find("upstream.streaming") == std::string::npos;
      },
      kPatience, "the lost link as an event");
}

TEST(Life, ASupervisorIsToldWhatItIsDoing) {
  NotifySocket supervisor;
  RedisServer master("master");
  RelayProcess relay(
      {.upstream_port = master.port(),
       .environment = {{"NOTIFY_SOCKET", supervisor.path()}, {"WATCHDOG_USEC", "60000000"}}});
  supervisor.wait_for("READY=1");
  supervisor.wait_for("WATCHDOG=1");
  supervisor.wait_for("STATUS=streaming, 0 replicas");
  RedisServer replica("replica");
  replica.follow(relay.port());
  supervisor.wait_for("STATUS=streaming, 1 replica");
  master.kill();
  supervisor.wait_for("STATUS=backoff, 1 replica");

  supervisor.forget();
  relay.process().send_signal(SIGHUP);
  supervisor.wait_for("READY=1");
  EXPECT_TRUE(supervisor.has("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(relay.stop().code, 0);
  EXPECT_TRUE(supervisor.has("STOPPING=1"));
}

TEST(Life, AMasterThatIsAwayAtTheStartIsFoundWhenItComes) {
  RedisServer master("master");
  master.command({"SET", "a", "b"});
  master.shut_down(true);
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until(
      [&] {
        return relay.info_number("relay_upstream_connects") >= 1 ||
               !relay.info_field("relay_upstream_last_error").empty();
      },
      kPatience, "a try");
  relay.wait_for_log("decision=refused");
  master.start();
  wait_until_in_sync(master, {&replica}, &relay);
  EXPECT_EQ(replica.command({"GET", "a"}).text, "b");
  // However often it had been told to come again: it asked for its own history, and got a full sync.
  const Labels unknown = {{"reason", "unknown_replid"}};
  EXPECT_EQ(relay.metric("psync_relay_replica_partial_refusals_total", unknown), 1);
}

}  // namespace
}  // namespace relay::test
