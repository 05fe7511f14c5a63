// The disk's side of the replication log: what is handed to the disk thread, in which order, and
// what its outcome means.
#include "common/base/logging.h"
#include "proxy/log/replication_log.h"

#include <algorithm>

namespace relay {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kJobBytes = std::size_t{4}
                                  << 20;  // the frontiers move while a lot is written

}  // namespace

// One turn of the disk thread: at most one kind of change, so that a failure has one meaning.
struct ReplicationLog::Job {
  DiskTask task;
  std::optional<Offset> begin_at;
  bool begin_anew = false;
  std::vector<LogPiece> pieces;
  bool through_cache = false;
  Offset boundary;
  bool sync = false;
  bool close = false;
  std::optional<Offset> trim;
};

struct ReplicationLog::Outcome {
  std::string_view failed_op;  // empty: all done
  ErrorCode error;
  Offset written;
  bool synced = false;  // all that was written until the end of the job
  std::chrono::nanoseconds sync_took{};
  std::vector<SegmentInfo> segments;
  bool direct_io = false;
};

bool ReplicationLog::sync_is_due() const {
  switch (settings_.fsync) {
    case FsyncPolicy::kNo:
      return false;
    case FsyncPolicy::kAlways:
      return true;
    case FsyncPolicy::kInterval:
      return stopping_ || steady_clock::now() - last_sync_ >= settings_.fsync_interval;
  }
  return false;
}

bool ReplicationLog::has_work() const {
  return !tasks_.empty() || begin_at_ || begin_anew_ || trim_wanted_ || written_ < end_ ||
         (durable_ < written_ && sync_is_due());
}

// There is nothing to do but to store, and that can wait for more.
bool ReplicationLog::is_gathering() const {
  const bool in_a_hurry = stopping_ || failed_ || settings_.fsync == FsyncPolicy::kAlways ||
                          !tasks_.empty() || begin_at_ || begin_anew_ || trim_wanted_;
  return !in_a_hurry && written_ < end_ && end_.since(written_) < gather_bytes_;
}

// The order in which things reach the disk is the order of the cases here. A crash between any two
// leaves what recovery understands: a log that ends early, under the ids it had until then.
std::optional<ReplicationLog::Job> ReplicationLog::next_job() {
  Job job;
  job.boundary = boundary_;
  if (trim_wanted_ && !begin_anew_) {
    // First of all, since it frees space that the rest may need. What is trimmed is not referred to
    // by anything.
    trim_wanted_ = false;
    job.trim = begin_;
    return job;
  }
  if (begin_anew_) {
    job.begin_anew = true;
    job.begin_at = begin_;
    return job;
  }
  if (begin_at_) {
    // The cut comes before the new id: the other way round, a crash would leave torn bytes under an
    // id they do not belong to.
    job.begin_at = *begin_at_;
    return job;
  }
  if (!tasks_.empty()) {
    // The new id comes before the first byte of its history, for the same reason.
    job.task = tasks_.front();
    return job;
  }
  if (written_ < end_) {
    std::size_t bytes = 0;
    for (Offset at = written_; at < end_ && bytes < kJobBytes;) {
      const ChunkPtr chunk = chunk_at(at);
      RELAY_CHECK(chunk != nullptr);
      const std::string_view piece = chunk->from(at);
      job.pieces.push_back({chunk, piece});
      bytes += piece.size();
      at += piece.size();
    }
    // A burst that the disk cannot take is the page cache's: what is in it may leave our memory, and
    // the master need not wait.
    job.through_cache = end_.since(written_) > settings_.memory;
    // Here too, for under load there always is more to write.
    job.sync = sync_is_due();
    return job;
  }
  if (durable_ < written_ && sync_is_due()) {
    job.sync = true;
    return job;
  }
  return std::nullopt;
}

// On the disk thread.
ReplicationLog::Outcome ReplicationLog::perform(Job& job) {
  Outcome outcome;
  const auto attempt = [&](std::string_view op, const Result<void>& result) {
    if (!result && outcome.failed_op.empty()) {
      outcome.failed_op = op;
      outcome.error = result.error();
    }
    return outcome.failed_op.empty();
  };
  if (job.trim) attempt("trim", files_.trim(*job.trim));
  if (job.begin_anew) {
    attempt("append", files_.begin_anew(*job.begin_at, job.boundary));
  } else if (job.begin_at) {
    attempt("append", files_.begin_at(*job.begin_at, job.boundary));
  }
  if (job.task) attempt("rename", job.task());
  files_.use_page_cache(job.through_cache);
  if (!job.pieces.empty()) attempt("append", files_.append(job.pieces, job.boundary));
  outcome.written = files_.end();
  if (job.sync && outcome.failed_op.empty()) {
    const auto start = steady_clock::now();
    outcome.synced = attempt("fsync", files_.sync());
    outcome.sync_took = steady_clock::now() - start;
  }
  if (job.close && outcome.failed_op.empty()) outcome.synced = attempt("fsync", files_.close());
  if (!outcome.failed_op.empty() && files_.sync_failed()) outcome.failed_op = "fsync";
  outcome.segments = files_.segments();
  outcome.direct_io = files_.uses_direct_io();
  return outcome;
}

