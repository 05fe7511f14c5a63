// Ports that were open before the relay was, as a launcher passes them.

#include "tests/support/redis_server.h"
#include "tests/support/relay_process.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>

namespace relay::test {
namespace {

class SocketActivation : public ::testing::Test {
 protected:
  // Its own --listen and --http would be free too: they are not to be bound.
  Program program(const std::string& names, std::vector<int> sockets) {
    Program relay;
    relay.argv = {relay_binary(),   "--upstream",     "127.0.0.1:" + std::to_string(master_.port()),
                  "--listen",       "192.0.2.1:6479", "--http",
                  "192.0.2.1:8479", "--data-dir",     (dir_ / "data").string()};
    relay.output = log();
    relay.environment = {{"LISTEN_FDNAMES", names}};
    relay.listening = std::move(sockets);
    return relay;
  }
  std::filesystem::path log() const { return dir_ / "log"; }
  bool is_in_log(std::string_view text) const { return count_lines_with(log(), text) > 0; }
  void wait_until_streaming(std::uint16_t port) {
    wait_until(
        [&] {
          const auto info = RedisClient(port).require({"INFO", "replication"}).text;
          return parse_info(info).at("master_link_status") == "up";
        },
        kPatience, "the relay's link");
  }

  TempDir dir_;
  RedisServer master_{"master"};
  ListeningSocket replica_;
  ListeningSocket http_;
};

TEST_F(SocketActivation, ThePassedPortsAreServedAndTheConfiguredOnesAreNotBound) {
  // 192.0.2.1 is nobody's address: binding it fails.
  ChildProcess relay(program("replica:http", {replica_.descriptor(), http_.descriptor()}));
  wait_until_streaming(replica_.port());
  EXPECT_EQ(http_get(http_.port(), "/livez").status, 200);
  EXPECT_TRUE(is_in_log("listen.passed socket=replica address=127.0.0.1:" +
                        std::to_string(replica_.port())));
  RedisServer replica("replica");
  replica.follow(replica_.port());
  wait_until_caught_up(master_, {&replica});
  // The master is told the port that it is.
  const std::string seen = master_.info_field("slave0");
  EXPECT_NE(seen.find("port=" + std::to_string(replica_.port())), std::string::npos) << seen;
  relay.send_signal(SIGTERM);
  EXPECT_EQ(relay.wait(), (ExitStatus{0, 0}));
}

TEST_F(SocketActivation, WhoConnectsBetweenTwoRelaysIsServedByTheSecond) {
  const auto passed = program("replica:http", {replica_.descriptor(), http_.descriptor()});
  std::optional<ChildProcess> relay;
  relay.emplace(passed);
  wait_until_streaming(replica_.port());
  relay->send_signal(SIGTERM);
  EXPECT_EQ(relay->wait(), (ExitStatus{0, 0}));
  RedisClient between(replica_.port());
  between.send(to_request({"PING"}));
  relay.emplace(passed);
  EXPECT_EQ(between.receive().text, "PONG");
}

TEST_F(SocketActivation, OneWithoutANameIsThatOfTheReplicas) {
  auto alone = program("", {replica_.descriptor()});
  ReservedPort http;
  for (std::string& word : alone.argv) {
    if (word == "192.0.2.1:8479") word = std::to_string(http.number());
  }
  ChildProcess relay(alone);
  wait_until_streaming(replica_.port());
  EXPECT_EQ(http_get(http.number(), "/livez").status, 200);
}

TEST_F(SocketActivation, AnUnknownNameFailsTheStartAndARestartWouldNotMendIt) {
  EXPECT_EQ(run(program("replica:metrics", {replica_.descriptor(), http_.descriptor()})).code, 78);
  EXPECT_TRUE(is_in_log("is none of replica, replica-tls, http, admin"));
}

TEST_F(SocketActivation, AsSystemdDoesIt) {
  const std::filesystem::path launcher = "/usr/bin/systemd-socket-activate";
  if (!std::filesystem::exists(launcher)) {
    GTEST_SKIP() << launcher << " is not there (package systemd)";
  }
  // It binds the port itself, and starts the relay when somebody connects.
  ReservedPort port;
  ReservedPort http;
  auto passed = program("", {});
  passed.environment.clear();
  for (std::string& word : passed.argv) {
    if (word == "192.0.2.1:8479") word = std::to_string(http.number());
  }
  passed.argv.insert(passed.argv.begin(),
                     {launcher.string(), "--listen=127.0.0.1:" + std::to_string(port.number()),
                      "--fdname=replica"});
  ChildProcess relay(passed);
  wait_until_streaming(port.number());
  EXPECT_TRUE(is_in_log("listen.passed socket=replica"));
  relay.send_signal(SIGTERM);
  EXPECT_EQ(relay.wait(), (ExitStatus{0, 0}));
}

}  // namespace
}  // namespace relay::test
