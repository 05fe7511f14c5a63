// Every kind of master, every kind of replica, and the tools that act as one.

#include "tests/support/raw_replica.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <ostream>
#include <tuple>

namespace relay::test {
namespace {

enum class Login { kNone, kPassword, kAclUser };

std::ostream& operator<<(std::ostream& out, Login login) {
  constexpr const char* kNames[] = {"no login", "a password", "an ACL user"};
  return out << kNames[static_cast<int>(login)];
}

class EveryMaster : public ::testing::TestWithParam<std::tuple<bool, Login>> {};

std::string name_of_case(const ::testing::TestParamInfo<EveryMaster::ParamType>& info) {
  const auto [diskless, login] = info.param;
  const char* logins[] = {"WithoutAuth", "WithAPassword", "WithAnAclUser"};
  return std::string(diskless ? "Diskless" : "DiskBased") + logins[static_cast<int>(login)];
}

TEST_P(EveryMaster, ServesReplicasOfEveryCapabilityThroughTheRelay) {
  const auto [diskless, login] = GetParam();
  RedisOptions master_options{
      .config = {std::string("repl-diskless-sync ") + (diskless ? "yes" : "no")}};
  TempDir secrets;
  write_text(secrets / "password", "sesame\n");
  std::vector<std::string> settings;
  if (login != Login::kNone) {
    settings.emplace_back("upstream.password-file=" + (secrets / "password").string());
  }
  if (login == Login::kPassword) master_options.password = "sesame";
  if (login == Login::kAclUser) {
    settings.emplace_back("upstream.username=relay");
    master_options.config.emplace_back("user relay on >sesame +psync +replconf +ping");
  }
  RedisServer master("master", master_options);
  master.populate("key", 1000, 1000);
  RelayProcess relay({.upstream_port = master.port(), .settings = settings});
  RedisServer real("replica");
  real.follow(relay.port());
  RawReplica able({.port = relay.port()});
  RawReplica plain({.port = relay.port(), .capas = {}});
  RawReplica only_eof({.port = relay.port(), .capas = {"eof"}});
  RawReplica eager({.port = relay.port(),
                    .capas = {"eof", "psync2", "dual-channel", "rdb-channel-repl", "unheard-of"}});
  for (auto* replica : {&able, &plain, &only_eof, &eager}) replica->wait_for_snapshot();
  EXPECT_FALSE(plain.progress().has_mark);
  master.command({"SET", "a", "b"});
  wait_until_in_sync(master, {&real}, &relay);
  for (auto* replica : {&able, &plain, &only_eof, &eager}) {
    replica->wait_for_offset(relay.offset());
    EXPECT_EQ(replica->progress().snapshot_hash, able.progress().snapshot_hash);
  }
  EXPECT_EQ(master.full_syncs_given(), 1U);
}

INSTANTIATE_TEST_SUITE_P(All, EveryMaster,
                         ::testing::Combine(::testing::Bool(),
                                            ::testing::Values(Login::kNone, Login::kPassword,
                                                              Login::kAclUser)),
                         name_of_case);

// Has its data before any relay comes, so that all of it is in the snapshot.
struct MasterWithData : RedisServer {
  MasterWithData() : RedisServer("master") { populate("key", 1000, 1000); }
};

class Tools : public ::testing::Test {
 protected:
  Tools() : relay_({.upstream_port = master_.port()}) {
    relay_.wait_until_streaming();
    wait_until_caught_up(master_, {}, &relay_);
    forks_ = master_.forks();
  }

  Program redis_cli(std::vector<std::string> words) {
    Program program;
    program.argv = {"redis-cli", "-p", std::to_string(relay_.port())};
    program.argv.insert(program.argv.end(), words.begin(), words.end());
    program.output = output();
    return program;
  }
  std::filesystem::path output() const { return dir_ / "output"; }

