// The control API on a running relay with real servers around it: what each change does to them.
//
// Long because: each change is a story of its own.
#include "tests/support/http_request.h"
#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/text_file.h"
#include "tests/support/topology.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <set>
#include <sys/stat.h>

namespace relay::test {
namespace {

namespace json = boost::json;

std::filesystem::path admin_socket(const RelayProcess& relay) {
  return relay.data_dir() / "admin.sock";
}

std::string header_of(const HttpAnswer& answer, const std::string& name) {
  const auto at = answer.head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return answer.head.substr(begin, answer.head.find("\r\n", begin) - begin);
}

json::object object_of(const HttpAnswer& answer) { return json::parse(answer.body).as_object(); }

json::object status_of(const RelayProcess& relay) { return object_of(relay.get("/v1/status")); }

TEST(ControlApi, TheStatusSaysWhatTheServersSay) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  MixedLoad load({.port = master.port()});
  load.wait_for_commands(1000);
  load.stop();
  wait_until_in_sync(master, {&replica}, &relay);
  json::object status;
  wait_until(
      [&] {
        status = status_of(relay);
        const json::array& replicas = status.at("replicas").at("items").as_array();
        return replicas.size() == 1 &&
               replicas.at(0).at("ack_offset").as_int64() ==
                   static_cast<std::int64_t>(master.offset()) &&
               replicas.at(0).at("lag_bytes").as_int64() == 0;
      },
      kPatience, "the replica's last ack");
  EXPECT_TRUE(status.at("ready").as_bool());
  const json::object& upstream = status.at("upstream").as_object();
  EXPECT_EQ(upstream.at("state").as_string(), "streaming");
  EXPECT_EQ(upstream.at("replid").as_string(), master.info_field("master_replid"));
  EXPECT_EQ(upstream.at("syncs").at("full").as_int64(), 1);
  const json::object& one = status.at("replicas").at("items").at(0).as_object();
  EXPECT_EQ(one.at("name").as_string(), "127.0.0.1:" + std::to_string(replica.port()));
  EXPECT_EQ(one.at("state").as_string(), "online");
  EXPECT_EQ(one.at("lag_bytes").as_int64(), 0);
  EXPECT_EQ(one.at("lag_seconds").to_number<double>(), 0);
  const json::object log = object_of(relay.get("/v1/log"));
  EXPECT_EQ(log.at("histories").at(0).at("replid").as_string(), master.info_field("master_replid"));
  EXPECT_EQ(log.at("files").as_array().back().at("end_offset").as_int64(),
            log.at("written_offset").as_int64());
  EXPECT_EQ(relay.get("/v1/replicas/" + std::string(one.at("id").as_string())).status, 200);
}

TEST(ControlApi, TheSocketIsItsOwnersAloneAndTheOtherListenerChangesNothing) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  struct stat found {};
  ASSERT_EQ(::stat(admin_socket(relay).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777U, 0600U);
  const HttpAnswer refused = http_call(
      relay.http_port(),
      {.method = "POST", .path = "/v1/shutdown", .headers = "Content-Type: application/json\r\n"});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(http_call(admin_socket(relay), {.path = "/v1/status"}).status, 200);
  EXPECT_EQ(post(admin_socket(relay), "/v1/shutdown").status, 202);
  EXPECT_EQ(relay.process().wait(), (ExitStatus{0, 0}));
  EXPECT_TRUE(relay.is_in_log("event=admin.request action=shutdown"));
  EXPECT_FALSE(std::filesystem::exists(admin_socket(relay)));
}

TEST(ControlApi, OverTcpATokenIsNeededAndItIsNeverLogged) {
  RedisServer master("master");
  const ReservedPort port;
  TempDir secrets;
  const std::string token = "a-token-that-nobody-knows";
  std::ofstream(secrets / "token") << token << "\n";
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"admin.socket=none", "admin.address=127.0.0.1",
                                   "admin.port=" + std::to_string(port.number()),
                                   "admin.token-file=" + (secrets / "token").string()}});
  const std::string kind = "Content-Type: application/json\r\n";
  const auto reconnect = [&](const std::string& headers) {
    return http_call(
               port.number(),
               {.method = "POST", .path = "/v1/upstream/reconnect", .headers = kind + headers})
        .status;
  };
  EXPECT_EQ(reconnect(""), 401);
  EXPECT_EQ(reconnect("Authorization: Bearer " + token + "x\r\n"), 401);
  const std::string right = "Authorization: Bearer " + token + "\r\n";
  EXPECT_EQ(reconnect(right), 200);
  EXPECT_EQ(reconnect(right + "Origin: http://evil.example\r\n"), 403);
  EXPECT_EQ(reconnect(right + "Host: evil.example\r\n"), 403);
  EXPECT_EQ(http_call(port.number(), {.path = "/v1/rdb"}).status, 401);
  EXPECT_EQ(http_call(port.number(), {.path = "/v1/status"}).status, 200);
  const std::string shown = http_call(port.number(), {.path = "/v1/config"}).body;
  EXPECT_NE(shown.find("admin.token"), std::string::npos);
  EXPECT_EQ(shown.find(token), std::string::npos);
  EXPECT_FALSE(relay.is_in_log(token));
  EXPECT_TRUE(relay.is_in_log("event=admin.refused action=reconnect"));
  EXPECT_FALSE(std::filesystem::exists(admin_socket(relay)));
}

