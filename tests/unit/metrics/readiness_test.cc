#include "proxy/metrics/readiness.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

Status serving() {
  Status status;
  status.log.exists = true;
  status.log.begin = Offset::of_bytes(100);
  status.log.end = Offset::of_bytes(200);
  status.snapshot.offset = Offset::of_bytes(100);
  status.upstream.state = LinkState::kStreaming;
  return status;
}

Check check_named(const Readiness& readiness, std::string_view name) {
  for (const Check& check : readiness.checks) {
    if (check.name == name) return check;
  }
  return {};
}

TEST(Readiness, ARelayThatStreamsAndHoldsASnapshotIsReadyInEveryRespect) {
  const Readiness result = readiness(serving());
  EXPECT_TRUE(result.ready);
  for (const Check& check : result.checks) {
    EXPECT_TRUE(check.ok) << check.name;
    EXPECT_EQ(check.text, "ok") << check.name;
  }
}

TEST(Readiness, BeforeTheFirstSyncItIsNotReady) {
  const Readiness result = readiness(Status{});
  EXPECT_FALSE(result.ready);
  EXPECT_FALSE(check_named(result, "history").ok);
}

TEST(Readiness, WhileTheFirstSnapshotArrivesItIsNotReadyAndTellsHowFarItIs) {
  Status status = serving();
  status.snapshot.offset.reset();
  status.upstream.state = LinkState::kReceivingRdb;
  status.upstream.transfer = TransferStatus{};
  status.upstream.transfer->received = 10;
  status.upstream.transfer->size = 50;
  const Readiness result = readiness(status);
  EXPECT_FALSE(result.ready);
  EXPECT_EQ(check_named(result, "serving").text, "the first snapshot is arriving: 10 of 50 bytes");
}

TEST(Readiness, ASecondSnapshotArrivingBesideTheFirstChangesNothing) {
  Status status = serving();
  status.upstream.state = LinkState::kReceivingRdb;
  status.upstream.transfer = TransferStatus{};
  EXPECT_TRUE(readiness(status).ready);
}

TEST(Readiness, LosingTheMasterLaterIsToldButDoesNotCount) {
  Status status = serving();
  status.upstream.state = LinkState::kBackoff;
  status.upstream.last_error = "Connection refused";
  const Readiness result = readiness(status);
  EXPECT_TRUE(result.ready);
  EXPECT_FALSE(check_named(result, "upstream").ok);
  EXPECT_FALSE(check_named(result, "upstream").required);
  EXPECT_EQ(check_named(result, "upstream").text, "backoff: Connection refused");
}

TEST(Readiness, ADegradedDiskIsToldButDoesNotCount) {
  Status status = serving();
  status.log.disk_degraded = true;
  status.log.disk_error = "No space left on device";
  const Readiness result = readiness(status);
  EXPECT_TRUE(result.ready);
  EXPECT_FALSE(check_named(result, "disk").ok);
  EXPECT_EQ(check_named(result, "disk").text, "log in memory only: No space left on device");
}

TEST(Readiness, ALogWithoutASnapshotServesPartialResyncs) {
  Status status = serving();
  status.snapshot.offset.reset();
  EXPECT_TRUE(readiness(status).ready);
  status.log.begin = status.log.end;
  EXPECT_FALSE(readiness(status).ready);
}

TEST(Readiness, DrainingMakesItUnready) {
  Status status = serving();
  status.draining = true;
  const Readiness result = readiness(status);
  EXPECT_FALSE(result.ready);
  EXPECT_FALSE(check_named(result, "draining").ok);
  EXPECT_EQ(check_named(result, "draining").text,
            "drained by an operator: POST /v1/undrain ends it");
  status.stopping = true;
  EXPECT_EQ(check_named(readiness(status), "draining").text, "stopping");
}

}  // namespace
}  // namespace relay