  TempDir dir_;
  MasterWithData master_;
  RelayProcess relay_;
  std::uint64_t forks_ = 0;
};

TEST_F(Tools, RedisCliRdbWritesALoadableFileWithoutAFork) {
  const auto file = dir_ / "backup.rdb";
  EXPECT_EQ(run(redis_cli({"--rdb", file.string()})).code, 0) << read_text(output());
  RedisServer loader("loader", {.config = {"dbfilename dump.rdb"}});
  loader.shut_down(false);
  std::filesystem::copy_file(file, loader.directory() / "dump.rdb",
                             std::filesystem::copy_options::overwrite_existing);
  loader.start();
  // The populated keys came before the relay's snapshot; what came after is not in it, so the
  // counts are compared.
  EXPECT_EQ(loader.command({"DBSIZE"}).integer, 1000);
  EXPECT_EQ(loader.digest(), master_.digest());
  EXPECT_EQ(master_.forks(), forks_);
}

TEST_F(Tools, RedisCliReplicaStreamsWithoutAFork) {
  ChildProcess tool(redis_cli({"--replica"}));
  wait_until([&] { return relay_.info_number("connected_slaves") == 1; }, kPatience, "the tool");
  wait_until(
      [&] {
        master_.command({"SET", "seen", "by the tool"});
        return read_text(output()).find("by the tool") != std::string::npos;
      },
      kPatience, "the write in the tool's output");
  EXPECT_EQ(master_.forks(), forks_);
}

TEST_F(Tools, InlineCommandsAndPipelinesAreAnsweredInOrder) {
  RedisClient client(relay_.port());
  client.send("PING\r\nECHO \"two words\"\r\n" + to_request({"PING"}) + to_request({"ECHO", "x"}));
  EXPECT_EQ(client.receive().text, "PONG");
  EXPECT_EQ(client.receive().text, "two words");
  EXPECT_EQ(client.receive().text, "PONG");
  EXPECT_EQ(client.receive().text, "x");
}

TEST_F(Tools, TheRelayLooksLikeAChainedReplica) {
  const auto role = relay_.command({"ROLE"});
  ASSERT_EQ(role.elements.size(), 5U);
  EXPECT_EQ(role.elements[0].text, "slave");
  EXPECT_EQ(role.elements[2].integer, master_.port());
  EXPECT_EQ(role.elements[3].text, "connected");
  EXPECT_EQ(relay_.info_field("role"), "slave");
  EXPECT_EQ(relay_.info_field("slave_priority"), "0");
  EXPECT_EQ(relay_.info_field("master_port"), std::to_string(master_.port()));
  RedisServer replica("replica");
  replica.follow(relay_.port());
  wait_until_in_sync(master_, {&replica}, &relay_);
  std::string described;
  wait_until(
      [&] {
        described = relay_.info_field("slave0");
        return described.find("state=online") != std::string::npos;
      },
      kPatience, [&] { return "state=online in " + described; });
  EXPECT_NE(described.find("port=" + std::to_string(replica.port())), std::string::npos)
      << described;
}

TEST_F(Tools, AMasterThatDoesNotKnowPsyncIsFollowedWithSync) {
  RedisServer old("old master", {.config = {"rename-command PSYNC \"\""}});
  old.populate("key", 100, 1000);
  RelayProcess relay({.upstream_port = old.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until([&] { return replica.is_linked() && replica.digest() == old.digest(); }, kPatience,
             "the dataset");
  old.command({"SET", "streamed", "under an id of our own"});
  wait_until([&] { return replica.digest() == old.digest(); }, kPatience, "the stream");
}

TEST_F(Tools, APasswordIsAskedForAndGiven) {
  TempDir secrets;
  write_text(secrets / "password", "sesame\n");
  RelayProcess guarded({.upstream_port = master_.port(),
                        .settings = {"listen.password-file=" + (secrets / "password").string()},
                        .password = "sesame"});
  RedisClient stranger(guarded.port());
  EXPECT_TRUE(stranger.command({"PING"}).text.starts_with("NOAUTH"));
  EXPECT_TRUE(stranger.command({"PSYNC", "?", "-1"}).text.starts_with("NOAUTH"));
  EXPECT_TRUE(stranger.command({"AUTH", "wrong"}).text.starts_with("WRONGPASS"));
  EXPECT_EQ(stranger.command({"AUTH", "default", "sesame"}).text, "OK");
  EXPECT_EQ(stranger.command({"PING"}).text, "PONG");
  RedisServer replica("replica", {.config = {"masterauth sesame"}});
  replica.follow(guarded.port());
  wait_until_in_sync(master_, {&replica}, &guarded);
}

}  // namespace
}  // namespace relay::test
