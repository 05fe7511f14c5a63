// A replication log on a disk in memory that can fail, and beside it plain strings that say what it
// must hold: one per history, since a cut begins a new one.
//
//  (1) Each appended byte is drawn anew, also after a cut: torn bytes cannot pass for those that
//      replaced them.
//  (2) The disk thread is a real one. until() turns the control executor until a condition holds,
//      and checks the order of the frontiers at every turn. Nothing sleeps.
//  (3) A cut records the number of the new history in a file, as the relay records its id; what a
//      crash leaves is judged by the number that it leaves.
#pragma once

#include "common/io/offload.h"
#include "proxy/log/cold_reader.h"
#include "proxy/log/log_cursor.h"
#include "proxy/log/replication_log.h"
#include "proxy/log/segment_recovery.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace relay::test {

inline const std::string kBenchDir = "generation";
inline const std::string kBenchLog = kBenchDir + "/log";
inline const std::string kBenchId = "id";
constexpr Offset kBenchStart = Offset::of_bytes(1000);
constexpr std::size_t kOneChunk = Chunk::kSize;

// What the log must hold, and what it may have held under earlier ids.
struct BenchHistory {
  std::string stream;  // from kBenchStart on
  std::set<Offset> borders{kBenchStart};

  Offset end() const { return kBenchStart + stream.size(); }
  std::string slice(Offset from, Offset to) const {
    return stream.substr(from.since(kBenchStart), to.since(from));
  }
};

inline Config::Log small_log() {
  Config::Log settings;
  settings.segment_size = 64 * 1024;
  settings.memory = 2 * kOneChunk;
  settings.memory_hard = 4 * kOneChunk;
  settings.fsync = FsyncPolicy::kAlways;
  return settings;
}

// Whether what is on this disk is a true part of the history whose number it names.
inline testing::AssertionResult is_true_part(FileSystem& fs,
                                             const std::vector<BenchHistory>& histories,
                                             RecoveredLog* found = nullptr) {
  std::size_t number = 0;
  if (const auto id = read_file(fs, kBenchDir + "/" + kBenchId)) number = std::stoul(*id);
  const BenchHistory& history = histories.at(number);
  const auto log = recover_log(fs, kBenchLog);
  if (!log) return testing::AssertionFailure() << "recovery: " << log.error().message();
  if (found != nullptr) *found = *log;
  if (log->empty()) return testing::AssertionSuccess();
  const auto complain = [&](std::string_view what) {
    return testing::AssertionFailure()
           << what << ": recovered [" << log->begin.bytes() << ", " << log->end.bytes()
           << "), border " << log->boundary.bytes() << ", of history " << number << " that ends at "
           << history.end().bytes();
  };
  if (log->begin < kBenchStart || log->end > history.end()) return complain("outside");
  std::string bytes;
  std::string into(1 << 16, '\0');
  for (const SegmentInfo& segment : log->segments) {
    auto reader = SegmentReader::open(fs, segment_path(kBenchLog, segment.base), segment.base);
    if (!reader) return complain(reader.error().message());
    for (Offset at = segment.base; at < segment.end;) {
      const auto n = (*reader)->read(at, into, segment.end);
      if (!n) return complain(n.error().message());
      bytes.append(into, 0, *n);
      at += *n;
    }
  }
  if (bytes != history.slice(log->begin, log->end)) return complain("a wrong byte");
  const bool usable = log->boundary >= log->begin;
  if (usable && !history.borders.contains(log->boundary)) return complain("no border");
  return testing::AssertionSuccess();
}

class LogBench {
 public:
  explicit LogBench(Config::Log settings = small_log(), std::uint64_t seed = 1)
      : settings_(settings), random_(seed) {
    (void)memory->make_directory(kBenchDir);
    (void)memory->sync_directory("");
    open({kBenchStart, {}});
  }
  ~LogBench() { close(); }

