// The harness itself, tried on real servers alone: a chained redis-server stands where the relay
// will stand. What these tests rest on must not be believed because the relay passes them.

#include "tests/support/mixed_load.h"
#include "tests/support/raw_replica.h"
#include "tests/support/recorded_stream.h"
#include "tests/support/same_bytes.h"
#include "tests/support/stream_hash.h"
#include "tests/support/tap_proxy.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

TEST(StreamHash, IsTheSameWhateverThePieces) {
  const std::string text = "the quick brown fox jumps over the lazy dog, and back again";
  StreamHash whole;
  whole.add(text);
  for (std::size_t size = 1; size < text.size(); ++size) {
    StreamHash pieces;
    for (std::size_t at = 0; at < text.size(); at += size) {
      pieces.add(std::string_view(text).substr(at, size));
    }
    EXPECT_EQ(pieces.value(), whole.value()) << size;
  }
  StreamHash other;
  other.add(text.substr(1));
  EXPECT_NE(other.value(), whole.value());
}

TEST(ReplicationReader, TakesApartTheSamePartsWhateverTheSplits) {
  const std::string mark = "0123456789abcdef0123456789abcdef01234567";
  const std::string recorded = "+PONG\r\n+OK\r\n-ERR unknown\r\n\n+FULLRESYNC " +
                               std::string(40, 'a') + " 17\r\n\n$EOF:" + mark + "\r\nRDB 0123" +
                               mark + "*1\r\n$4\r\nPING\r\n";
  for (std::size_t size = 1; size <= recorded.size(); ++size) {
    std::string snapshot, stream;
    ReplicationReader reader(
        ReplicationReader::Beginning::kHandshake, [&](std::string_view b) { snapshot += b; },
        [&](std::string_view b) { stream += b; });
    for (std::size_t at = 0; at < recorded.size(); at += size) {
      reader.feed(std::string_view(recorded).substr(at, size));
    }
    EXPECT_EQ(snapshot, "RDB 0123") << size;
    EXPECT_EQ(stream, "*1\r\n$4\r\nPING\r\n") << size;
    EXPECT_EQ(reader.full_sync_offset(), 17U);
    EXPECT_TRUE(reader.is_snapshot_whole());
    EXPECT_EQ(reader.newlines(), 2U);
  }
}

TEST(Harness, ChainedServersAgreeAfterAMixedLoadThroughACutLink) {
  RedisServer master("master");
  TapProxy tap(master.port());
  RedisServer chained("chained");
  RedisServer replica("replica");
  chained.follow(tap.port());
  replica.follow(chained.port());
  MixedLoad load({.port = master.port(), .big_value_bytes = 1 << 20, .flushes = true});
  load.wait_for_commands(2000);
  RawReplica raw({.port = chained.port(), .keeps_stream = true});
  load.wait_for_commands(2000);
  tap.cut();
  load.wait_for_commands(2000);
  load.stop();
  wait_until_in_sync(master, {&chained, &replica});

  EXPECT_GE(tap.connections(), 2U);
  raw.wait_for_offset(chained.offset());
  const auto begin = raw.progress().begin;
  const auto stream = raw.stream();
  const auto seen = stream_seen_by(tap);  // after the rest: what arrived there had passed here
  EXPECT_EQ(seen.full_syncs, 1U);
  EXPECT_GE(seen.continuations, 1U);
  EXPECT_EQ(seen.id, master.info_field("master_replid"));
  EXPECT_TRUE(
      same_bytes(std::string_view(seen.bytes).substr(begin - seen.begin, stream.size()), stream));
  EXPECT_EQ(master.full_syncs_given(), 1U);
  EXPECT_EQ(replica.full_syncs_taken(), 1U);
  EXPECT_LT(load.errors() * 5, load.commands());
}

TEST(Harness, DigestsThatDifferAreSeen) {
  RedisServer master("master");
  RedisServer replica("replica", {.config = {"replica-read-only no"}});
  replica.follow(master.port());
  wait_until_in_sync(master, {&replica});
  replica.command({"SET", "mine", "alone"});
  EXPECT_THROW(wait_until_in_sync(master, {&replica}, nullptr, 100ms), TimedOut);
}

TEST(Harness, ARawReplicaTakesBothFramingsAndContinues) {
  RedisServer master("master");
  master.populate("key", 1000, 100);
  RawReplica marked({.port = master.port(), .keeps_snapshot = true});
  marked.wait_for_snapshot();
  RawReplica sized({.port = master.port(), .capas = {}, .keeps_snapshot = true});
  sized.wait_for_snapshot();
  EXPECT_TRUE(marked.progress().has_mark);
  EXPECT_FALSE(sized.progress().has_mark);
  EXPECT_TRUE(marked.snapshot().starts_with("REDIS"));
  EXPECT_EQ(sized.snapshot().size(), sized.progress().snapshot_bytes);
  master.command({"SET", "a", "b"});
  marked.wait_for_offset(master.offset());
  const auto was = marked.progress();
  RawReplica again(
      {.port = master.port(), .psync_id = was.id, .psync_offset = std::to_string(was.begin + 1)});
  again.wait_for_offset(was.end);
  EXPECT_TRUE(again.progress().is_continued);
}

TEST(Harness, AnUnackedMarkedSnapshotIsFollowedByNothing) {
  RedisServer master("master");
  RawReplica mute({.port = master.port(), .acks = false});
  RawReplica other({.port = master.port()});
  mute.wait_for_snapshot();
  other.wait_for_snapshot();
  master.command({"SET", "a", "b"});
  other.wait_for_offset(master.offset());
  EXPECT_EQ(mute.progress().stream_bytes, 0U);
  mute.ack();
  mute.wait_for_offset(master.offset());
}

TEST(Harness, ATapStallsAndCutsWhereItIsTold) {
  RedisServer master("master");
  master.command({"SET", "big", std::string(1 << 20, 'x')});
  TapProxy tap(master.port());
  tap.stall_after(10000);
  RawReplica stalled({.port = tap.port()});
  wait_until([&] { return tap.down_bytes() == 10000; }, kPatience, "the stall");
  tap.cut_after(20000);
  tap.stall_after({});
  stalled.wait_until_closed();
  EXPECT_EQ(tap.down_bytes(), 20000U);
  EXPECT_FALSE(stalled.progress().is_snapshot_whole);
}

TEST(Harness, AServerKeepsItsPortOverRestartsAndItsDataIfSaved) {
  RedisServer server("server");
  server.command({"SET", "a", "b"});
  const auto port = server.port();
  server.shut_down(true);
  server.start();
  EXPECT_EQ(server.port(), port);
  EXPECT_EQ(server.command({"GET", "a"}).text, "b");
  EXPECT_GT(server.process().peak_resident_bytes(), 1U << 20);
  server.kill();
  EXPECT_FALSE(server.process().is_running());
  EXPECT_THROW(server.client(), std::exception);
}

TEST(Harness, AChildMayHaveASmallFilesystemOfItsOwn) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, for mount";
  TempDir dir;
  std::filesystem::create_directory(dir / "small");
  Program program;
  program.argv = {"dd", "if=/dev/zero", "of=" + (dir / "small/file").string(), "bs=1M", "count=3"};
  program.output = dir / "output";
  program.filesystem = SmallFilesystem{dir / "small", 2 << 20};
  EXPECT_EQ(run(program).code, 1);
  EXPECT_FALSE(std::filesystem::exists(dir / "small/file"));
}

}  // namespace
}  // namespace relay::test
