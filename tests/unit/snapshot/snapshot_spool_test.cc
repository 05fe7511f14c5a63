// The spool: what arrives is stored, verified, and named only then; what fails leaves nothing.
#include "proxy/snapshot/snapshot_spool.h"

#include "common/base/crc64.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <array>
#include <exception>
#include <string>

namespace relay::test {
namespace {

const std::string kDir = "generation";
const ReplId kId = *ReplId::parse(std::string(ReplId::kLength, 'a'));
const ReplId kOtherId = *ReplId::parse(std::string(ReplId::kLength, 'b'));
constexpr Offset kAt = Offset::of_bytes(777);

std::string rdb_of(const ReplId& id, Offset offset, std::size_t filling = 0) {
  const auto text = [](std::string_view value) {
    return static_cast<char>(value.size()) + std::string(value);
  };
  std::string rdb = "REDIS0010";
  rdb += '\xfa' + text("repl-id") + text(id.view());
  rdb += '\xfa' + text("repl-offset") + text(std::to_string(offset.bytes()));
  rdb += '\xfe' + std::string(filling + 1, '\0') + '\xff';
  const std::uint64_t crc = crc64(0, rdb);
  for (int i = 0; i < 8; ++i) rdb += static_cast<char>(crc >> (8 * i));
  return rdb;
}

struct Bench {
  MemoryFileSystem memory;
  FaultPlan plan;
  FaultyFileSystem fs{memory, plan};
  asio::io_context context{1};
  StorageHealth health;
  SnapshotPtr snapshot =
      std::make_shared<Snapshot>(context.get_executor(), kId, kAt, Snapshot::State::kArriving);
  WorkerThreads disk;
  SnapshotSpool spool;

  explicit Bench(bool check_aux = true)
      : spool(disk.executor(), fs, health, kDir, snapshot, check_aux) {
    await(spool.open());
  }

  void await(asio::awaitable<void> task) {
    std::exception_ptr failure;
    asio::co_spawn(context, std::move(task),
                   [&](std::exception_ptr error) { failure = std::move(error); });
    context.restart();
    context.run();
    if (failure) std::rethrow_exception(failure);
  }
  void write(std::string_view bytes) {
    const std::array<std::string_view, 2> pieces = {bytes.substr(0, bytes.size() / 3),
                                                    bytes.substr(bytes.size() / 3)};
    await(spool.write(pieces));
  }
  // The stage of the error that it throws.
  std::string stage_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const SpoolError& error) {
      return std::string(error.stage);
    }
    return "none";
  }
  std::vector<std::string> files() { return *memory.list(kDir); }
};

TEST(SnapshotSpool, IsNamedWhenAllOfItIsStoredAndVerified) {
  Bench bench;
  const std::string rdb = rdb_of(kId, kAt, 5000);
  bench.snapshot->begun(rdb.size());
  bench.write(std::string_view(rdb).substr(0, 1000));
  EXPECT_EQ(bench.snapshot->received(), 1000U);
  EXPECT_EQ(bench.snapshot->readable(), 1000 - Snapshot::kWithheld);
  bench.write(std::string_view(rdb).substr(1000));
  EXPECT_EQ(bench.snapshot->readable(), rdb.size() - Snapshot::kWithheld);
  EXPECT_EQ(bench.files(), std::vector{snapshot_name(kAt) + ".partial"});

  bench.await(bench.spool.finish());
  EXPECT_TRUE(bench.snapshot->is_whole());
  EXPECT_EQ(bench.snapshot->readable(), rdb.size());
  EXPECT_FALSE(bench.snapshot->checksum_disabled());
  EXPECT_EQ(bench.files(), std::vector{snapshot_name(kAt)});
  EXPECT_EQ(*read_file(bench.memory, bench.spool.path()), rdb);
}

TEST(SnapshotSpool, IsDurableWhenItIsNamed) {
  Bench bench;
  ASSERT_TRUE(bench.memory.sync_directory(""));
  const std::string rdb = rdb_of(kId, kAt, 5000);
  bench.write(rdb);
  bench.await(bench.spool.finish());
  EXPECT_EQ(*read_file(*bench.memory.crash(), bench.spool.path()), rdb);
}

TEST(SnapshotSpool, IsSyncedAsItGoes) {
  Bench bench;
  const std::string rdb = rdb_of(kId, kAt, std::size_t{33} << 20);
  const std::size_t half = rdb.size() / 2;
  bench.write(std::string_view(rdb).substr(0, half));
  EXPECT_EQ(bench.plan.count(DiskCall::kSync), 0U);
  bench.write(std::string_view(rdb).substr(half));
  EXPECT_EQ(bench.plan.count(DiskCall::kSync), 1U);
}

TEST(SnapshotSpool, AZeroChecksumIsAcceptedAndSaid) {
  Bench bench;
  std::string rdb = rdb_of(kId, kAt);
  rdb.replace(rdb.size() - 8, 8, 8, '\0');
  bench.write(rdb);
  bench.await(bench.spool.finish());
  EXPECT_TRUE(bench.snapshot->checksum_disabled());
}