TEST(ControlApi, AnotherMasterOfTheSameHistoryIsFollowedWithoutAFullSync) {
  RedisServer master("master");
  RedisServer second("second");
  second.follow(master.port());
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica, &second}, &relay);
  second.follow_nobody();
  const std::string there = R"({"host":"127.0.0.1","port":)" + std::to_string(second.port()) + "}";
  EXPECT_EQ(post(admin_socket(relay), "/v1/upstream", there).status, 200);
  wait_until(
      [&] {
        const json::object status = status_of(relay);
        return status.at("upstream").at("address").as_string() ==
                   "127.0.0.1:" + std::to_string(second.port()) &&
               status.at("upstream").at("state").as_string() == "streaming";
      },
      kPatience, "the new master");
  second.populate("key", 10, 100);
  wait_until_in_sync(second, {&replica}, &relay);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_TRUE(status_of(relay).at("upstream").at("by_command").as_bool());
}

TEST(ControlApi, AReconnectCostsNoFullSyncAndAResyncOne) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);
  EXPECT_EQ(post(admin_socket(relay), "/v1/upstream/reconnect").status, 200);
  wait_until([&] { return master.info_number("sync_partial_ok") == 1; }, kPatience,
             "the partial sync");
  relay.wait_until_streaming();
  EXPECT_EQ(master.full_syncs_given(), 1U);

  EXPECT_EQ(post(admin_socket(relay), "/v1/upstream/resync", "{}").status, 400);
  EXPECT_EQ(
      post(admin_socket(relay), "/v1/upstream/resync", R"({"kind":"full","confirm":true})").status,
      200);
  wait_until([&] { return master.full_syncs_given() == 2; }, kPatience, "the full sync");
  master.populate("key", 10, 100);
  wait_until_in_sync(master, {&replica}, &relay);
}

