#include "proxy/ctl/detail_text.h"

#include "proxy/ctl/conditions.h"
#include "proxy/ctl/content_range.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/replica_choice.h"
#include "proxy/ctl/snapshot_arrival.h"
#include "tests/unit/ctl/api_samples.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

using boost::json::parse;
using Outcome = SnapshotArrival::Outcome;

const Style kPlainStyle;

#define EXPECT_SAYS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)

TEST(LogText, ListsHistoriesAndFiles) {
  auto log = samples::status().at("log");
  log.as_object()["histories"] =
      parse(R"([{"replid": "aa", "until_offset": null}, {"replid": "bb", "until_offset": 1200}])");
  log.as_object()["files"] =
      parse(R"([{"name": "1000.seg", "start_offset": 1000, "end_offset": 5000, "bytes": 4096}])");
  const std::string text = log_text(JsonNode(log), kPlainStyle);
  EXPECT_SAYS(text, "holds            1000 to 5000\n");
  EXPECT_SAYS(text, "on disk to       4800 (written to 4900)\n");
  EXPECT_SAYS(text, "HISTORY  UP TO\naa         now\nbb        1200\n");
  EXPECT_SAYS(text, "FILE      FROM    TO     SIZE\n1000.seg  1000  5000  4.0 KiB\n");
}

TEST(SnapshotsText, SaysWhatIsHeldAndWhatArrives) {
  boost::json::object snapshots = {{"whole", samples::status().at("snapshot")},
                                   {"arriving", nullptr},
                                   {"refreshes", 2},
                                   {"failures", {{"lost", 1}, {"checksum", 0}}}};
  const boost::json::value value(snapshots);
  const std::string text = snapshots_text(JsonNode(value), kPlainStyle);
  EXPECT_SAYS(text, "held       50.0 MiB at offset 3000\n");
  EXPECT_SAYS(text, "arriving   none\n");
  EXPECT_SAYS(text, "refreshed  2 times; failed: 1 lost\n");
}

TEST(ConfigText, SaysWhereAValueComesFrom) {
  const auto config = parse(R"({"keys": [
    {"key": "log.fsync", "value": "interval", "default": "interval", "source": "default",
     "reloadable": true},
    {"key": "threads", "value": "4", "default": "auto", "source": "relay.yaml:2",
     "reloadable": false},
    {"key": "upstream.username", "value": "", "default": "", "source": "default",
     "reloadable": false}]})");
  EXPECT_EQ(config_text(JsonNode(config), kPlainStyle),
            "KEY                VALUE     FROM          NEEDS\n"
            "log.fsync          interval  default\n"
            "threads            4         relay.yaml:2  restart\n"
            "upstream.username  \"\"        default       restart\n");
}

TEST(VersionText, IsALine) {
  const auto version = parse(
      R"({"version": "0.1.0", "revision": "abc", "compiler": "g++ 12", "features": ["a", "b"]})");
  EXPECT_EQ(version_text_of(JsonNode(version)), "psync-relay 0.1.0 (abc), g++ 12, a b\n");
}

TEST(ReloadText, SaysWhatChangedAndWhatWaits) {
  const auto result = parse(R"({"valid": true, "applied": ["log.max-size"],
    "restart_required": ["threads"], "errors": [], "warnings": ["careful"]})");
  EXPECT_EQ(reload_text(JsonNode(result), false, kPlainStyle),
            "warning: careful\nchanged: log.max-size\nwaits for a restart: threads\nreloaded\n");
  EXPECT_EQ(reload_text(JsonNode(result), true, kPlainStyle),
            "warning: careful\nwould change: log.max-size\nwould wait for a restart: threads\n"
            "the configuration is good\n");
  const auto same = parse(R"({"valid": true, "applied": [], "restart_required": []})");
  EXPECT_EQ(reload_text(JsonNode(same), false, kPlainStyle), "reloaded; nothing is different\n");
  const auto wrong = parse(R"({"valid": false, "errors": ["relay.yaml:1:1: no", "two"]})");
  EXPECT_EQ(reload_text(JsonNode(wrong), true, kPlainStyle),
            "error: relay.yaml:1:1: no\nerror: two\nthe configuration is wrong\n");
}

