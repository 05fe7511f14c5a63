#include "common/io/passed_sockets.h"

#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace relay::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array<std::string_view, 3> kKnown = {"replica", "http", "admin"};
constexpr int kFirst = 200;  // as 3 is to a process that has opened nothing yet

int bound_socket(int family, int type, bool listens) {
  const int descriptor = ::socket(family, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      (listens && ::listen(descriptor, 1) != 0)) {
    throw std::runtime_error(std::strerror(errno));
  }
  return descriptor;
}
int listening_socket() { return bound_socket(AF_INET, SOCK_STREAM, true); }

int listening_path(const std::string& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un here{};
  here.sun_family = AF_UNIX;
  std::strncpy(here.sun_path, path.c_str(), sizeof here.sun_path - 1);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
      ::listen(descriptor, 1) != 0) {
    throw std::runtime_error(std::strerror(errno));
  }
  return descriptor;
}

// Puts descriptors where a launcher would, one behind the other; takes them away again.
class Launch {
 public:
  explicit Launch(const std::vector<int>& descriptors) {
    for (const int descriptor : descriptors) {
      ::dup2(descriptor, kFirst + count_++);
      ::close(descriptor);
    }
  }
  ~Launch() {
    for (int i = 0; i < count_; ++i) ::close(kFirst + i);
  }
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  PassedSockets::Taken passed(const std::string& names) const {
    return PassedSockets::of({std::to_string(::getpid()), std::to_string(count_), names}, kKnown,
                             kFirst);
  }
  std::string fault(const std::string& names) const {
    const auto taken = passed(names);
    return taken ? "" : taken.error();
  }

 private:
  int count_ = 0;
};

TEST(PassedSockets, AreTakenByNameOnce) {
  const Launch launch({listening_socket(), listening_socket()});
  auto passed = launch.passed("http:replica");
  ASSERT_TRUE(passed) << passed.error();
  EXPECT_THAT(passed->names(), ElementsAre("http", "replica"));
  EXPECT_EQ(passed->take("replica"), kFirst + 1);
  EXPECT_EQ(passed->take("replica"), std::nullopt);
  EXPECT_EQ(passed->take("admin"), std::nullopt);
  EXPECT_EQ(passed->take("http"), kFirst);
  EXPECT_THAT(passed->names(), IsEmpty());
}

TEST(PassedSockets, AreClosedOnExecAndWhereNobodyTakesThemAtTheEnd) {
  const Launch launch({listening_socket(), listening_socket()});
  {
    auto passed = launch.passed("http:replica");
    ASSERT_TRUE(passed);
    EXPECT_EQ(::fcntl(kFirst, F_GETFD), FD_CLOEXEC);
    (void)passed->take("http");
    const PassedSockets moved = std::move(*passed);
  }
  EXPECT_GE(::fcntl(kFirst, F_GETFD), 0);
  EXPECT_EQ(::fcntl(kFirst + 1, F_GETFD), -1);
}

TEST(PassedSockets, OneAloneWithoutANameIsTheFirst) {
  for (const char* names : {"", "unknown", "psync-relay.socket"}) {
    const Launch launch({listening_socket()});
    auto passed = launch.passed(names);
    ASSERT_TRUE(passed) << passed.error();
    EXPECT_EQ(passed->take("replica"), kFirst) << names;
  }
  const Launch two({listening_socket(), listening_socket()});
  EXPECT_THAT(two.fault("psync-relay.socket:psync-relay.socket"),
              HasSubstr("name it with FileDescriptorName="));
  EXPECT_THAT(two.fault("replica"), HasSubstr("socket without a name (descriptor 201)"));
}

TEST(PassedSockets, OfAnotherProcessOrNoneAreNotLookedAt) {
  const Launch launch({listening_socket()});
  for (const PassedSockets::Said& said :
       {PassedSockets::Said{"1", "1", "nonsense"}, PassedSockets::Said{"", "1", "nonsense"},
        PassedSockets::Said{std::to_string(::getpid()), "", ""},
        PassedSockets::Said{std::to_string(::getpid()), "0", ""}}) {
    const auto passed = PassedSockets::of(said, kKnown, kFirst);
    ASSERT_TRUE(passed) << passed.error();
    EXPECT_THAT(passed->names(), IsEmpty());
  }
}

TEST(PassedSockets, WhatCannotBeServedIsAnError) {
  EXPECT_EQ(Launch({listening_socket()}).fault("htpt"),
            "socket \"htpt\" (descriptor 200) is none of replica, http, admin; name it with "
            "FileDescriptorName= in its socket unit");
  EXPECT_THAT(Launch({listening_socket(), listening_socket()}).fault("http:http"),
              HasSubstr("is passed twice"));
  EXPECT_THAT(Launch({listening_socket()}).fault("http:replica"), HasSubstr("more names than"));
  EXPECT_THAT(Launch({bound_socket(AF_INET, SOCK_STREAM, false)}).fault("http"),
              HasSubstr("does not listen"));
  EXPECT_THAT(Launch({bound_socket(AF_INET, SOCK_DGRAM, false)}).fault("http"),
              HasSubstr("is no stream socket"));
  EXPECT_THAT(Launch({::open("/dev/null", O_RDONLY)}).fault("http"), HasSubstr("is no socket"));
  const std::string pid = std::to_string(::getpid());
  EXPECT_THAT(PassedSockets::of({pid, "1", "http"}, kKnown, kFirst).error(),
              HasSubstr("is not open"));
  EXPECT_THAT(PassedSockets::of({pid, "many", ""}, kKnown, kFirst).error(),
              HasSubstr("LISTEN_FDS"));
  EXPECT_THAT(PassedSockets::of({pid, "-1", ""}, kKnown, kFirst).error(), HasSubstr("LISTEN_FDS"));
  EXPECT_THAT(PassedSockets::of({"x", "1", ""}, kKnown, kFirst).error(), HasSubstr("LISTEN_PID"));
}

TEST(PassedSockets, TheVariablesAreRemoved) {
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_FDNAMES", "http", 1);
  ASSERT_TRUE(PassedSockets::of_environment(kKnown));
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
    EXPECT_EQ(std::getenv(name), nullptr) << name;
  }
}

TEST(PassedSockets, TheirAddressesAreSaid) {
  TempDir dir;
  const std::string path = (dir / "admin").string();
  const Launch launch({listening_socket(), listening_path(path)});
  EXPECT_THAT(address_of_socket(kFirst), testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
  EXPECT_EQ(family_of_socket(kFirst), AF_INET);
  EXPECT_EQ(address_of_socket(kFirst + 1), path);
  EXPECT_EQ(family_of_socket(kFirst + 1), AF_UNIX);
}

}  // namespace
}  // namespace relay::test
