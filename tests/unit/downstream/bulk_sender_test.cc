// What is sent from the disk: each byte once, as much as the socket takes, and which end failed.
#include "proxy/downstream/bulk_sender.h"

#include "common/io/posix_file.h"
#include "tests/unit/log/log_bench.h"
#include "tests/unit/tls/tls_bench.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <sys/socket.h>
#include <unistd.h>

namespace relay::test {
namespace {

constexpr std::size_t kSize = 5'000'000;  // more than a socket takes

struct BulkSenderTest : testing::Test {
  BulkSenderTest() {
    std::signal(SIGPIPE, SIG_IGN);  // as main() does: sendfile() has no flag for it
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    sender.emplace(ends[0]);
    bench.append(kSize);
  }
  ~BulkSenderTest() override {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }

  std::string received() const {
    std::string got;
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t n = client ? client->receive(buffer.data(), buffer.size())
                               : ::recv(ends[1], buffer.data(), buffer.size(), 0);
      if (n <= 0) return got;
      got.append(buffer.data(), static_cast<std::size_t>(n));
    }
  }
  std::string content() const { return bench.histories[0].stream; }
  // All of it in turns of `at_most`; between two of them the peer reads.
  template <typename Turn>
  std::string all_of(Turn turn) {
    std::string got;
    std::uint64_t sent = 0;
    unsigned blocked = 0;
    while (sent < kSize) {
      const BulkSender::Outcome outcome = turn(sent);
      EXPECT_FALSE(outcome.read_error) << outcome.read_error.message();
      EXPECT_FALSE(outcome.send_error) << outcome.send_error.message();
      if (outcome.read_error || outcome.send_error) break;
      sent += outcome.sent;
      if (outcome.blocked) ++blocked;
      got += received();
    }
    EXPECT_EQ(sent, kSize);
    EXPECT_GT(blocked, 0U);
    return got;
  }

  LogBench bench;
  std::array<int, 2> ends{-1, -1};
  std::unique_ptr<TlsChannel> client;  // null without TLS
  std::optional<BulkSender> sender;
};

TEST_F(BulkSenderTest, InTlsAFileIsEncryptedWholeAndInOrder) {
  const TlsBench tls;
  const auto channel = std::make_shared<TlsChannel>(TlsContext(tls.server_terms), ends[0], "");
  client = std::make_unique<TlsChannel>(TlsContext(tls.client_terms), ends[1], "127.0.0.1");
  shake_hands(*client, *channel);
  sender.emplace(ends[0], channel);
  auto file = bench.memory->create("snapshot");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(0, content()));
  std::string got = all_of([&](std::uint64_t at) {
    return sender->send_file(**file, at, std::min<std::uint64_t>(kSize - at, 700'001));
  });
  // What was taken last may wait for room.
  while (!channel->flush()) got += received();
  got += received();
  EXPECT_TRUE(got == content());
}

TEST_F(BulkSenderTest, AFileGoesThroughTheKernelOrThroughUs) {
  char name[] = "/tmp/psync-relay-bulk-XXXXXX";
  const int made = ::mkstemp(name);
  ASSERT_GE(made, 0);
  ::close(made);
  PosixFileSystem disk;
  auto by_kernel = disk.open(name);
  std::filesystem::remove(name);
  ASSERT_TRUE(by_kernel);
  auto by_us = bench.memory->create("snapshot");
  ASSERT_TRUE(by_us);
  ASSERT_TRUE((*by_kernel)->descriptor());
  ASSERT_FALSE((*by_us)->descriptor());
  for (File* file : {by_kernel->get(), by_us->get()}) {
    ASSERT_TRUE(file->write_at(0, content()));
    EXPECT_TRUE(all_of([&](std::uint64_t at) {
                  return sender->send_file(*file, at, std::min<std::uint64_t>(kSize - at, 700'001));
                }) == content());
    const auto past = sender->send_file(*file, kSize - 10, 20);
    EXPECT_EQ(past.sent, 10U);
    EXPECT_TRUE(past.read_error) << "the file is shorter than it was said to be";
    EXPECT_FALSE(past.send_error);
    EXPECT_EQ(received(), content().substr(kSize - 10));
  }
  ::close(ends[1]);
  ends[1] = -1;
  for (File* file : {by_kernel->get(), by_us->get()}) {
    const auto gone = sender->send_file(*file, 0, kSize);
    EXPECT_EQ(gone.send_error, boost::system::errc::broken_pipe);
    EXPECT_FALSE(gone.read_error);
    EXPECT_EQ(gone.sent, 0U);
  }
}

TEST_F(BulkSenderTest, ASegmentGoesFrameByFrameVerified) {
  LogBench stored([] {
    Config::Log settings = small_log();
    settings.segment_size = 2 * kSize;
    return settings;
  }());
  stored.append(kSize);
  stored.until_settled();
  ColdReader reader(*stored.memory);
  const std::string path = stored.log->path_of(kBenchStart);
  const Offset limit = kBenchStart + kSize;
  const std::string got = all_of([&](std::uint64_t sent) {
    const auto outcome =
        sender->send_log(reader, path, kBenchStart, kBenchStart + sent, limit, 300'000);
    EXPECT_GE(sender->offered(), kBenchStart + sent + outcome.sent);
    EXPECT_LE(sender->offered(), limit);
    return outcome;
  });
  EXPECT_TRUE(got == stored.histories[0].stream);
  EXPECT_EQ(sender->offered(), limit);

  auto file = stored.memory->open(path);
  ASSERT_TRUE(file);
  std::string byte(1, '\0');
  ASSERT_TRUE((*file)->read_at(kSize / 2, byte));
  byte[0] = static_cast<char>(byte[0] ^ 1);
  ASSERT_TRUE((*file)->write_at(kSize / 2, byte));
  ColdReader afresh(*stored.memory);
  std::string good;
  BulkSender::Outcome outcome;
  while (!outcome.read_error) {
    outcome =
        sender->send_log(afresh, path, kBenchStart, kBenchStart + good.size(), limit, 300'000);
    good += received();
  }
  EXPECT_EQ(outcome.read_error, DataError::kDamaged);
  EXPECT_LT(good.size(), kSize / 2);
  EXPECT_TRUE(stored.histories[0].stream.starts_with(good)) << "a damaged byte was sent";
}

TEST_F(BulkSenderTest, WithoutADescriptorItSaysSo) {
  BulkSender none(-1);
  auto file = bench.memory->create("snapshot");
  ASSERT_TRUE(file);
  EXPECT_EQ(none.send_file(**file, 0, 10).send_error, boost::system::errc::bad_file_descriptor);
}

}  // namespace
}  // namespace relay::test