TEST(SnapshotSpool, WhatCannotBeVerifiedIsNeverNamed) {
  std::string bad = rdb_of(kId, kAt, 100);
  bad[bad.size() - 20] = 'x';
  const std::string cut = rdb_of(kId, kAt, 100).substr(0, 90);
  for (const std::string& rdb : {bad, cut, rdb_of(kId, kAt) + "\n", std::string()}) {
    Bench bench;
    bench.write(rdb);
    EXPECT_EQ(bench.stage_of([&] { bench.await(bench.spool.finish()); }), "verify");
    EXPECT_FALSE(bench.snapshot->is_whole());
    EXPECT_EQ(bench.files(), std::vector{snapshot_name(kAt) + ".partial"});
  }
}

TEST(SnapshotSpool, AFaultIsFoundAsSoonAsItsBytesAreThere) {
  for (const std::string& rdb : {rdb_of(kOtherId, kAt, 5000), rdb_of(kId, kAt + 1, 5000),
                                 "HTTP/1.1 400 Bad Request" + std::string(5000, 'x')}) {
    Bench bench;
    const auto write = [&] { bench.write(std::string_view(rdb).substr(0, 1000)); };
    EXPECT_EQ(bench.stage_of(write), "verify");
    EXPECT_EQ(bench.snapshot->readable(), 0U) << "nothing of it is served";
  }
}

TEST(SnapshotSpool, WithIdsOfOurOwnTheAuxFieldsAreNotAsked) {
  Bench bench(false);
  bench.write(rdb_of(kOtherId, kAt + 1));
  bench.await(bench.spool.finish());
  EXPECT_TRUE(bench.snapshot->is_whole());
}

TEST(SnapshotSpool, FailingTellsTheReadersAndRemovesTheFile) {
  Bench bench;
  bench.write(rdb_of(kId, kAt));
  bench.await(bench.spool.fail("the link died"));
  EXPECT_TRUE(bench.snapshot->has_failed());
  EXPECT_EQ(bench.snapshot->failure(), "the link died");
  EXPECT_EQ(bench.snapshot->readable(), 0U);
  EXPECT_TRUE(bench.files().empty());
}

TEST(SnapshotSpool, FailingRemovesNoEarlierSnapshotOfTheSamePlace) {
  Bench bench;
  ASSERT_TRUE(replace_file(bench.memory, kDir, snapshot_name(kAt), "an earlier one"));
  bench.write(rdb_of(kId, kAt));
  bench.await(bench.spool.fail("the link died"));
  EXPECT_EQ(bench.files(), std::vector{snapshot_name(kAt)});
  Bench named;
  named.write(rdb_of(kId, kAt));
  named.await(named.spool.finish());
  named.await(named.spool.fail("its history could not be stored"));
  EXPECT_TRUE(named.files().empty()) << "but its own";
}

TEST(SnapshotSpool, ADiskThatFailsIsAFailureToWrite) {
  for (const DiskCall call :
       {DiskCall::kWrite, DiskCall::kSync, DiskCall::kRename, DiskCall::kSyncDirectory}) {
    Bench bench;
    bench.plan.fail_from({call}, 1, ENOSPC);
    const auto transfer = [&] {
      bench.write(rdb_of(kId, kAt));
      bench.await(bench.spool.finish());
    };
    EXPECT_EQ(bench.stage_of(transfer), "write");
    EXPECT_FALSE(bench.snapshot->is_whole());
    const auto& errors = bench.health.errors();
    EXPECT_EQ(errors.at("append") + errors.at("rename"), 1U);
    bench.plan.heal();
    bench.await(bench.spool.fail("no space"));
    EXPECT_TRUE(bench.files().empty());
  }
}

TEST(SnapshotSpool, NamesAreSortedByOffsetAndReadBack) {
  EXPECT_EQ(snapshot_name(kAt), "snapshot-00000000000000000777.rdb");
  EXPECT_EQ(parse_snapshot_name(snapshot_name(kAt)), kAt);
  for (const char* name :
       {"snapshot-777.rdb", "snapshot-00000000000000000777.rdb.partial", "history", "",
        "snapshot-0000000000000000077x.rdb", "snapshot-99999999999999999999.rdb"}) {
    EXPECT_FALSE(parse_snapshot_name(name)) << name;
  }
}

TEST(SnapshotAudit, SaysWhatAFileHolds) {
  MemoryFileSystem memory;
  const std::string good = rdb_of(kId, kAt, 3 << 20);
  std::string bad = good;
  bad[1 << 20] = 'x';
  ASSERT_TRUE(replace_file(memory, "", "good", good));
  ASSERT_TRUE(replace_file(memory, "", "bad", bad));
  const SnapshotAudit audit = audit_snapshot(**memory.open("good"));
  EXPECT_EQ(audit.fault, "");
  EXPECT_EQ(audit.size, good.size());
  EXPECT_EQ(audit.repl_id, kId);
  EXPECT_EQ(audit.repl_offset, kAt);
  EXPECT_NE(audit_snapshot(**memory.open("bad")).fault, "");
  FaultPlan plan;
  FaultyFileSystem fs(memory, plan);
  plan.fail_nth({DiskCall::kRead}, 2, EIO);
  EXPECT_NE(audit_snapshot(**fs.open("good")).fault, "");
}

}  // namespace
}  // namespace relay::test
