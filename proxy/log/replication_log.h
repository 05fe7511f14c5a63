// The replication log: the bytes of one replication history, in order, in memory and on disk.
//
//  (1) Byte k here is byte k of the master's stream. Nothing is added, dropped or rewritten.
//  (2) begin <= durable <= written <= end, and boundary <= end. Appending moves end, the disk
//      writer moves written and durable, trimming moves begin; none moves back, but for the cut
//      (and, after a failure of the disk, for what it had not surely stored):
//  (3) cut_back() takes the end back to the boundary when the master's history changes inside a
//      command (protocol: +CONTINUE with a new id). Nothing else ever moves the end back.
//  (4) What is not yet written is in memory; what is written may leave memory once the memory
//      budget is exceeded.
//  (5) No hole is ever stored. When the disk fails, its part of the log ends there; the log goes on
//      in memory, and when the disk is back it goes on from that place if memory still reaches back
//      to it, else the log begins anew on disk at what memory still holds: begin moves up, and is
//      said.
//  (6) What is appended reaches the disk thread within kGatherLongest, unless that is busy. With
//      fsync `always`, at once.
//
// The appending side is the upstream link, and at most one at a time. Any number of LogCursors
// read. The disk's side is run(), one coroutine that hands the disk thread one job at a time; while
// a job runs, what arrives gathers for the next. Whoever appends waits for nothing unless
// memory_is_full().
//
// Threading: the control executor, but for the jobs, which touch LogFiles and the pieces handed to
// them and nothing else, and for those who follow the tail().
#pragma once

#include "common/io/notifier.h"
#include "common/io/offload.h"
#include "proxy/config/config.h"
#include "proxy/log/chunk.h"
#include "proxy/log/log_files.h"
#include "proxy/log/log_tail.h"
#include "proxy/log/retention.h"
#include "proxy/log/storage_health.h"
#include "proxy/log/time_index.h"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relay {

// Where a log starts: empty at an offset, or with what recovery found.
struct LogStart {
  Offset at;  // the end; recovery has already taken it back to the boundary
  std::vector<SegmentInfo> segments;
};

class ReplicationLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // How often a batch is a sample (LogTail).
  static constexpr Duration kSampleEvery = 100ms;
  static constexpr std::uint64_t kGatherBytes = std::uint64_t{1} << 20;
  static constexpr Duration kGatherLongest = 5ms;

  ReplicationLog(asio::any_io_executor home, asio::any_io_executor disk, FileSystem& fs,
                 std::string directory, const Config::Log& settings, StorageHealth& health,
                 LogStart start);
  ~ReplicationLog();

  Offset begin() const { return begin_; }
  Offset durable() const { return durable_; }
  Offset written() const { return written_; }
  Offset boundary() const { return boundary_; }
  Offset end() const { return end_; }

  // Appending. space() is where the next bytes go; publish() says how many came, where the last
  // command border is now, and when they came.
  std::span<char> space();
  void publish(std::size_t n, Offset boundary, Time now = std::chrono::steady_clock::now());
  void append(std::string_view bytes, Offset boundary,  // for bytes that are already somewhere else
              Time now = std::chrono::steady_clock::now());
  void note_boundary(Offset boundary);  // found in bytes that we already had
  bool memory_is_full() const;
  asio::awaitable<void> room();  // until memory is no longer full

  // Takes the end back to `to`, which is the boundary. `first` runs on the disk thread before any
  // byte appended from now on is stored (the history's new id is written there); it is tried until
  // it succeeds.
  using DiskTask = std::function<Result<void>()>;
  void cut_back(Offset to, DiskTask first);
  // How many cuts there were: what a cursor has cached from before one is void.
  unsigned cuts() const { return cuts_; }

  // Retention never trims past the pin: the newest usable snapshot's offset.
  void pin(std::optional<Offset> at);
  // True when only the pin keeps the log from shrinking to its budget.
  bool is_pinned_over_budget() const { return pinned_over_budget_; }
  void set_limits(std::uint64_t max_size, Duration max_age, FsyncPolicy fsync, Duration interval);
  // How long after a failure of the disk the next attempt is made.
  void set_retry_interval(Duration interval) { retry_interval_ = interval; }
  // Bytes are handed to the disk thread when there are so many, or when the first of them has waited
  // so long: under load a job for each batch would cost more than what it stores.
  void set_gathering(std::uint64_t bytes, Duration longest) {
    gather_bytes_ = bytes;
    gather_longest_ = longest;
  }

  // Reading. Null where memory does not reach back to `at`, or nothing has come after it.
  ChunkPtr chunk_at(Offset at) const;
  // Where another thread begins to follow what is appended from now on. A cut ends the tail: those
  // who follow it see nothing more, and are to be sent away.
  TailStart tail();
  Offset memory_begin() const { return chunks_.empty() ? end_ : chunks_.front()->base(); }
  // The segment that holds `at`, its end being as far as it may be read. None: not on disk.
  std::optional<SegmentInfo> segment_at(Offset at) const;
  // A reader found this segment damaged: the log now begins behind it, and what is gone is said.
  // Nothing happens while segments are being cut, for that looks the same to a reader.
  void set_aside(Offset base);

  // The disk's side. run() returns after stop(), when all that was appended is stored, or has
  // failed to be.
  asio::awaitable<void> run();
  void stop();
  void
  abandon();  // like stop(), but what is not stored yet need not be: the log is about to be removed
  bool is_running() const { return running_; }
  // Everything appended until now is on disk, as far as the fsync policy goes, or the disk has
  // failed.
  asio::awaitable<void> settled();

  // Woken whenever a frontier of the disk's side has moved, or the log's begin has.
  Notifier& progress() { return progress_; }

  std::uint64_t disk_bytes() const;
  std::uint64_t memory_bytes() const { return chunks_.size() * Chunk::kSize; }
  bool uses_direct_io() const { return uses_direct_io_; }
  const std::vector<SegmentInfo>& segments() const { return segments_; }
  std::size_t segment_count() const { return segments_.size(); }
  std::uint64_t appended_bytes() const { return appended_bytes_; }
  std::uint64_t trimmed_bytes() const { return trimmed_bytes_; }
  // When the byte behind `at` was received, or a little before (time_index.h); of what was there
  // before a restart, as the segments say. None: nothing is known of it.
  std::optional<Time> received(Offset at) const { return times_.received(at); }
  std::optional<std::chrono::system_clock::time_point> oldest() const;
  // Where the oldest segment ends; none while it is the only one.
  std::optional<Offset> trim_next() const;
  const std::string& directory() const { return directory_; }
  std::string path_of(Offset base) const;

 private:
  struct Job;
  struct Outcome;

  bool has_work() const;
  bool is_gathering() const;
  bool sync_is_due() const;
  std::optional<Job> next_job();
  Outcome perform(Job& job);
  void apply(const Job& job, Outcome outcome);
  void fail(std::string_view op, const ErrorCode& error);
  void begin_anew();
  void shed_memory();
  void apply_retention();
  void move_begin(Offset to);

  // Fixed after construction.
  const asio::any_io_executor home_;
  const asio::any_io_executor disk_;
  const std::string directory_;
  Config::Log settings_;  // the limits in it follow a reload
  StorageHealth& health_;

  // The disk thread's, while a job runs.
  LogFiles files_;

  // The control executor's.
  std::deque<ChunkPtr> chunks_;
  LogTailPtr tail_;
  TimeIndex times_;
  Time sampled_{};  // when the last sample was taken
  Offset begin_, durable_, written_, boundary_, end_;
  std::vector<SegmentInfo> segments_;  // as files_ last said
  std::optional<Offset> pin_;
  bool pinned_over_budget_ = false;
  unsigned cuts_ = 0;

  std::deque<DiskTask> tasks_;      // before any further byte is stored
  std::optional<Offset> begin_at_;  // a segment must be begun here first: at written_
  bool begin_anew_ = false;         // ... at begin_, and nothing before it is of use
  bool trim_wanted_ = false;        // files before begin_ may go
  bool running_ = false;
  bool stopping_ = false;
  bool abandoned_ = false;
  bool failed_ = false;          // a job has failed, and no byte has been stored since
  bool uses_direct_io_ = false;  // as files_ last said
  bool refuses_ = false;         // the last job failed: there is no use in waiting for the disk
  Duration retry_interval_ = 1s;
  std::uint64_t gather_bytes_ = kGatherBytes;
  Duration gather_longest_ = kGatherLongest;
  std::chrono::steady_clock::time_point gathering_since_{};
  std::chrono::steady_clock::time_point last_sync_;
  std::chrono::steady_clock::time_point next_trim_{};  // not before, since the last one failed

  Notifier work_;
  Notifier stop_;
  Notifier progress_;

  std::uint64_t appended_bytes_ = 0;
  std::uint64_t trimmed_bytes_ = 0;
};

}  // namespace relay
