// Random lives of a log against plain strings: appends, cuts, a disk that stalls and fails, limits
// that change, and crashes of each kind, after which the next life begins with what recovery found.
#include "tests/unit/log/log_bench.h"

#include <gtest/gtest.h>

namespace relay::test {
namespace {

class RandomLife {
 public:
  explicit RandomLife(std::uint64_t seed) : draw_(seed), bench_(settings(), seed) {}

  void live() {
    const std::uint64_t turns = 20 + draw_() % 60;
    for (std::uint64_t i = 0; i < turns && !testing::Test::HasFatalFailure(); ++i) step();
    bench_.expect_holds();
  }

  // The machine or the process dies; what the disk has then is the next life's beginning.
  void die() {
    const std::uint64_t kind = draw_() % 3;
    auto after = kind == 0   ? bench_.memory->process_kill()
                 : kind == 1 ? bench_.memory->crash()
                             : bench_.memory->torn_crash(draw_());
    const Offset promised = bench_.log->durable();
    RecoveredLog found;
    ASSERT_TRUE(is_true_part(*after, bench_.histories, &found));
    const bool disk_was_good = !failed_ && settings_.fsync != FsyncPolicy::kNo;
    if (disk_was_good) {
      EXPECT_GE(found.empty() ? kBenchStart : found.end, promised);
    }
    EXPECT_EQ(bench_.stored_too_early, 0U);

    bench_.plan.heal();
    bench_.plan.release();
    bench_.log->abandon();
    bench_.until([&] { return !bench_.log->is_running(); });
    bench_.log.reset();
    bench_.memory = std::move(after);
    begin(found);
  }

 private:
  Config::Log settings() {
    settings_ = small_log();
    settings_.segment_size = std::uint64_t{4096} << (draw_() % 6);
    settings_.memory = kOneChunk;
    settings_.memory_hard = 2 * kOneChunk;
    settings_.fsync = static_cast<FsyncPolicy>(draw_() % 3);
    settings_.fsync_interval = Duration(draw_() % 2);
    if (draw_() % 2 == 0) settings_.max_size = 200'000;
    return settings_;
  }

  void begin(const RecoveredLog& found) {
    failed_ = false;
    const auto id = read_file(*bench_.memory, kBenchDir + "/" + kBenchId);
    const std::size_t number = id ? std::stoul(*id) : 0;
    bench_.histories.resize(number + 1);  // those that were not recorded never were
    const BenchHistory& history = bench_.histories.back();
    const bool usable = !found.empty() && found.boundary >= found.begin;
    const Offset at = usable ? found.boundary : *history.borders.rbegin();
    bench_.open({at, usable ? found.segments : std::vector<SegmentInfo>()});
    bench_.expect_crash_safe();
    // The master sends again what was lost, or goes on from there under another id.
    if (draw_() % 2 == 0) {
      bench_.cut();
    } else {
      bench_.resend();
    }
    bench_.expect_holds();
  }

  void step() {
    switch (draw_() % 12) {
      case 0:
        return bench_.cut();
      case 1:
        return bench_.plan.stall({static_cast<DiskCall>(draw_() % kDiskCalls)});
      case 2:
      case 3:
        return bench_.plan.release();
      case 4:
        if (draw_() % 2 == 0) bench_.plan.keep_half_of_failed_writes();
        failed_ = true;
        if (draw_() % 2 == 0) {
          return bench_.plan.fail_nth(every_call(), 1 + draw_() % 20, EIO);
        }
        return bench_.plan.fail_from(every_call(), 1 + draw_() % 20, ENOSPC);
      case 5:
        return bench_.plan.heal();
      case 6:
        return bench_.expect_crash_safe();
      case 7:
        return bench_.expect_holds();
      case 8:
        if (draw_() % 2 == 0) return bench_.log->pin(std::nullopt);
        return bench_.log->pin(bench_.log->begin() + draw_() % 100'000);
      default:
        break;
    }
    if (!bench_.log->memory_is_full()) {
      const std::size_t n = 1 + draw_() % (draw_() % 12 == 0 ? 900'000 : 10'000);
      bench_.append(n, draw_() % 3 == 0 ? draw_() % (n + 1) : 0);
    }
    turn();
  }

  void turn() {
    for (std::uint64_t i = draw_() % 6; i > 0; --i) {
      bench_.context.restart();
      bench_.context.poll();
      std::this_thread::yield();
    }
  }

  std::mt19937_64 draw_;
  Config::Log settings_;
  LogBench bench_;
  bool failed_ = false;
};

TEST(LogModel, RandomLivesWithCrashesBetweenThem) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomLife life(seed);
    for (int lives = 0; lives < 3; ++lives) {
      life.live();
      life.die();
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace relay::test
