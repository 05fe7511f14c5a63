// Crash after the n-th change of the disk, for every n of a scripted life of a log, in each way a
// machine can stop; then crash the recovery too. The numbered invariants that are checked are those
// of segment_recovery.h and segment_cut.h.

#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"
#include "tests/unit/log/log_script.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

Offset at(std::uint64_t n) { return Offset::of_bytes(n); }

// Appends, rolls, cuts (at a frame's border, inside a frame, inside the first frame of a segment,
// behind an earlier segment, at a segment's base) and trims; the first error ends it.
Result<void> run(LogScript& log) {
  using Step = std::function<Result<void>()>;
  const std::vector<Step> steps{
      [&] { return log.start(); },
      [&] { return log.append(100, 0); },
      [&] { return log.append(50, 20); },
      [&] { return log.sync(); },
      [&] { return log.append(80, 10); },
      [&] { return log.roll(); },
      [&] { return log.append(120, 30); },
      [&] { return log.append(70, 40); },
      [&] { return log.cut(at(1380)); },
      [&] { return log.append(30, 0); },
      [&] { return log.roll(); },
      [&] { return log.append(90, 5); },
      [&] { return log.cut(at(1450)); },
      [&] { return log.append(60, 60); },
      [&] { return log.roll(); },
      [&] { return log.append(70000, 100); },
      [&] { return log.sync(); },
      [&] { return log.cut(at(1500)); },
      [&] { return log.append(10, 0); },
      [&] { return log.cut(at(1300)); },
      [&] { return log.append(200, 7); },
      [&] { return log.trim(); },
      [&] { return log.append(40, 0); },
      [&] { return log.roll(); },
      [&] { return log.append(66000, 300); },
      [&] { return log.cut(log.now().boundary()); },
      [&] { return log.append(20, 0); },
      [&] { return log.roll(); },
      [&] { return log.trim(); },
      [&] { return log.trim(); },
      [&] { return log.append(33, 3); },
  };
  for (const Step& step : steps) {
    if (auto done = step(); !done) return done;
  }
  return {};
}

enum class Crash { kPower, kKill };

// What must hold of any disk that a crash of `script` left. Recovers on it, goes on with it, and
// recovers again.
void check(MemoryFileSystem& disk, const LogScript& script, Crash crash) {
  auto log = recover_log(disk, kLogDir);
  ASSERT_TRUE(log) << log.error().message();
  const LogModel& before = script.before();
  const LogModel& now = script.now();
  const Offset floor = crash == Crash::kKill ? std::min(before.end(), now.end())
                                             : std::min(before.durable, now.durable);
  if (log->empty()) {
    ASSERT_TRUE(!script.has_started() || floor <= before.begin);
    return;
  }
  auto bytes = read_log(disk, *log);
  ASSERT_TRUE(bytes) << bytes.error().message();
  const auto as_before = is_part_of(before, *log, *bytes);
  const auto as_now = is_part_of(now, *log, *bytes);
  ASSERT_TRUE(as_before || as_now) << as_before.message() << "; " << as_now.message();
  const LogModel& truth = as_now ? now : before;
  ASSERT_TRUE(log->boundary == before.boundary_at(log->end) ||
              log->boundary == now.boundary_at(log->end));
  ASSERT_GE(log->end, floor);
  ASSERT_LE(log->begin, before.begin);

  auto again = recover_log(disk, kLogDir, {.verify_all = true});
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->incidents.empty()) << again->incidents.front();
  ASSERT_EQ(again->begin, log->begin);
  ASSERT_EQ(again->end, log->end);

  // The relay goes on from the boundary, with bytes of another history.
  auto kept = begin_log_at(disk, kLogDir, log->boundary);
  ASSERT_TRUE(kept);
  auto writer = SegmentWriter::begin(disk, kLogDir, log->boundary, log->boundary, {});
  ASSERT_TRUE(writer);
  const std::string other(100000, '!');
  ASSERT_TRUE((*writer)->append(other, log->boundary));
  ASSERT_TRUE((*writer)->sync());
  auto power_lost = disk.crash();
  auto last = recover_log(*power_lost, kLogDir, {.verify_all = true});
  ASSERT_TRUE(last);
  ASSERT_TRUE(last->incidents.empty()) << last->incidents.front();
  ASSERT_EQ(last->begin, std::min(log->begin, log->boundary));
  ASSERT_EQ(*read_log(*power_lost, *last),
            (log->boundary > log->begin ? truth.slice(log->begin, log->boundary) : "") + other);
}

