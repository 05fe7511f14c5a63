#include "proxy/control/status_json.h"

#include "proxy/control/recent_series.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace relay {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

const WallTime kNow = WallTime(1'800'000'000s + 250ms);

json::object parsed(const Status& status, std::size_t most = 100) {
  return json::parse(status_json(status, ProcessStatus{}, most)).as_object();
}

ReplicaStatus replica(std::uint64_t id, ReplicaState state, std::uint64_t lag = 0) {
  ReplicaStatus one;
  one.id = id;
  one.ip = "10.0.0." + std::to_string(id);
  one.port = 6379;
  one.peer = one.ip + ":40001";
  one.state = state;
  one.since = kNow - 4s;
  if (receives_the_log(one)) {
    one.lag_bytes = lag;
    one.lag_seconds = static_cast<double>(lag) / 100;
    one.acked = Offset::of_bytes(1000 - lag);
    one.sent = Offset::of_bytes(1000);
  }
  return one;
}

TEST(StatusJson, IsWholeBeforeAnythingHasHappened) {
  const json::object status = parsed(Status{});
  EXPECT_FALSE(status.at("ready").as_bool());
  EXPECT_TRUE(status.at("snapshot").is_null());
  EXPECT_TRUE(status.at("upstream").at("replid").is_null());
  EXPECT_TRUE(status.at("upstream").at("full_sync").is_null());
  EXPECT_TRUE(status.at("upstream").at("last_io_age_seconds").is_null());
  EXPECT_TRUE(status.at("log").at("window_seconds").is_null());
  EXPECT_EQ(status.at("replicas").at("items").as_array().size(), 0u);
  EXPECT_EQ(status.at("config").at("generation").as_int64(), 1);
}

TEST(StatusJson, TimesAreUtcAndAgesAreTheirDistance) {
  Status status;
  status.now = kNow;
  status.started = kNow - 90s;
  status.upstream.last_io = kNow - 500ms;
  const json::object shown = parsed(status);
  EXPECT_EQ(shown.at("time").as_string(), "2027-01-15T08:00:00.250Z");
  EXPECT_EQ(shown.at("uptime_seconds").to_number<double>(), 90);
  EXPECT_EQ(shown.at("upstream").at("last_io_age_seconds").to_number<double>(), 0.5);
}

TEST(StatusJson, AClockThatWasSetBackGivesNoNegativeAge) {
  Status status;
  status.now = kNow;
  status.upstream.last_io = kNow + 10s;
  EXPECT_EQ(parsed(status).at("upstream").at("last_io_age_seconds").to_number<double>(), 0);
}

TEST(StatusJson, ReplicasInTroubleComeFirstAndTheRestIsCut) {
  Status status;
  status.now = kNow;
  status.downstream.replicas = {
      replica(1, ReplicaState::kOnline, 5), replica(2, ReplicaState::kOnline, 500),
      replica(3, ReplicaState::kSendingRdb), replica(4, ReplicaState::kCatchingUp, 100)};
  const json::object shown = parsed(status, 3);
  const json::object& replicas = shown.at("replicas").as_object();
  EXPECT_EQ(replicas.at("total").as_int64(), 4);
  EXPECT_EQ(replicas.at("online").as_int64(), 2);
  EXPECT_EQ(replicas.at("syncing").as_int64(), 2);
  std::string order;
  for (const auto& item : replicas.at("items").as_array())
    order += item.at("id").as_string().c_str();
  EXPECT_EQ(order, "r4r3r2");
}

TEST(StatusJson, AFullSyncHasItsRateAndWhatIsLeft) {
  ReplicaStatus one = replica(7, ReplicaState::kSendingRdb);
  one.full = true;
  one.snapshot_sent = 1000;
  one.snapshot_size = 3000;
  one.snapshot_pace.rate = 250;
  const json::value shown = json::parse(replica_json(one));
  EXPECT_EQ(shown.at("sync_kind").as_string(), "full");
  EXPECT_EQ(shown.at("rdb").at("sent_bytes").as_int64(), 1000);
  EXPECT_EQ(shown.at("rdb").at("total_bytes").as_int64(), 3000);
  EXPECT_EQ(shown.at("rdb").at("rate_bytes_per_second").to_number<double>(), 250);
  EXPECT_EQ(shown.at("rdb").at("eta_seconds").to_number<double>(), 8);
  EXPECT_TRUE(shown.at("ack_offset").is_null());
  EXPECT_TRUE(shown.at("lag_bytes").is_null());
}

TEST(StatusJson, AFullSyncThatStandsStillSaysSoAndPromisesNothing) {
  ReplicaStatus one = replica(7, ReplicaState::kSendingRdb);
  one.snapshot_sent = 1000;
  one.snapshot_size = 3000;
  one.snapshot_pace = {0, 31};
  const json::value shown = json::parse(replica_json(one));
  EXPECT_EQ(shown.at("rdb").at("rate_bytes_per_second").to_number<double>(), 0);
  EXPECT_TRUE(shown.at("rdb").at("eta_seconds").is_null());
  EXPECT_EQ(shown.at("rdb").at("stalled_seconds").to_number<double>(), 31);
  one.snapshot_sent = 3000;
  EXPECT_TRUE(json::parse(replica_json(one)).at("rdb").at("stalled_seconds").is_null());
}

TEST(StatusJson, WithoutASizeNobodyKnowsWhatIsLeft) {
  ReplicaStatus one = replica(7, ReplicaState::kSendingRdb);
  one.snapshot_sent = 1000;
  const json::value shown = json::parse(replica_json(one));
  EXPECT_TRUE(shown.at("rdb").at("total_bytes").is_null());
  EXPECT_TRUE(shown.at("rdb").at("eta_seconds").is_null());
}

TEST(StatusJson, OneThatCameBySyncAcknowledgesNothing) {
  ReplicaStatus one = replica(7, ReplicaState::kOnline, 10);
  one.legacy_sync = true;
  const json::value shown = json::parse(replica_json(one));
  EXPECT_TRUE(shown.at("ack_offset").is_null());
  EXPECT_EQ(shown.at("sent_offset").as_int64(), 1000);
  EXPECT_EQ(shown.at("lag_bytes").as_int64(), 10);
}

TEST(StatusJson, WhatAReplicaSaysOfItselfStaysText) {
  ReplicaStatus one = replica(7, ReplicaState::kOnline);
  one.ip = "\"},{\"\xff";
  const json::value shown = json::parse(replica_json(one));
  EXPECT_EQ(shown.at("name").as_string(), "\"},{\"\xef\xbf\xbd:6379");
}

TEST(StatusJson, ASnapshotSaysWhatIsToBeReplayedAfterIt) {
  Status status;
  status.now = kNow;
  status.log.end = Offset::of_bytes(5000);
  status.snapshot.offset = Offset::of_bytes(2000);
  status.snapshot.bytes = 77;
  status.snapshot.taken = kNow - 60s;
  const json::object shown = parsed(status).at("snapshot").as_object();
  EXPECT_EQ(shown.at("replay_bytes").as_int64(), 3000);
  EXPECT_EQ(shown.at("age_seconds").to_number<double>(), 60);
}

TEST(StatusJson, TheLogHasItsFilesAndIds) {
  LogDetail detail;
  detail.files = {{"0000000000000000.segment", Offset(), Offset::of_bytes(64), 4096}};
  const ReplId id = ReplId::random();
  const ReplId former = ReplId::random();
  detail.histories = {{id, std::nullopt}, {former, Offset::of_bytes(40)}};
  const json::value shown = json::parse(log_json(Status{}, detail));
  EXPECT_EQ(
      json::serialize(shown.at("files")),
      R"([{"name":"0000000000000000.segment","start_offset":0,"end_offset":64,"bytes":4096}])");
  EXPECT_TRUE(shown.at("histories").at(0).at("until_offset").is_null());
  EXPECT_EQ(shown.at("histories").at(1).at("replid").as_string(), former.str());
  EXPECT_EQ(shown.at("histories").at(1).at("until_offset").as_int64(), 40);
}

json::object series_of(const RecentSeries& series) {
  return json::parse(series.json()).as_object();
}

TEST(RecentSeries, CountersAreRatesOverTheTimeThatPassed) {
  RecentSeries series;
  Status status;
  ProcessStatus process;
  status.now = kNow;
  status.upstream.received_stream_bytes = 1000;
  process.cpu_seconds = 10;
  series.add(status, process);
  status.now = kNow + 4s;
  status.upstream.received_stream_bytes = 1400;
  status.downstream.sent_rdb_bytes = 800;
  process.cpu_seconds = 12;
  series.add(status, process);
  const json::object points = series_of(series).at("points").as_object();
  EXPECT_EQ(json::serialize(points.at("received_bytes_per_second")), "[null,null,100]");
  EXPECT_EQ(json::serialize(points.at("sent_bytes_per_second")), "[null,null,200]");
  EXPECT_EQ(points.at("cpu_ratio").at(2).to_number<double>(), 0.5);
}

TEST(RecentSeries, WhileWeStoodStillNothingIsKnown) {
  RecentSeries series;
  Status status;
  status.now = kNow;
  series.add(status, {});
  status.now = kNow + 8s;
  status.upstream.received_stream_bytes = 800;
  series.add(status, {});
  const json::object shown = series_of(series);
  EXPECT_EQ(json::serialize(shown.at("points").at("received_bytes_per_second")),
            "[null,null,null,null,100]");
  status.now = kNow + 24h;
  series.add(status, {});
  EXPECT_EQ(series_of(series).at("points").at("log_bytes").as_array().size(),
            RecentSeries::kPoints);
}

TEST(RecentSeries, TheOldestPointMakesRoom) {
  RecentSeries series;
  Status status;
  for (std::size_t i = 0; i < RecentSeries::kPoints + 5; ++i) {
    status.now = kNow + i * RecentSeries::kStep;
    status.log.disk_bytes = i;
    series.add(status, ProcessStatus{});
  }
  const json::object shown = series_of(series);
  const json::array& log = shown.at("points").at("log_bytes").as_array();
  ASSERT_EQ(log.size(), RecentSeries::kPoints);
  EXPECT_EQ(log.front().to_number<int>(), 5);
  EXPECT_EQ(log.back().to_number<int>(), 304);
}

}  // namespace
}  // namespace relay
