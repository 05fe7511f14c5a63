// Files that change below a running relay, as operators and kubelets change them.

#include "tests/support/config_mount.h"
#include "tests/support/mixed_load.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace relay::test {
namespace {

TEST(Reload, ABadFileChangesNothingAndSaysWhyInTheWordsOfCheckConfig) {
  RedisServer master("master");
  ConfigMount mount(ConfigMount::Files{{"relay.yaml", "limits:\n  clients: 100\n"}});
  RelayProcess relay(
      {.upstream_port = master.port(), .arguments = {"--config", mount.path("relay.yaml")}});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);

  mount.update({{"relay.yaml", "limits:\n  clients: 1\n  cleints: 100\n"}});
  relay.wait_for_log("config.refused");
  Program check;
  check.argv = {relay_binary(), "--check-config", "--config", mount.path("relay.yaml")};
  check.output = relay.directory() / "check";
  EXPECT_EQ(run(check).code, 78);
  const std::string said = lines_of(check.output).front();
  const std::string place = said.substr(0, said.find(": "));
  EXPECT_TRUE(relay.is_in_log("where=" + place)) << said;
  EXPECT_TRUE(relay.is_in_log("unknown key, did you mean"));
  // limits.clients: 1 would refuse this one, beside the replica.
  EXPECT_EQ(relay.client().command({"PING"}).text, "PONG");
  EXPECT_EQ(relay.count_in_log("config.refused"), 1U);

  mount.update({{"relay.yaml", "limits:\n  clients: 1\n"}});
  relay.wait_for_log("config.reloaded");
  EXPECT_TRUE(relay.is_in_log("by=file"));
  EXPECT_THROW(relay.client().require({"PING"}), std::exception);
  EXPECT_TRUE(replica.is_linked());
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
}

TEST(Reload, ARotatedPasswordWorksAtTheNextConnectionOnBothSides) {
  RedisServer master("master", {.password = "word-of-today"});
  ConfigMount secret(ConfigMount::Files{{"redis-password", "word-of-today\n"}});
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"upstream.password-file=" + secret.path("redis-password"),
                                   "listen.password-file=" + secret.path("redis-password")},
                      .password = "word-of-today"});
  relay.wait_until_streaming();
  RedisServer replica("replica", {.config = {"masterauth word-of-today"}});
  replica.follow(relay.port());
  wait_until([&] { return replica.is_linked(); }, kPatience, "the replica's link");

  RedisClient at_master = master.client();
  at_master.require({"CONFIG", "SET", "requirepass", "word-of-tomorrow"});
  secret.update({{"redis-password", "word-of-tomorrow\n"}});
  relay.wait_for_log("config.reloaded");
  EXPECT_TRUE(relay.is_in_log("changed=upstream.password,listen.password"));

  // Who is connected stays. The next connection, in both directions, is with the new one.
  EXPECT_TRUE(replica.is_linked());
  EXPECT_THROW(RedisClient(relay.port(), "word-of-today"), std::exception);
  relay.options().password = "word-of-tomorrow";
  EXPECT_EQ(relay.client().command({"PING"}).text, "PONG");
  const auto connects = relay.metric("psync_relay_upstream_connects_total");
  at_master.require({"CLIENT", "KILL", "TYPE", "replica"});
  wait_until(
      [&] {
        return relay.metric("psync_relay_upstream_connects_total") > connects &&
               relay.metric("psync_relay_upstream_up") == 1;
      },
      kPatience, "the relay being back with the new password");
  EXPECT_EQ(relay.metric("psync_relay_upstream_disconnects_total", {{"reason", "auth"}}), 0);
  EXPECT_EQ(relay.count_in_log("word-of-"), 0U);
}

TEST(Reload, AMasterThatRefusesThePasswordHasItsFileReadAgainEvenWithoutTheWatch) {
  RedisServer master("master", {.password = "after"});
  TempDir dir;
  write_text(dir / "password", "before\n");
  RelayProcess relay(
      {.upstream_port = master.port(),
       .settings = {"upstream.password-file=" + (dir / "password").string(), "reload.watch=no"}});
  wait_until(
      [&] {
        return relay.metric("psync_relay_upstream_disconnects_total", {{"reason", "auth"}}) >= 2;
      },
      kPatience, "the password being refused");
  write_text(dir / "password", "after\n");
  relay.wait_until_streaming();
  EXPECT_TRUE(relay.is_in_log("upstream.password_read"));
  EXPECT_EQ(relay.count_in_log("config.reloaded"), 0U);
}

TEST(Reload, AFileThatDoesNotAnswerHoldsUpReloadsAlone) {
  RedisServer master("master");
  TempDir dir;
  write_text(dir / "password", "secret\n");
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"listen.password-file=" + (dir / "password").string()},
                      .password = "secret"});
  RedisServer replica("replica", {.config = {"masterauth secret"}});
  replica.follow(relay.port());
  wait_until([&] { return replica.is_linked(); }, kPatience, "the replica's link");
  // Nobody ever writes into it: to open it does not return.
  std::filesystem::remove(dir / "password");
  ASSERT_EQ(::mkfifo((dir / "password").c_str(), 0600), 0);
  relay.process().send_signal(SIGHUP);
  // Its thread has opened the file for reading where this does not fail, and reads until we close.
  int writer = -1;
  wait_until(
      [&] {
        writer = ::open((dir / "password").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        return writer >= 0;
      },
      kPatience, "the file being read");
  MixedLoad load({.port = master.port()});
  load.wait_for_commands(1000);
  load.stop();
  wait_until_in_sync(master, {&replica}, &relay);
  EXPECT_EQ(relay.stop(), (ExitStatus{0, 0}));
  EXPECT_TRUE(relay.is_in_log("relay.config_left"));
  ::close(writer);
}

}  // namespace
}  // namespace relay::test
