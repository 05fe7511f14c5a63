#include "proxy/log/replication_log.h"

#include "common/base/logging.h"
#include "proxy/log/segment_format.h"

#include <algorithm>

namespace relay {
ReplicationLog::ReplicationLog(asio::any_io_executor home, asio::any_io_executor disk,
                               FileSystem& fs, std::string directory, const Config::Log& settings,
                               StorageHealth& health, LogStart start)
    : home_(home),
      disk_(disk),
      directory_(directory),
      settings_(settings),
      health_(health),
      files_(fs, std::move(directory), settings, start.segments),
      segments_(std::move(start.segments)),
      last_sync_(std::chrono::steady_clock::now()),
      work_(home),
      stop_(home),
      progress_(home) {
  begin_ = segments_.empty() ? start.at : segments_.front().base;
  durable_ = written_ = boundary_ = end_ = start.at;
  begin_at_ = start.at;
  tail_ = std::make_shared<LogTail>(end_);
  for (const SegmentInfo& segment : segments_) {
    // A segment says when its last byte came. Its others count as no older.
    const auto age = std::max(std::chrono::system_clock::now() - segment.newest, 0ns);
    times_.note(segment.base, last_sync_ - std::chrono::duration_cast<Time::duration>(age));
  }
}

ReplicationLog::~ReplicationLog() { RELAY_CHECK(!running_); }

std::span<char> ReplicationLog::space() {
  if (chunks_.empty() || chunks_.back()->is_full()) {
    auto next = std::make_shared<Chunk>(end_);
    if (!chunks_.empty()) chunks_.back()->link(next);
    chunks_.push_back(std::move(next));
    shed_memory();
  }
  return chunks_.back()->space();
}

void ReplicationLog::publish(std::size_t n, Offset boundary, Time now) {
  chunks_.back()->fill(n);
  const bool is_first = written_ == end_;
  if (is_first) gathering_since_ = now;
  if (n > 0) times_.note(end_, now);
  end_ += n;
  appended_bytes_ += n;
  RELAY_CHECK(boundary >= boundary_ && boundary <= end_);
  boundary_ = boundary;
  if (now - sampled_ >= kSampleEvery) {
    sampled_ = now;
    tail_->set_sample({end_, now});
  }
  tail_->publish(end_);
  if (is_first || !is_gathering()) work_.wake_all();
}

void ReplicationLog::append(std::string_view bytes, Offset boundary, Time now) {
  while (!bytes.empty()) {
    const std::span<char> into = space();
    const std::size_t n = std::min(into.size(), bytes.size());
    std::copy_n(bytes.data(), n, into.data());
    bytes.remove_prefix(n);
    publish(n, boundary <= end_ + n ? boundary : boundary_, now);
  }
}

void ReplicationLog::note_boundary(Offset boundary) {
  RELAY_CHECK(boundary >= boundary_ && boundary <= end_);
  boundary_ = boundary;
}

bool ReplicationLog::memory_is_full() const {
  // A failed disk stops nobody: memory is shed instead. A slow one is waited for, or the stream
  // would have a hole on disk.
  return !refuses_ && running_ && memory_bytes() > settings_.memory_hard;
}

asio::awaitable<void> ReplicationLog::room() {
  while (memory_is_full() && !stopping_) co_await progress_.wait();
}

void ReplicationLog::cut_back(Offset to, DiskTask first) {
  RELAY_CHECK(to == boundary_ && to <= end_);
  tasks_.push_back(std::move(first));
  work_.wake_all();
  if (to == end_) return;
  ++cuts_;
  times_.cut(to);
  if (to < begin_) {
    // One command was longer than all that is held. Nothing of the log is left, and it goes on from
    // the border before it.
    chunks_.clear();
    tail_ = std::make_shared<LogTail>(to);
    begin_ = written_ = durable_ = end_ = to;
    begin_anew_ = true;
    begin_at_.reset();
    return;
  }

  // The last chunk is replaced by a copy of its beginning: those who hold it go on seeing the bytes
  // they saw, and what is linked to it is what followed it then.
  while (!chunks_.empty() && chunks_.back()->base() >= to) chunks_.pop_back();
  if (!chunks_.empty()) {
    auto cut = std::make_shared<Chunk>(chunks_.back()->base());
    const std::size_t keep = to.since(cut->base());
    std::copy_n(chunks_.back()->from(cut->base()).data(), keep, cut->space().data());
    cut->fill(keep);
    chunks_.back() = std::move(cut);
  }
  end_ = to;
  tail_ = std::make_shared<LogTail>(to);
  tail_->set_begin(memory_begin());
  // A job may be writing bytes past the cut at this moment. begin_at() comes after it and takes
  // them away, together with what that job wrote before the cut, which is written again: memory
  // still has it.
  written_ = std::min(written_, to);
  durable_ = std::min(durable_, to);
  if (!begin_anew_) begin_at_ = written_;
}

void ReplicationLog::pin(std::optional<Offset> at) {
  pin_ = at;
  apply_retention();
}

void ReplicationLog::set_limits(std::uint64_t max_size, Duration max_age, FsyncPolicy fsync,
                                Duration interval) {
  settings_.max_size = max_size;
  settings_.max_age = max_age;
  settings_.fsync = fsync;
  settings_.fsync_interval = interval;
  apply_retention();
  work_.wake_all();
}

ChunkPtr ReplicationLog::chunk_at(Offset at) const {
  auto after = std::upper_bound(chunks_.begin(), chunks_.end(), at,
                                [](Offset o, const ChunkPtr& c) { return o < c->base(); });
  if (after == chunks_.begin()) return nullptr;
  const ChunkPtr& chunk = *std::prev(after);
  return chunk->holds(at) ? chunk : nullptr;
}

TailStart ReplicationLog::tail() {
  (void)space();  // a reader goes from chunk to chunk, and must have a first one
  return {tail_, {chunks_.begin(), chunks_.end()}};
}

std::optional<SegmentInfo> ReplicationLog::segment_at(Offset at) const {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    SegmentInfo segment = segments_[i];
    const bool last = i + 1 == segments_.size();
    // Not past written_, for the files may still hold what has been cut away.
    segment.end = std::min(segment.end, last ? written_ : segments_[i + 1].base);
    segment.end = std::min(segment.end, written_);
    if (at >= segment.base && at < segment.end) return segment;
  }
  return std::nullopt;
}