std::uint64_t changes_of_a_whole_run() {
  MemoryFileSystem disk;
  FaultPlan plan;
  FaultyFileSystem fs(disk, plan);
  LogScript script(fs);
  const auto done = run(script);
  EXPECT_TRUE(done) << done.error().message();
  return plan.changes();
}

// The disk and the script's state when the machine stops after `n` changes.
struct Stopped {
  explicit Stopped(std::uint64_t n) {
    plan.crash_after(n);
    finished = run(script).has_value();
  }
  MemoryFileSystem disk;
  FaultPlan plan;
  FaultyFileSystem fs{disk, plan};
  LogScript script{fs};
  bool finished = false;
};

TEST(SegmentCrash, WholeRunLeavesTheWholeLog) {
  Stopped stopped(UINT32_MAX);
  ASSERT_TRUE(stopped.finished);
  auto log = recover_log(stopped.disk, kLogDir, {.verify_all = true});
  ASSERT_TRUE(log);
  EXPECT_TRUE(log->incidents.empty());
  EXPECT_EQ(log->begin, stopped.script.now().begin);
  EXPECT_EQ(log->end, stopped.script.now().end());
  EXPECT_EQ(log->boundary, stopped.script.now().boundary());
  EXPECT_EQ(*read_log(stopped.disk, *log), stopped.script.now().slice(log->begin, log->end));
}