TEST(ControlApi, AFreshSnapshotIsFetchedAndDownloadedAsTheMastersOwn) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  relay.wait_until_streaming();
  master.populate("key", 1000, 1000);
  wait_until([&] { return relay.offset() == master.offset(); }, kPatience, "the writes");
  const auto snapshot_offset = [&] {
    return object_of(relay.get("/v1/snapshots")).at("whole").at("offset").as_int64();
  };
  const auto before = snapshot_offset();
  EXPECT_EQ(post(admin_socket(relay), "/v1/snapshot").status, 202);
  wait_until([&] { return snapshot_offset() > before; }, kPatience, "a newer snapshot");

  const HttpAnswer whole = http_call(admin_socket(relay), {.path = "/v1/rdb"});
  ASSERT_EQ(whole.status, 200);
  const HttpAnswer part =
      http_call(admin_socket(relay), {.path = "/v1/rdb", .headers = "Range: bytes=1000-\r\n"});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(whole.body.substr(1000), part.body);
  EXPECT_EQ(master.forks(), 2U) << "the first sync and the refresh, and none for a download";

  // A server that starts from it has the master's data.
  RedisServer restored("restored");
  restored.shut_down(false);
  std::ofstream(restored.directory() / "dump.rdb", std::ios::binary) << whole.body;
  restored.start();
  EXPECT_EQ(restored.digest(), master.digest());
}

TEST(ControlApi, ADownloadDoesNotGoOnInAnotherSnapshotOfAMasterThatStandsStill) {
  RedisServer master("master");
  master.populate("key", 10, 1000);
  RelayProcess relay({.upstream_port = master.port()});
  relay.wait_until_streaming();
  const auto download = [&](const std::string& headers = "") {
    return http_call(admin_socket(relay), {.path = "/v1/rdb", .headers = headers});
  };
  std::set<std::string> tags;
  std::string first;
  for (int refreshes = 0; refreshes < 3; ++refreshes) {
    wait_until(
        [&] {
          const json::object now = object_of(relay.get("/v1/snapshots"));
          return now.at("refreshes").as_int64() == refreshes && now.at("arriving").is_null();
        },
        kPatience, "the snapshot");
    const std::string tag = header_of(download(), "ETag");
    tags.insert(tag);
    if (refreshes == 0) first = tag;
    const std::string range = "Range: bytes=5-\r\nIf-Range: ";
    EXPECT_EQ(download(range + tag + "\r\n").status, 206);
    EXPECT_EQ(download(range + first + "\r\n").status, refreshes == 0 ? 206 : 200);
    // Within a second the next one may be the same to the byte; an RDB says when it was taken.
    const std::time_t now = std::time(nullptr);
    wait_until([&] { return std::time(nullptr) > now; }, kPatience, "another second");
    wait_until([&] { return post(admin_socket(relay), "/v1/snapshot").status == 202; }, kPatience,
               "the next refresh");
  }
  EXPECT_EQ(tags.size(), 3U);
}

TEST(ControlApi, ADisconnectedReplicaComesBackAndContinues) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);
  const auto id_of_the_replica = [&] {
    const json::object page = object_of(relay.get("/v1/replicas?state=online"));
    const json::array& items = page.at("items").as_array();
    return items.empty() ? std::string() : std::string(items.at(0).at("id").as_string());
  };
  wait_until([&] { return !id_of_the_replica().empty(); }, kPatience, "the replica online");
  const std::string id = id_of_the_replica();
  EXPECT_EQ(post(admin_socket(relay), "/v1/replicas/" + id + "/disconnect").status, 200);
  wait_until(
      [&] {
        const std::string now = id_of_the_replica();
        return !now.empty() && now != id;
      },
      kPatience, "the replica again, on another connection");
  EXPECT_EQ(post(admin_socket(relay), "/v1/replicas/" + id + "/disconnect").status, 404);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_EQ(relay.metric("psync_relay_replica_disconnects_total", {{"reason", "admin"}}), 1);
}

