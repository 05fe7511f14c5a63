#include "proxy/ctl/status_text.h"

#include "proxy/ctl/replica_text.h"
#include "proxy/ctl/top_screen.h"
#include "tests/unit/ctl/api_samples.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

const Style kPlainStyle;

#define EXPECT_SAYS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)

TEST(StatusText, SaysWhatAnOperatorLooksForFirst) {
  const auto status = samples::status();
  EXPECT_EQ(
      status_text(JsonNode(status), kPlainStyle),
      "psync-relay 0.1.0 on relay-0:6479, up 1d 2h: ready\n"
      "\n"
      "master    db1:6379, streaming for 2m 5s\n"
      "          8f3c0000000000000000000000000000000000aa at 5000, acknowledged 4900, last byte "
      "0.2 s ago\n"
      "          syncs: 1 full, 3 partial; connected 4 times\n"
      "log       3.9 KiB of 1.0 GiB in 1 file, 2.0 KiB in memory, reaches back 2h 0m\n"
      "          from 1000 to 5000, on disk to 4800\n"
      "snapshot  50.0 MiB at 3000, 10m 0s old, 2.0 KiB of log behind it, 1 reader\n"
      "replicas  1 of 3 online, 1 syncing, 1 waiting\n"
      "          syncs: 2 full (2 spared the master), 1 partial\n"
      "disk      512 MiB free of 1.0 GiB at /data\n"
      "process   64.0 MiB resident, 12 s of CPU, 40 of 1024 files\n"
      "config    generation 2, loaded 10 s ago\n"
      "\n"
      "ID  NAME           STATE        SYNC      LAG  BEHIND  ACK AGE     QUEUE  SNAPSHOT\n"
      "r3  10.0.0.7:6379  sending_rdb  full        -       -        -  64.0 KiB  "
      "[========>       ]  50%  25.0 MiB of 50.0 MiB  10.0 MiB/s  2.5 s left\n"
      "r1  10.0.0.5:6379  online       partial  24 B   0.1 s    0.4 s       0 B\n"
      "and 1 more: psync-relay ctl replicas\n");
}

TEST(StatusText, TroubleStandsAtTheTop) {
  auto status = samples::status();
  status.at("ready") = false;
  status.at("checks").as_array()[0] = {
      {"name", "history"}, {"ok", false}, {"required", true}, {"text", "none yet"}};
  status.at("warnings")
      .as_array()
      .push_back({{"code", "disk_degraded"}, {"message", "the disk is full"}});
  status.at("upstream").at("state") = "backoff";
  status.at("upstream").at("last_error") = "cannot connect to db1:6379: Connection refused";
  status.at("storage").at("degraded") = true;
  status.at("storage").at("error") = "No space left on device";
  status.at("config").at("restart_required").as_array().push_back("threads");
  status.at("config").at("last_error") = "relay.yaml:3:1: no";
  const std::string text = status_text(JsonNode(status), kPlainStyle);
  EXPECT_TRUE(
      text.starts_with("psync-relay 0.1.0 on relay-0:6479, up 1d 2h: not ready\n"
                       "history: none yet\n"
                       "warning: the disk is full [disk_degraded]\n"))
      << text;
  EXPECT_SAYS(text, "backoff for");
  EXPECT_SAYS(text, "cannot connect to db1:6379: Connection refused\n");
  EXPECT_SAYS(text, "degraded: No space left on device");
  EXPECT_SAYS(text, "wait for a restart: threads");
  EXPECT_SAYS(text, "last reload refused: relay.yaml:3:1: no");
}

TEST(StatusText, ATransferFromTheMasterHasABar) {
  auto status = samples::status();
  status.at("upstream").at("full_sync") = {
      {"received_bytes", 512}, {"total_bytes", 1024}, {"rate_bytes_per_second", 256},
      {"eta_seconds", 2},      {"since", "x"},        {"beside_stream", false}};
  EXPECT_SAYS(status_text(JsonNode(status), kPlainStyle),
              "receiving [============>           ]  50%  512 B of 1.0 KiB  256 B/s  2.0 s left\n");
}