void ReplicationLog::apply(const Job& job, Outcome outcome) {
  segments_ = std::move(outcome.segments);
  uses_direct_io_ = outcome.direct_io;
  if (!outcome.failed_op.empty() && outcome.failed_op != "trim") {
    fail(outcome.failed_op, outcome.error);
    return;
  }
  // A disk that answers again is waited for, before it has stored anything: memory would shed what
  // is about to be stored, and a disk that is slow to begin anew would never catch up.
  if (!job.trim) refuses_ = false;
  if (outcome.failed_op == "trim") {
    // The file stays and is tried again later; nothing reads it.
    health_.count("trim");
    next_trim_ = steady_clock::now() + retry_interval_;
    log_warn("log.trim_failed", {{"reason", outcome.error}});
  }
  if (outcome.sync_took.count() > 0) {
    health_.observe_fsync(outcome.sync_took);
    last_sync_ = steady_clock::now();
  }
  if (job.begin_anew) {
    // More may have been shed, or cut, while the job ran; then it is done once more.
    begin_anew_ = *job.begin_at != begin_;
    if (!begin_anew_) written_ = durable_ = *job.begin_at;
  } else if (job.begin_at && begin_at_ == job.begin_at) {
    begin_at_.reset();
    written_ = durable_ = *job.begin_at;
    if (const Offset first = segments_.front().base; first > begin_) {
      log_error("log.lost",
                {{"lost_from", begin_},
                 {"lost_to", first},
                 {"reason", "what is on disk does not reach what follows it"},
                 {"effect", "the log begins behind the hole; who needs more gets a full sync"}});
      move_begin(first);
    }
  }
  if (job.task) tasks_.pop_front();
  // What was written past a cut that came meanwhile does not count; begin_at() is about to take it
  // away.
  if (!begin_at_ && !begin_anew_) {
    written_ = std::clamp(outcome.written, written_, end_);
    if (outcome.synced || settings_.fsync == FsyncPolicy::kNo) durable_ = written_;
    // A segment is begun when all before it is synced.
    durable_ = std::clamp(segments_.back().base, durable_, written_);
    const bool nothing_left = written_ == end_ && tasks_.empty() && !job.trim;
    if (!job.pieces.empty() || nothing_left) {
      failed_ = false;
      health_.recover();  // also from what befell the log of a generation before this one
    }
  }
  gathering_since_ = steady_clock::now();
  apply_retention();
  shed_memory();
}

void ReplicationLog::fail(std::string_view op, const ErrorCode& error) {
  health_.degrade(op, error);
  failed_ = refuses_ = true;
  if (begin_anew_) return;
  // Where the disk's part of the log surely ends: after a failed sync nothing past the last good
  // one can be relied on, for the kernel may have dropped the pages. If memory does not reach back
  // that far, the log begins anew at what it holds.
  const Offset sure = op == "fsync" ? durable_ : written_;
  if (sure < memory_begin()) {
    begin_anew();
  } else {
    begin_at_ = written_ = sure;
  }
}

asio::awaitable<void> ReplicationLog::run() {
  running_ = true;
  bool closing = false;
  bool last_failed = false;
  while (true) {
    // One that succeeds while others failed is followed at once: memory may be shedding what the
    // next one stores.
    if (last_failed && !stopping_) co_await stop_.wait_for(retry_interval_);
    if (abandoned_) break;
    if (is_gathering() && steady_clock::now() < gathering_since_ + gather_longest_) {
      co_await work_.wait_until(gathering_since_ + gather_longest_);
      continue;
    }
    std::optional<Job> job = next_job();
    if (!job) {
      if (stopping_) {
        job.emplace();
        job->close = closing = true;
      } else if (settings_.fsync == FsyncPolicy::kInterval && durable_ < written_) {
        co_await work_.wait_until(last_sync_ + settings_.fsync_interval);
        continue;
      } else {
        co_await work_.wait();
        continue;
      }
    }
    auto work = [this, &job] { return perform(*job); };
    Outcome outcome = co_await offload(disk_, work);
    // A file too many is no failure: the rest can be stored all the same.
    last_failed = !outcome.failed_op.empty() && outcome.failed_op != "trim";
    apply(*job, std::move(outcome));
    progress_.wake_all();
    if (closing || (last_failed && stopping_)) break;
  }
  running_ = false;
  progress_.wake_all();
}

void ReplicationLog::stop() {
  stopping_ = true;
  work_.wake_all();
  stop_.wake_all();
  progress_.wake_all();
}

void ReplicationLog::abandon() {
  abandoned_ = true;
  stop();
}

asio::awaitable<void> ReplicationLog::settled() {
  while (running_ && !failed_ && has_work()) co_await progress_.wait();
}

}  // namespace relay