std::string ReplicationLog::path_of(Offset base) const { return segment_path(directory_, base); }

void ReplicationLog::set_aside(Offset base) {
  if (begin_anew_ || begin_at_) return;
  const auto damaged = std::find_if(segments_.begin(), segments_.end(),
                                    [&](const SegmentInfo& one) { return one.base == base; });
  if (damaged == segments_.end()) return;
  const bool last = std::next(damaged) == segments_.end();
  const Offset lost_from = begin_;
  if (last) {
    begin_anew();  // memory reaches back to a place in it, or further
  } else {
    move_begin(std::min(std::next(damaged)->base, written_));
    apply_retention();
  }
  log_error("log.damaged",
            {{"segment", segment_name(base)},
             {"lost_from", lost_from},
             {"lost_to", begin_},
             {"effect", "the log begins behind the damage; who needs more gets a full sync"}});
  work_.wake_all();
}

std::uint64_t ReplicationLog::disk_bytes() const {
  std::uint64_t sum = 0;
  for (const SegmentInfo& segment : segments_) sum += segment.file_bytes;
  return sum;
}

std::optional<std::chrono::system_clock::time_point> ReplicationLog::oldest() const {
  const auto received = begin_ < end_ ? times_.received(begin_) : std::nullopt;
  if (!received) return std::nullopt;
  const auto age = std::chrono::steady_clock::now() - *received;
  return std::chrono::system_clock::now() -
         std::chrono::duration_cast<std::chrono::system_clock::duration>(age);
}

std::optional<Offset> ReplicationLog::trim_next() const {
  const auto after = std::find_if(segments_.begin(), segments_.end(),
                                  [&](const SegmentInfo& one) { return one.base > begin_; });
  if (after == segments_.end() || after == segments_.begin()) return std::nullopt;
  return after->base;
}

void ReplicationLog::shed_memory() {
  bool begin_moves = false;
  const std::uint64_t budget = failed_ ? settings_.memory_hard : settings_.memory;
  while (chunks_.size() > 1 && memory_bytes() > budget) {
    const Offset chunk_end = chunks_.front()->end();
    if (chunk_end > written_) {
      if (!refuses_)
        return;  // the disk will follow; memory_is_full() says when that takes too long
      begin_moves = true;
    }
    chunks_.pop_front();
    tail_->set_begin(chunks_.front()->base());
  }
  if (begin_moves) {
    // Bytes are gone that the disk never got. What it has before them joins nothing any more.
    begin_anew();
  }
}

// Nothing on disk is of use any more: the log is what memory holds of it, and all of that is stored
// once more.
void ReplicationLog::begin_anew() {
  move_begin(memory_begin());
  written_ = durable_ = begin_;
  begin_anew_ = true;
  begin_at_.reset();
}

void ReplicationLog::move_begin(Offset to) {
  if (to <= begin_) return;
  trimmed_bytes_ += to.since(begin_);
  begin_ = to;
  times_.trim(begin_);
  written_ = std::max(written_, to);
  durable_ = std::max(durable_, to);
  progress_.wake_all();
}

void ReplicationLog::apply_retention() {
  const RetentionLimits limits{settings_.max_size, settings_.max_age};
  const RetentionPlan plan =
      plan_retention(segments_, limits, pin_, std::chrono::system_clock::now());
  pinned_over_budget_ = plan.pinned_over_budget;
  if (begin_anew_) return;
  if (plan.drop > 0) move_begin(std::min(segments_[plan.drop].base, written_));
  const bool may_trim = std::chrono::steady_clock::now() >= next_trim_;
  if (segments_.size() > 1 && segments_[1].base <= begin_ && may_trim) {
    trim_wanted_ = true;
    work_.wake_all();
  }
}

}  // namespace relay
