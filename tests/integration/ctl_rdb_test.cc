// `psync-relay ctl rdb`: a download that is whole or is not there, and that goes on where it broke
// off.
#include "tests/support/ctl.h"
#include "tests/support/pseudo_terminal.h"
#include "tests/support/redis_server.h"
#include "tests/support/reserved_port.h"
#include "tests/support/tap_proxy.h"
#include "tests/support/text_file.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace relay::test {
namespace {

constexpr ExitStatus kDone{0, 0};
constexpr ExitStatus kNo{1, 0};
// Far more than the sockets between two processes hold.
constexpr unsigned kKeys = 400;
constexpr std::size_t kValue = 100'000;
constexpr std::uint64_t kBreak = 5'000'000;

#define EXPECT_SAYS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)

class CtlRdb : public ::testing::Test {
 protected:
  CtlRdb() : master_("master") {
    write_text(dir_ / "token", "s3cret\n");
    master_.populate("key", kKeys, kValue);
    relay_.emplace(RelayOptions{
        .upstream_port = master_.port(),
        .settings = {"admin.address=127.0.0.1", "admin.port=" + std::to_string(port_.number()),
                     "admin.token-file=" + (dir_ / "token").string()}});
    relay_->wait_until_streaming();
  }

  // Over TCP, through whatever stands there.
  std::vector<std::string> download(std::uint16_t port,
                                    const std::vector<std::string>& more = {}) const {
    std::vector<std::string> argv = {
        relay_binary(), "ctl",          "--url", "http://127.0.0.1:" + std::to_string(port),
        "--token-file", dir_ / "token", "rdb",   file()};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }

  std::string file() const { return dir_ / "backup.rdb"; }
  std::string partial() const { return file() + ".partial"; }
  std::uint64_t arrived() const {
    return std::filesystem::exists(partial()) ? std::filesystem::file_size(partial()) : 0;
  }

  // A download that has got this far when the relay is killed.
  CtlOutcome broken_download() {
    TapProxy network(port_.number());
    network.record(false);
    network.stall_after(kBreak);
    CtlProcess process(download(network.port()));
    wait_until([this] { return arrived() > kBreak / 2; }, kPatience, "the first half");
    relay_->kill();
    network.stall_after(std::nullopt);
    return process.wait();
  }

  // Until it has looked at its snapshot, it has none to give.
  void restart() {
    relay_->start();
    wait_until(
        [this] {
          const auto answer = boost::json::parse(relay_->get("/v1/snapshots").body);
          return !answer.at("whole").is_null();
        },
        kPatience, "the snapshot");
  }

  void expect_masters_data() {
    RedisServer restored("restored");
    restored.shut_down(false);
    std::filesystem::copy_file(file(), restored.directory() / "dump.rdb");
    restored.start();
    EXPECT_EQ(restored.digest(), master_.digest());
  }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(dir_.path()), {}));
  }

  TempDir dir_;
  ReservedPort port_;
  RedisServer master_;
  std::optional<RelayProcess> relay_;
};

TEST_F(CtlRdb, IsTheMastersDataset) {
  const CtlOutcome outcome = ctl(*relay_, {"rdb", file(), "--json"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  const auto told = boost::json::parse(outcome.out).as_object();
  EXPECT_EQ(static_cast<std::uint64_t>(told.at("bytes").as_int64()),
            std::filesystem::file_size(file()));
  EXPECT_EQ(told.at("replid").as_string(), master_.info_field("master_replid"));
  EXPECT_TRUE(told.at("checksum_verified").as_bool());
  EXPECT_EQ(files(), 2U) << "the token and the backup";
  expect_masters_data();
}

TEST_F(CtlRdb, GoesOnWhereTheRelaysDeathBrokeItOff) {
  const CtlOutcome broken = broken_download();
  EXPECT_EQ(broken.status, kNo);
  EXPECT_SAYS(broken.err, "--resume goes on");
  EXPECT_FALSE(std::filesystem::exists(file()));
  const std::uint64_t before = arrived();
  EXPECT_SAYS(broken.err, "; " + std::to_string(before) + " of ");

  restart();
  TapProxy network(port_.number());
  const CtlOutcome rest = CtlProcess(download(network.port(), {"--resume", "--human"})).wait();
  EXPECT_EQ(rest.status, kDone) << rest.err;
  EXPECT_SAYS(rest.out, "its checksum is right");
  EXPECT_SAYS(network.recordings().at(0).up, "Range: bytes=" + std::to_string(before) + "-");
  const std::uint64_t whole = std::filesystem::file_size(file());
  EXPECT_LT(network.down_bytes(), whole - before + 4096) << "the head of the answer besides";
  EXPECT_EQ(files(), 2U);
  expect_masters_data();
}

TEST_F(CtlRdb, BeginsAnewWhereTheSnapshotIsAnotherByNow) {
  EXPECT_EQ(broken_download().status, kNo);
  restart();
  relay_->wait_until_streaming();
  master_.populate("more", 10, 1000);
  wait_until([this] { return relay_->offset() == master_.offset(); }, kPatience, "the writes");
  const CtlOutcome fresh = ctl(*relay_, {"snapshot", "--wait"});
  EXPECT_EQ(fresh.status, kDone) << fresh.err;
  const CtlOutcome rest = CtlProcess(download(port_.number(), {"--resume"})).wait();
  EXPECT_EQ(rest.status, kDone) << rest.err;
  EXPECT_SAYS(rest.err, "another snapshot by now");
  expect_masters_data();
}

TEST_F(CtlRdb, WithNothingToGoOnWithItBeginsAtTheBeginning) {
  EXPECT_EQ(CtlProcess(download(port_.number(), {"--resume"})).wait().status, kDone);
  // What stands there unnamed is nothing to go on with.
  write_text(partial(), "of who knows what");
  EXPECT_EQ(CtlProcess(download(port_.number(), {"--resume"})).wait().status, kDone);
  expect_masters_data();
}

TEST_F(CtlRdb, DamageIsFoundAndNothingIsLeftOfIt) {
  EXPECT_EQ(broken_download().status, kNo);
  std::string bytes = read_text(partial());
  bytes[bytes.size() / 2] ^= 1;
  write_text(partial(), bytes);
  restart();
  const CtlOutcome rest = CtlProcess(download(port_.number(), {"--resume"})).wait();
  EXPECT_EQ(rest.status, kNo);
  EXPECT_SAYS(rest.err, "no good snapshot");
  EXPECT_EQ(files(), 1U) << "the token";
}

TEST_F(CtlRdb, ARefusalLeavesNoFile) {
  write_text(dir_ / "token", "wrong\n");
  EXPECT_EQ(CtlProcess(download(port_.number())).wait().status, kNo);
  EXPECT_EQ(files(), 1U);
}

TEST_F(CtlRdb, ShowsItsProgressOnATerminal) {
  TapProxy network(port_.number());
  network.record(false);
  network.stall_after(kBreak);
  PseudoTerminal terminal(download(network.port()), 24, 100);
  terminal.wait_for("%  ");
  terminal.wait_for("B of 3");  // how much there is at the first drawing is the machine's pace
  EXPECT_NE(terminal.screen().find('['), std::string::npos) << terminal.screen();
  network.stall_after(std::nullopt);
  EXPECT_EQ(terminal.wait(), kDone) << terminal.screen();
  EXPECT_TRUE(terminal.screen().starts_with(file() + ": ")) << terminal.screen();
  EXPECT_EQ(terminal.screen().find('%'), std::string::npos) << "the bar is gone";
}

}  // namespace
}  // namespace relay::test