TEST(StatusText, IsPrintedBeforeAnythingIsKnown) {
  const boost::json::value nothing = boost::json::object();
  EXPECT_SAYS(status_text(JsonNode(nothing), kPlainStyle), "snapshot  none");
}

TEST(StatusText, DrainingIsSaid) {
  auto status = samples::status();
  status.at("draining") = true;
  EXPECT_SAYS(status_text(JsonNode(status), kPlainStyle), ": draining\n");
}

TEST(ReplicaText, SaysAllOfOne) {
  const auto status = samples::status();
  const auto replicas = JsonNode(status)["replicas"]["items"].items();
  const std::string text = replica_text(replicas[1], kPlainStyle);
  EXPECT_SAYS(text, "name           10.0.0.5:6379\n");
  EXPECT_SAYS(text, "acknowledged   4976\n");
  EXPECT_SAYS(text, "lag            24 B, 0.1 s behind\n");
  EXPECT_EQ(text.find("snapshot"), std::string::npos);
  EXPECT_SAYS(replica_text(replicas[0], kPlainStyle), "snapshot       [========>");
}

TEST(ReplicasText, NoneIsASentence) {
  EXPECT_EQ(replicas_text({}, "", kPlainStyle), "no replica is connected\n");
  EXPECT_EQ(replicas_text({}, "queued", kPlainStyle), "no replica is in state queued\n");
}

TEST(Rates, AreOfOneProcess) {
  const auto before = samples::status();
  auto after = samples::status();
  after.at("time") = "2026-11-26T05:00:12.000Z";
  after.at("upstream").at("received_bytes").at("stream") = 5000;
  after.at("replicas").at("sent_bytes").at("stream") = 9000;
  const StreamRates rates = rates_between(JsonNode(before), JsonNode(after));
  EXPECT_EQ(rates.received, 1000.0);
  EXPECT_EQ(rates.sent, 0.0);
  after.at("run_id") = "b2";
  EXPECT_EQ(rates_between(JsonNode(before), JsonNode(after)).received, std::nullopt);
  EXPECT_EQ(rates_between(JsonNode(before), JsonNode(before)).received, std::nullopt);
}

std::vector<std::string> screen(const boost::json::value& status, unsigned rows,
                                const std::string& trouble = "") {
  return top_lines({JsonNode(status), {2048.0, 4096.0}, trouble}, {rows, 80}, kPlainStyle);
}

TEST(Top, FillsTheScreenAndNoMore) {
  const auto status = samples::status();
  for (unsigned rows = 1; rows < 40; ++rows) {
    const auto lines = screen(status, rows);
    EXPECT_LE(lines.size(), rows);
    EXPECT_TRUE(lines.back().starts_with("q: quit")) << rows;
  }
}

TEST(Top, SaysHowManyReplicasThereIsNoRoomFor) {
  const auto status = samples::status();
  const auto all = screen(status, 40);
  EXPECT_SAYS(all.back(), "1 replica more");
  const auto few = screen(status, static_cast<unsigned>(all.size() - 1));
  EXPECT_SAYS(few.back(), "2 replicas more");
  EXPECT_SAYS(few[few.size() - 2], "r3");
  const auto none = screen(status, static_cast<unsigned>(all.size() - 2));
  EXPECT_SAYS(none.back(), "3 replicas more");
}

TEST(Top, ShowsRatesAndWhatIsWrongWithTheAnswers) {
  const auto status = samples::status();
  std::string text;
  for (const std::string& line : screen(status, 40, "cannot connect")) text += line + "\n";
  EXPECT_TRUE(text.starts_with("as of 2026-11-26T05:00:10.000Z; cannot connect\n")) << text;
  EXPECT_SAYS(text, "streaming for 2m 5s, 2.0 KiB/s");
  EXPECT_SAYS(text, "1 waiting, 4.0 KiB/s");
}

}  // namespace
}  // namespace relay