  // Begins a log on what is in memory, and runs it.
  void open(LogStart start) {
    fs = std::make_unique<FaultyFileSystem>(*memory, plan);
    log = std::make_unique<ReplicationLog>(context.get_executor(), disk_.executor(), *fs, kBenchLog,
                                           settings_, health, std::move(start));
    log->set_retry_interval(Duration(0));
    log->set_gathering(0, Duration(0));  // each append is a job, so that there are many
    asio::co_spawn(context, log->run(), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    context.poll();
  }
  // Stops it, once nothing is in its way.
  void close() {
    plan.heal();
    plan.release();
    if (!log) return;
    log->stop();
    until([this] { return !log->is_running(); });
  }

  void until(const std::function<bool()>& holds) {
    while (!holds()) {
      context.restart();
      if (context.run_one_for(30s) == 0) throw std::runtime_error("this never comes true");
      check_order();
    }
  }
  void until_written() {
    until([this] { return log->written() == log->end(); });
  }
  void until_settled() {
    // A log that has not begun its first segment yet has nothing to store, and still something to
    // do.
    until([this] {
      return log->segment_count() > 0 && log->durable() == log->end() && !health.is_degraded();
    });
  }
  // ... and no job is left, not even one that stores nothing.
  void until_idle() {
    until_settled();
    bool idle = false;
    asio::co_spawn(context, log->settled(), [&](const std::exception_ptr&) { idle = true; });
    until([&] { return idle; });
  }
  // The job that was handed out last is now in a call that is stalled.
  void until_stalled() {
    context.restart();
    context.poll();
    plan.wait_until_stalled();
  }

  // The last `torn` bytes belong to a command that is not whole yet.
  void append(std::size_t n, std::size_t torn = 0) {
    std::string bytes(n, '\0');
    for (std::size_t i = 0; i < n; i += sizeof(std::uint64_t)) {
      const std::uint64_t drawn = random_();
      std::memcpy(&bytes[i], &drawn, std::min(sizeof drawn, n - i));
    }
    BenchHistory& history = histories.back();
    history.stream += bytes;
    if (torn < n) history.borders.insert(Offset::of_bytes(history.end().bytes() - torn));
    log->append(bytes, *history.borders.rbegin());
    check_order();
  }
  // The master sends again what a crash has lost.
  void resend() {
    const BenchHistory& history = histories.back();
    log->append(history.slice(log->end(), history.end()), *history.borders.rbegin());
    check_order();
  }
  // The master goes on from the border under another id.
  void cut() {
    BenchHistory next = histories.back();
    const Offset to = log->boundary();
    next.stream.resize(to.since(kBenchStart));
    next.borders.erase(next.borders.upper_bound(to), next.borders.end());
    histories.push_back(next);
    const std::string number = std::to_string(histories.size() - 1);
    log->cut_back(to, [this, to, number]() -> Result<void> {
      const auto now = memory->process_kill();
      const auto found = recover_log(*now, kBenchLog);
      const bool behind = found && (found->empty() || found->end <= to);
      if (!behind) ++stored_too_early;
      return replace_file(*fs, kBenchDir, kBenchId, number);
    });
    check_order();
  }

  // Every byte that the log says it holds, through a cursor, is the history's.
  void expect_holds() {
    const BenchHistory& history = histories.back();
    ASSERT_EQ(log->end(), history.end());
    Offset begin = log->begin();
    std::optional<LogCursor> cursor(std::in_place, *log, begin);
    std::optional<ColdReader> cold(*memory);
    std::optional<Offset> torn_at;
    std::string bytes;
    while (true) {
      const LogCursor::Next next = cursor->next();
      if (next.found == LogCursor::Found::kCaughtUp) break;
      ASSERT_NE(next.found, LogCursor::Found::kOvertaken);
      std::string stride;
      if (next.found == LogCursor::Found::kBytes) {
        stride = next.bytes;
      } else {
        const auto segment = log->segment_at(cursor->position());
        ASSERT_TRUE(segment) << "nothing holds " << cursor->position().bytes();
        const auto n = cold->view(log->path_of(segment->base), segment->base, cursor->position(),
                                  segment->end);
        if (!n && n.error() == DataError::kTorn && torn_at != cursor->position()) {
          // The disk thread is cutting this very segment, or was when the disk failed. When that is
          // done, the log names the one that has the bytes, as it does for a replica's session. It
          // may also have trimmed what was read until here.
          torn_at = cursor->position();
          plan.heal();
          plan.release();
          until_idle();
          begin = log->begin();
          cursor.emplace(*log, begin);
          cold.emplace(*memory);
          bytes.clear();
          continue;
        }
        ASSERT_TRUE(n) << n.error().message() << " at " << cursor->position().bytes();
        stride = *n;
        cold_bytes += n->size();
      }
      bytes += stride;
      cursor->advance(stride.size());
    }
    EXPECT_TRUE(bytes == history.slice(begin, log->end())) << "a wrong byte";
  }
  // What a crash of each kind would leave now.
  void expect_crash_safe() {
    EXPECT_TRUE(is_true_part(*memory->process_kill(), histories));
    EXPECT_TRUE(is_true_part(*memory->crash(), histories));
    EXPECT_TRUE(is_true_part(*memory->torn_crash(random_()), histories));
  }

  Offset end() const { return histories.back().end(); }
  asio::any_io_executor disk() { return disk_.executor(); }

  std::unique_ptr<MemoryFileSystem> memory = std::make_unique<MemoryFileSystem>();
  FaultPlan plan;
  asio::io_context context{1};
  StorageHealth health;
  std::vector<BenchHistory> histories{1};
  std::size_t cold_bytes = 0;
  std::atomic<unsigned> stored_too_early = 0;  // bytes of a history before its number

 private:
  void check_order() const {
    ASSERT_LE(log->begin(), log->durable());
    ASSERT_LE(log->durable(), log->written());
    ASSERT_LE(log->written(), log->end());
    ASSERT_LE(log->boundary(), log->end());
  }

  const Config::Log settings_;
  std::mt19937_64 random_;

 public:
  std::unique_ptr<FaultyFileSystem> fs;
  std::unique_ptr<ReplicationLog> log;

 private:
  WorkerThreads disk_;  // joined first
};

}  // namespace relay::test
