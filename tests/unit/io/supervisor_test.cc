#include "common/io/supervisor.h"

#include "tests/support/notify_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace relay::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

// The three variables, for as long as it lives.
class Environment {
 public:
  Environment(const std::string& socket, const char* period, const std::string& whom) {
    set("NOTIFY_SOCKET", socket);
    set("WATCHDOG_USEC", period);
    set("WATCHDOG_PID", whom);
  }
  ~Environment() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void set(const char* name, const std::string& value) {
    if (!value.empty()) ::setenv(name, value.c_str(), 1);
  }
};

TEST(Supervisor, SaysWhatSdNotifySays) {
  NotifySocket socket;
  const Supervisor supervisor(socket.path(), 2s);
  supervisor.patience(90s);
  supervisor.ready();
  supervisor.status("streaming, 3 replicas");
  supervisor.alive();
  supervisor.reloading();
  supervisor.stopping();
  EXPECT_THAT(socket.messages(),
              ElementsAre("EXTEND_TIMEOUT_USEC=90000000", "READY=1", "STATUS=streaming, 3 replicas",
                          "WATCHDOG=1", StartsWith("RELOADING=1\nMONOTONIC_USEC="), "STOPPING=1"));
}

TEST(Supervisor, WithoutAWatchdogItDoesNotSayThatItIsAlive) {
  NotifySocket socket;
  const Supervisor supervisor(socket.path(), std::nullopt);
  supervisor.alive();
  EXPECT_THAT(socket.messages(), IsEmpty());
}

TEST(Supervisor, NobodyIsToldNothing) {
  const Supervisor nobody("", std::nullopt);
  EXPECT_FALSE(nobody.is_there());
  nobody.ready();
  const Supervisor gone("/nowhere/at/all", std::nullopt);
  gone.ready();
  const Supervisor too_long(std::string(500, 'x'), std::nullopt);
  EXPECT_FALSE(too_long.is_there());
}

TEST(Supervisor, AnAbstractNameIsUnderstood) {
  const std::string name = "@psync-relay-test-" + std::to_string(::getpid());
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un here{};
  here.sun_family = AF_UNIX;
  std::memcpy(here.sun_path + 1, name.data() + 1, name.size() - 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&here), size), 0);
  Supervisor(name, std::nullopt).ready();
  std::array<char, 16> bytes{};
  EXPECT_EQ(::recv(socket, bytes.data(), bytes.size(), 0), 7);
  ::close(socket);
}

TEST(Supervisor, TheEnvironmentSaysWhoIsToBeToldAndHowOften) {
  NotifySocket socket;
  {
    const Environment environment(socket.path(), "3000000", std::to_string(::getpid()));
    const Supervisor supervisor = Supervisor::of_environment();
    supervisor.ready();
    EXPECT_TRUE(socket.has("READY=1"));
    EXPECT_EQ(supervisor.watchdog(), Supervisor::Watchdog(3s));
  }
  {
    const Environment of_another(socket.path(), "3000000", "1");
    EXPECT_EQ(Supervisor::of_environment().watchdog(), std::nullopt);
  }
  {
    const Environment nonsense(socket.path(), "often", "");
    EXPECT_EQ(Supervisor::of_environment().watchdog(), std::nullopt);
  }
  EXPECT_FALSE(Supervisor::of_environment().is_there());
}

}  // namespace
}  // namespace relay::test