TEST(ControlApi, ADrainedRelaySendsReplicasAwayUntilItIsUndrained) {
  RedisServer master("master");
  RelayProcess relay({.upstream_port = master.port()});
  RedisServer replica("replica");
  replica.follow(relay.port());
  wait_until_in_sync(master, {&replica}, &relay);
  MixedLoad load({.port = master.port()});
  EXPECT_EQ(post(admin_socket(relay), "/v1/drain").status, 202);
  EXPECT_EQ(relay.get("/readyz").status, 503);
  EXPECT_TRUE(status_of(relay).at("draining").as_bool());
  wait_until([&] { return status_of(relay).at("replicas").at("total").as_int64() == 0; }, kPatience,
             "nobody");
  wait_until([&] { return relay.is_in_log("decision=refused"); }, kPatience,
             "the replica that comes back and is refused");
  const double came = relay.metric("psync_relay_client_connects_total");
  wait_until([&] { return relay.metric("psync_relay_client_connects_total") >= came + 2; },
             kPatience, "it coming again and again");
  EXPECT_EQ(relay.count_in_log("decision=refused"), 1U) << "which is no news";
  // The link to the master stays, and goes on.
  const auto offset = relay.offset();
  wait_until([&] { return relay.offset() > offset; }, kPatience, "more of the stream");

  EXPECT_EQ(post(admin_socket(relay), "/v1/undrain").status, 200);
  EXPECT_EQ(post(admin_socket(relay), "/v1/undrain").status, 409);
  EXPECT_EQ(relay.get("/readyz").status, 200);
  load.stop();
  wait_until_in_sync(master, {&replica}, &relay);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
}

TEST(ControlApi, WhoIsBeingSentASnapshotHasItBeforeADrainEndsIt) {
  RedisServer master("master");
  master.populate("key", 300, 100000);
  RelayProcess relay({.upstream_port = master.port()});
  relay.wait_until_streaming();
  RawReplica slow({.port = relay.port(), .starts_stalled = true});
  wait_until(
      [&] {
        return relay.metric("psync_relay_replicas", {{"state", "sending_rdb"}}) == 1;
      },
      kPatience, "the transfer");
  EXPECT_EQ(post(admin_socket(relay), "/v1/drain", R"({"timeout":"1h"})").status, 202);
  EXPECT_EQ(status_of(relay).at("replicas").at("syncing").as_int64(), 1);
  slow.resume();
  slow.wait_for_snapshot();
  slow.wait_until_closed();
  EXPECT_TRUE(relay.is_in_log("the relay is drained"));
}

TEST(ControlApi, AReloadOverTheApiTakesAllOrNothingAndSaysWhich) {
  RedisServer master("master");
  TempDir dir;
  const auto config = dir / "relay.yaml";
  std::ofstream(config) << "limits:\n  replicas: 10\n";
  RelayProcess relay({.upstream_port = master.port(),
                      .settings = {"reload.watch=no"},
                      .arguments = {"--config", config.string()}});
  std::ofstream(config) << "limits:\n  replicas: 20\nlog:\n  segment-size: 32mb\n";
  const HttpAnswer taken = post(admin_socket(relay), "/v1/reload");
  EXPECT_EQ(taken.status, 200) << taken.body;
  const json::object result = object_of(taken);
  EXPECT_EQ(result.at("applied"), json::parse(R"(["limits.replicas"])"));
  EXPECT_EQ(result.at("restart_required"), json::parse(R"(["log.segment-size"])"));
  EXPECT_EQ(status_of(relay).at("config").at("restart_required"),
            json::parse(R"(["log.segment-size"])"));

  std::ofstream(config) << "limits:\n  replicsa: 30\n";
  const HttpAnswer refused = post(admin_socket(relay), "/v1/reload");
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find("replicsa"), std::string::npos) << refused.body;
  EXPECT_FALSE(status_of(relay).at("config").at("last_reload_successful").as_bool());
  const std::string shown = relay.get("/v1/config").body;
  EXPECT_NE(shown.find(R"("key":"limits.replicas","value":"20")"), std::string::npos) << shown;

  const HttpAnswer checked =
      post(admin_socket(relay), "/v1/config/check", R"({"text":"limits:\n  replicas: 40\n"})");
  EXPECT_EQ(object_of(checked).at("applied"), json::parse(R"(["limits.replicas"])"));
  EXPECT_EQ(relay.get("/v1/config").body, shown) << "a check changes nothing";
}

}  // namespace
}  // namespace relay::test
