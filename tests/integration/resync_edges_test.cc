// Which PSYNC is continued, at every edge of what the relay holds, with the words that servers use.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace relay::test {
namespace {

class ResyncEdges : public ::testing::Test {
 protected:
  ResyncEdges() : master_("master"), relay_({.upstream_port = master_.port()}) {
    relay_.wait_until_streaming();
    MixedLoad load({.port = master_.port()});
    load.wait_for_commands(300);
    load.stop();
    // No write, no ping and no key that expires: the end of the log stands still.
    master_.command({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
    master_.command({"CONFIG", "SET", "repl-ping-replica-period", "3600"});
    wait_until_caught_up(master_, {}, &relay_);
    id_ = relay_.info_field("master_replid");
  }

  std::uint64_t first_byte() { return relay_.info_number("repl_backlog_first_byte_offset"); }
  std::uint64_t byte_after_end() {
    return first_byte() + relay_.info_number("repl_backlog_histlen");
  }

  std::string answer_to(const std::string& id, const std::string& offset,
                        std::vector<std::string> capas = {"eof", "psync2"}) {
    RawReplica replica({.port = relay_.port(),
                        .capas = std::move(capas),
                        .psync_id = id,
                        .psync_offset = offset,
                        .acks = false});
    replica.wait_for_answer();
    return replica.progress().answer;
  }
  std::string answer_to(const std::string& id, std::uint64_t offset) {
    return answer_to(id, std::to_string(offset));
  }

  RedisServer master_;
  RelayProcess relay_;
  std::string id_;
};

TEST_F(ResyncEdges, TheFirstByteHeldAndTheOneAfterTheEndAreContinued) {
  EXPECT_EQ(byte_after_end(), master_.offset() + 1);
  EXPECT_EQ(answer_to(id_, first_byte()), "+CONTINUE " + id_);
  EXPECT_EQ(answer_to(id_, byte_after_end()), "+CONTINUE " + id_);
  EXPECT_EQ(answer_to(id_, first_byte() + 7), "+CONTINUE " + id_);  // in the midst of a command
}

TEST_F(ResyncEdges, AByteBeforeTheFirstIsAFullSync) {
  if (first_byte() <= 1) {
    EXPECT_TRUE(answer_to(id_, "0").starts_with("+FULLRESYNC " + id_));
  } else {
    EXPECT_TRUE(answer_to(id_, first_byte() - 1).starts_with("+FULLRESYNC " + id_));
  }
}

TEST_F(ResyncEdges, AnUnknownIdIsAFullSync) {
  EXPECT_TRUE(answer_to(std::string(40, 'e'), "1").starts_with("+FULLRESYNC " + id_));
  EXPECT_TRUE(answer_to(std::string(40, '0'), "1").starts_with("+FULLRESYNC " + id_));
  EXPECT_TRUE(answer_to("abc", "1").starts_with("+FULLRESYNC " + id_));
}

TEST_F(ResyncEdges, TheCaseOfAnIdDoesNotCount) {
  std::string upper = id_;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  EXPECT_EQ(answer_to(upper, first_byte()), "+CONTINUE " + id_);
}

TEST_F(ResyncEdges, WithoutPsync2TheAnswerIsBare) {
  EXPECT_EQ(answer_to(id_, std::to_string(first_byte()), {}), "+CONTINUE");
}

TEST_F(ResyncEdges, AnOffsetThatIsNoNumberIsAnError) {
  EXPECT_EQ(answer_to(id_, "abc"), "-ERR value is not an integer or out of range");
}

TEST_F(ResyncEdges, OneAheadOfTheRelayIsHeldUntilItsBytesCome) {
  RawReplica ahead({.port = relay_.port(),
                    .psync_id = id_,
                    .psync_offset = std::to_string(byte_after_end() + 10)});
  wait_until([&] { return ahead.progress().newlines > 0; }, kPatience, "a newline");
  EXPECT_EQ(ahead.progress().answer, "");
  master_.command({"SET", "more", "than ten bytes"});
  ahead.wait_for_answer();
  EXPECT_EQ(ahead.progress().answer, "+CONTINUE " + id_);
  ahead.wait_for_offset(master_.offset());
  EXPECT_EQ(relay_.info_number("sync_full"), 0U);
}

TEST_F(ResyncEdges, AnEofTransferIsFollowedByNothingBeforeTheFirstAck) {
  RawReplica mute({.port = relay_.port(), .acks = false});
  mute.wait_for_snapshot();
  RawReplica other({.port = relay_.port()});
  master_.command({"SET", "a", "b"});
  other.wait_for_offset(master_.offset());
  // $length is the other way to send a snapshot, and may be followed at once.
  if (mute.progress().has_mark) {
    EXPECT_EQ(mute.progress().stream_bytes, 0U);
    EXPECT_EQ(mute.progress().glued_to_mark, 0U);
  }
  mute.ack();
  mute.wait_for_offset(master_.offset());
}

TEST_F(ResyncEdges, AReplicaWithoutCapaEofGetsALength) {
  RawReplica old({.port = relay_.port(), .capas = {}});
  old.wait_for_snapshot();
  EXPECT_FALSE(old.progress().has_mark);
  old.wait_for_offset(relay_.offset());
}

TEST_F(ResyncEdges, LegacySyncGetsASnapshotAndTheStream) {
  RawReplica old({.port = relay_.port(), .capas = {}, .legacy_sync = true, .acks = false});
  old.wait_for_snapshot();
  EXPECT_EQ(old.progress().answer, "");
  EXPECT_FALSE(old.progress().has_mark);
  const auto before = old.progress().stream_bytes;
  master_.command({"SET", "a", "b"});
  wait_until([&] { return old.progress().stream_bytes > before; }, kPatience, "the stream");
}

TEST_F(ResyncEdges, AnRdbOnlyReplicaGetsTheSnapshotAndIsClosed) {
  RawReplica tool({.port = relay_.port(), .rdb_only = true});
  tool.wait_until_closed();
  EXPECT_TRUE(tool.progress().is_snapshot_whole);
  EXPECT_EQ(tool.progress().stream_bytes, 0U);
}

TEST_F(ResyncEdges, PsyncWithFailoverIsRefusedAndTheMasterStaysMaster) {
  RedisClient client(relay_.port());
  const auto reply = client.command({"PSYNC", id_, std::to_string(byte_after_end()), "FAILOVER"});
  EXPECT_TRUE(reply.is_error()) << reply.text;
  wait_until([&] { return master_.info_field("connected_slaves") == "1"; }, kPatience,
             "the relay at the master");
  master_.command({"FAILOVER"});
  wait_until([&] { return master_.info_field("master_failover_state") == "no-failover"; },
             kPatience, "the end of the failover");
  EXPECT_EQ(master_.info_field("role"), "master");
  master_.command({"SET", "still", "writable"});
  wait_until_caught_up(master_, {}, &relay_);
  EXPECT_EQ(master_.full_syncs_given(), 1U);
}

}  // namespace
}  // namespace relay::test