TEST(Conditions, WhatHoldsIsNotMissing) {
  const auto status = samples::status();
  EXPECT_TRUE(missing({true, 1, 5000}, JsonNode(status)).empty());
  EXPECT_TRUE(missing({false, 0, 0}, JsonNode(status)).empty());
}

TEST(Conditions, EachThatDoesNotHoldIsAPhrase) {
  auto status = samples::status();
  status.at("ready") = false;
  status.at("checks").as_array() = {
      {{"name", "history"}, {"ok", false}, {"required", true}, {"text", "none yet"}},
      {{"name", "storage"}, {"ok", false}, {"required", false}, {"text", "full"}}};
  const std::vector<std::string> expected = {"it is not ready (history: none yet)",
                                             "1 of 3 replicas is online",
                                             "its log is at 5000 of 5001"};
  EXPECT_EQ(missing({true, 3, 5001}, JsonNode(status)), expected);
}

boost::json::value snapshots_at(std::uint64_t offset, std::uint64_t refreshes, bool arriving,
                                std::uint64_t failures) {
  boost::json::object answer = {{"whole", {{"offset", offset}, {"taken", "t"}}},
                                {"arriving", nullptr},
                                {"refreshes", refreshes},
                                {"failures", {{"lost", failures}}}};
  if (offset == 0) answer["whole"] = nullptr;
  if (arriving) answer["arriving"] = {{"received_bytes", 1}};
  return answer;
}

Outcome outcome(const boost::json::value& before, const boost::json::value& now) {
  return arrival_between(JsonNode(before), JsonNode(now)).outcome;
}

TEST(SnapshotArrival, IsWholeWhenAnotherOneIsHeld) {
  const auto before = snapshots_at(100, 1, false, 0);
  EXPECT_EQ(outcome(before, before), Outcome::kUnderWay);
  EXPECT_EQ(outcome(before, snapshots_at(100, 1, true, 0)), Outcome::kUnderWay);
  EXPECT_EQ(outcome(before, snapshots_at(200, 1, false, 0)), Outcome::kWhole);
  EXPECT_EQ(outcome(before, snapshots_at(100, 2, false, 0)), Outcome::kWhole);
  EXPECT_EQ(outcome(snapshots_at(0, 0, true, 0), snapshots_at(100, 0, false, 0)), Outcome::kWhole);
}

TEST(SnapshotArrival, AFailureHasTheRelaysReason) {
  const auto before = snapshots_at(100, 1, false, 3);
  const auto after = snapshots_at(100, 1, false, 4);
  const SnapshotArrival arrival = arrival_between(JsonNode(before), JsonNode(after));
  EXPECT_EQ(arrival.outcome, Outcome::kFailed);
  EXPECT_EQ(arrival.reason, "lost");
  // It tries again by itself.
  EXPECT_EQ(outcome(before, snapshots_at(100, 1, true, 4)), Outcome::kUnderWay);
}

TEST(ReplicaChoice, ANameIsLookedUpAndMustBeOnes) {
  const auto page = parse(R"({"items": [{"id": "r1", "name": "a:1"}, {"id": "r2", "name": "b:1"},
    {"id": "r3", "name": "b:1"}, {"id": "../x", "name": "c:1"}]})");
  const auto chosen = [&](const std::string& name) -> std::string {
    try {
      return replica_id_in(JsonNode(page), name);
    } catch (const CtlFault& fault) {
      return fault.what();
    }
  };
  EXPECT_EQ(chosen("a:1"), "r1");
  EXPECT_SAYS(chosen("b:1"), "r2, r3");
  EXPECT_SAYS(chosen("d:1"), "no replica is called \"d:1\"");
  EXPECT_SAYS(chosen("c:1"), "not understood");
}

TEST(ContentRange, IsAPartOfAWhole) {
  EXPECT_EQ(parse_content_range("bytes 100-199/1000"), (ContentRange{100, 1000}));
  EXPECT_EQ(parse_content_range("bytes 0-0/*"), (ContentRange{0, std::nullopt}));
  EXPECT_EQ(parse_content_range("bytes */1000"), (ContentRange{std::nullopt, 1000}));
  for (const char* text : {"", "bytes", "bytes 5/10", "bytes 9-5/10", "bytes 0-10/10",
                           "items 0-1/2", "bytes 0-1", "bytes -1-1/2"}) {
    EXPECT_EQ(parse_content_range(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace relay
