// Ports that were open before the relay was, as a launcher passes them.

#include "tests/support/redis_server.h"
#include "tests/support/relay_process.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

// A listening unix socket; `name` begins with a zero byte where it is an abstract one.
int listening_unix(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(fd, 8), 0);
  return fd;
}

TEST_F(SocketActivation, AnAdminSocketThatNoModeGuardsIsRefused) {
  const int abstract = listening_unix(std::string(1, '\0') + "relay-" + (dir_ / "x").string());
  EXPECT_NE(
      run(program("replica:http:admin", {replica_.descriptor(), http_.descriptor(), abstract}))
          .code,
      0);
  EXPECT_TRUE(is_in_log("neither a TCP socket nor a unix socket with a path"));
  ::close(abstract);
}

TEST_F(SocketActivation, AnAdminSocketOpenToAllIsWarnedOf) {
  const std::string path = (dir_ / "admin").string();
  const int admin = listening_unix(path);
  for (const mode_t mode : {0660U, 0666U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    ChildProcess relay(
        program("replica:http:admin", {replica_.descriptor(), http_.descriptor(), admin}));
    wait_until_streaming(replica_.port());
    EXPECT_EQ(is_in_log("is open to every user of this machine"), mode == 0666U);
  }
  ::close(admin);
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