TEST(SegmentCrash, PowerLostAfterAnyChangeKeepsWhatWasSynced) {
  const std::uint64_t changes = changes_of_a_whole_run();
  for (std::uint64_t n = 0; n < changes; ++n) {
    SCOPED_TRACE("crash after change " + std::to_string(n));
    Stopped stopped(n);
    ASSERT_FALSE(stopped.finished);
    check(*stopped.disk.crash(), stopped.script, Crash::kPower);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(SegmentCrash, PowerLostWhileTheKernelWritesBackKeepsWhatWasSynced) {
  const std::uint64_t changes = changes_of_a_whole_run();
  for (std::uint64_t n = 0; n < changes; ++n) {
    Stopped stopped(n);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      SCOPED_TRACE("crash after change " + std::to_string(n) + ", seed " + std::to_string(seed));
      check(*stopped.disk.torn_crash(seed), stopped.script, Crash::kPower);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(SegmentCrash, ProcessKilledAfterAnyChangeKeepsWhatWasWritten) {
  const std::uint64_t changes = changes_of_a_whole_run();
  for (std::uint64_t n = 0; n < changes; ++n) {
    SCOPED_TRACE("killed after change " + std::to_string(n));
    Stopped stopped(n);
    check(*stopped.disk.process_kill(), stopped.script, Crash::kKill);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(SegmentCrash, RecoveryMayCrashAtAnyChangeToo) {
  const std::uint64_t changes = changes_of_a_whole_run();
  for (std::uint64_t n = 0; n < changes; ++n) {
    Stopped stopped(n);
    for (std::uint64_t m = 0;; ++m) {
      SCOPED_TRACE("crash after change " + std::to_string(n) + " and recovery after " +
                   std::to_string(m));
      auto disk = stopped.disk.torn_crash(n);
      FaultPlan plan;
      plan.crash_after(m);
      FaultyFileSystem fs(*disk, plan);
      const bool finished = recover_log(fs, kLogDir).has_value();
      check(*disk->torn_crash(m), stopped.script, Crash::kPower);
      if (testing::Test::HasFatalFailure()) return;
      if (finished) break;
    }
  }
}

// Fails each call of the run once, of whatever kind; the disk writer's way on is start_over().
TEST(SegmentFaults, RunGoesOnAfterAnyFailedCall) {
  for (std::uint64_t n = 1;; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    MemoryFileSystem disk;
    FaultPlan plan;
    FaultyFileSystem fs(disk, plan);
    plan.keep_half_of_failed_writes();
    LogScript script(fs);
    ASSERT_TRUE(script.start());
    plan.fail_nth(every_call(), n, ENOSPC);
    bool failed = false;
    const auto robust = [&](Result<void> done) {
      if (done) return;
      failed = true;
      ASSERT_EQ(done.error().value(), ENOSPC);
      const auto over = script.start_over();
      ASSERT_TRUE(over) << over.error().message();
    };
    robust(script.append(100, 30));
    robust(script.sync());
    robust(script.append(70000, 500));
    robust(script.roll());
    robust(script.append(300, 20));
    robust(script.cut(script.now().boundary()));
    robust(script.append(100, 0));
    robust(script.trim());
    robust(script.cut(at(1000 + 70100 - 400)));
    robust(script.append(50, 0));
    robust(script.sync());
    if (testing::Test::HasFatalFailure()) return;

    auto log = recover_log(disk, kLogDir, {.verify_all = true});
    ASSERT_TRUE(log);
    EXPECT_TRUE(log->incidents.empty()) << log->incidents.front();
    EXPECT_EQ(log->end, script.now().end());
    EXPECT_EQ(log->boundary, script.now().boundary());
    EXPECT_TRUE(is_part_of(script.now(), *log, *read_log(disk, *log)));
    if (!failed) break;
  }
}

TEST(SegmentFaults, FullDiskLosesNothingThatWasStored) {
  for (std::uint64_t capacity = 40; capacity < 700; capacity += 7) {
    SCOPED_TRACE("capacity " + std::to_string(capacity));
    MemoryFileSystem disk;
    LogScript script(disk);
    ASSERT_TRUE(script.start());
    disk.set_capacity(capacity);
    Result<void> done;
    while (done) {
      done = script.append(60, 10);
      if (done) done = script.sync();
      if (done && script.now().stream.size() % 120 == 0) done = script.roll();
    }
    EXPECT_EQ(done.error().value(), ENOSPC);
    check(*disk.crash(), script, Crash::kPower);
    // When there is room again the log goes on where it was.
    disk.set_capacity(std::nullopt);
    ASSERT_TRUE(script.start_over());
    auto log = recover_log(disk, kLogDir);
    ASSERT_TRUE(log);
    EXPECT_EQ(log->end, script.now().end());
    EXPECT_TRUE(is_part_of(script.now(), *log, *read_log(disk, *log)));
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Random operations, each log ended by a random crash and taken up again.
TEST(SegmentModel, RandomLifeAgreesWithAString) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    MemoryFileSystem disk;
    LogScript script(disk, seed);
    ASSERT_TRUE(script.start());
    for (int i = 0; i < 60; ++i) {
      const std::uint64_t draw = random() % 100;
      Result<void> done;
      if (draw < 55) {
        const std::size_t n = random() % 10 == 0 ? random() % 200000 : random() % 300;
        done = script.append(n, n == 0 ? 0 : random() % n);
      } else if (draw < 70) {
        done = script.sync();
      } else if (draw < 82) {
        done = script.roll();
      } else if (draw < 92) {
        const LogModel& now = script.now();
        const std::uint64_t held = now.end().since(now.begin);
        done = script.cut(random() % 2 && now.boundary() >= now.begin
                              ? now.boundary()
                              : now.begin + random() % (held + 1));
      } else {
        done = script.trim();
      }
      ASSERT_TRUE(done) << done.error().message();
    }
    auto log = recover_log(disk, kLogDir, {.verify_all = random() % 2 == 0});
    ASSERT_TRUE(log);
    EXPECT_TRUE(log->incidents.empty()) << log->incidents.front();
    EXPECT_EQ(log->end, script.now().end());
    EXPECT_EQ(log->begin, script.now().begin);
    EXPECT_EQ(*read_log(disk, *log), script.now().slice(log->begin, log->end));
    check(*disk.torn_crash(seed), script, Crash::kPower);
    check(*disk.process_kill(), script, Crash::kKill);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace relay::test
