// The unix socket of the admin listener, on a real directory.
#include "common/base/logging.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/control/http_bench.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>

#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>

namespace relay {
namespace {

using namespace http_bench;
using asio::local::stream_protocol;

struct UnixDoor {
  test::TempDir dir;
  std::string path = (dir.path() / "admin.sock").string();
  asio::io_context context{1};
  HttpServer server{context.get_executor(), {}, Door{.admin = true}};
};

mode_t mode_of(const std::string& path) {
  struct stat found {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0);
  return found.st_mode & 07777;
}

TEST(UnixDoor, ItsOwnerAloneMayConnectWhateverTheUmask) {
  UnixDoor door;
  const mode_t before = ::umask(0);
  EXPECT_TRUE(door.server.listen_unix(door.path));
  ::umask(before);
  EXPECT_EQ(mode_of(door.path), 0600u);
}

TEST(UnixDoor, WhatADeadProcessLeftIsReplaced) {
  UnixDoor door;
  {
    asio::io_context context;
    stream_protocol::acceptor dead(context, stream_protocol::endpoint(door.path));
  }
  ASSERT_TRUE(std::filesystem::exists(door.path));
  EXPECT_TRUE(door.server.listen_unix(door.path));
}

TEST(UnixDoor, ALivingOneIsLeftAlone) {
  UnixDoor door;
  asio::io_context context;
  const stream_protocol::acceptor living(context, stream_protocol::endpoint(door.path));
  EXPECT_EQ(door.server.listen_unix(door.path).error(), boost::system::errc::address_in_use);
  EXPECT_TRUE(std::filesystem::exists(door.path));
}

TEST(UnixDoor, SomebodysFileIsLeftAlone) {
  UnixDoor door;
  std::ofstream(door.path) << "precious";
  EXPECT_EQ(door.server.listen_unix(door.path).error(), boost::system::errc::file_exists);
  EXPECT_EQ(std::filesystem::file_size(door.path), 8u);
}

TEST(UnixDoor, APathThatIsTooLongIsAnError) {
  UnixDoor door;
  EXPECT_EQ(door.server.listen_unix("/" + std::string(107, 'x')).error(),
            boost::system::errc::filename_too_long);
}

TEST(UnixDoor, WhereItCannotBeBoundNobodyIsServedAndNothingStaysOpen) {
  UnixDoor door;
  EXPECT_TRUE(door.server.listen_unix((door.dir.path() / "none/admin.sock").string()).has_error());
  EXPECT_FALSE(door.server.is_open());
  const std::uint64_t warned = log_count(LogLevel::kWarn);
  TaskGroup tasks(door.context.get_executor());
  tasks.spawn(door.server.run());
  door.context.run();
  EXPECT_TRUE(tasks.empty());
  EXPECT_EQ(log_count(LogLevel::kWarn), warned);
}

// UndefinedBehaviorSanitizer opens a pipe to look at an object, and takes it for broken where it gets
// none; so this one is for the other builds.
#ifndef __SANITIZE_ADDRESS__
TEST(UnixDoor, WhileDescriptorsAreShortItIsSaidOnceAndWhoKnocksWaits) {
  UnixDoor door;
  ASSERT_TRUE(door.server.listen_unix(door.path));
  TaskGroup tasks(door.context.get_executor());
  tasks.spawn(door.server.run());
  stream_protocol::socket client(door.context);
  client.open();
  const std::uint64_t warned = log_count(LogLevel::kWarn);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  client.connect(stream_protocol::endpoint(door.path));
  door.context.run_for(350ms);  // several attempts
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(log_count(LogLevel::kWarn), warned + 1);
  asio::write(client, asio::buffer(request("GET", "/none", "Connection: close\r\n")));
  std::string answer;
  asio::async_read(client, asio::dynamic_buffer(answer),
                   [&](const ErrorCode&, std::size_t) { door.server.stop(); });
  door.context.restart();
  door.context.run();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 404 ")) << answer;
}
#endif

TEST(UnixDoor, StopRemovesIt) {
  UnixDoor door;
  ASSERT_TRUE(door.server.listen_unix(door.path));
  door.server.stop();
  EXPECT_FALSE(std::filesystem::exists(door.path));
}

}  // namespace
}  // namespace relay
