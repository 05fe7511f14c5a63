// The newest part of a log, the one in memory, as threads other than the appending one follow it.
//
//  (1) end() only grows, and the bytes below it never change. What a log cuts away is cut by leaving
//      the tail: its end then stands still for good, and the log goes on under another tail.
//  (2) A reader walks from chunk to chunk by Chunk::next(), and only to where end() lies: what was
//      written before the end was published is seen by whoever has seen that end.
//  (3) Nothing is locked, and nobody is waited for. A reader that is behind keeps chunks alive that
//      the log has let go of, until it follows begin().
//  (4) Now and then a batch is a sample: with it goes when it was received, so that readers can tell
//      how long it took to be sent on.
//
// Threading: any. The setters: the executor that appends.
#pragma once

#include "proxy/log/chunk.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace relay {

// A batch in many: where it ends, and when it was received.
struct TailSample {
  Offset end;
  std::chrono::steady_clock::time_point received;
};

class LogTail {
 public:
  explicit LogTail(Offset end) : begin_(end.bytes()), end_(end.bytes()) {}

  Offset begin() const { return Offset::of_bytes(begin_.load(std::memory_order_relaxed)); }
  Offset end() const { return Offset::of_bytes(end_.load(std::memory_order_acquire)); }

  void set_begin(Offset begin) { begin_.store(begin.bytes(), std::memory_order_relaxed); }
  void publish(Offset end) { end_.store(end.bytes(), std::memory_order_release); }

  // Before its end is published.
  void set_sample(TailSample sample) {
    const unsigned number = sample_number_.load(std::memory_order_relaxed);
    sample_number_.store(number + 1, std::memory_order_relaxed);
    // Releases, so that who sees one of the two sees that it is being written.
    sample_end_.store(sample.end.bytes(), std::memory_order_release);
    sample_received_.store(sample.received.time_since_epoch().count(), std::memory_order_release);
    sample_number_.store(number + 2, std::memory_order_release);
  }
  // The newest one; at the beginning of all if there was none. None while it is being written.
  std::optional<TailSample> sample() const {
    using Time = std::chrono::steady_clock::time_point;
    const unsigned number = sample_number_.load(std::memory_order_acquire);
    const std::uint64_t end = sample_end_.load(std::memory_order_acquire);
    const Time::rep received = sample_received_.load(std::memory_order_acquire);
    const bool is_whole =
        number % 2 == 0 && number == sample_number_.load(std::memory_order_relaxed);
    if (!is_whole) return std::nullopt;
    return TailSample{Offset::of_bytes(end), Time(Time::duration(received))};
  }

 private:
  std::atomic<std::uint64_t> begin_;  // of what the log still holds in memory
  std::atomic<std::uint64_t> end_;
  std::atomic<unsigned> sample_number_ = 0;  // odd while the two below do not belong together
  std::atomic<std::uint64_t> sample_end_ = 0;
  std::atomic<std::chrono::steady_clock::rep> sample_received_ = 0;
};

using LogTailPtr = std::shared_ptr<LogTail>;

// A tail, and the chunks of it that there were at the time: where a new reader begins.
struct TailStart {
  LogTailPtr tail;
  std::vector<std::shared_ptr<Chunk>> chunks;  // at least one; the last one is open
};

// One reader's view of a tail. Threading: one thread at a time, any.
class TailView {
 public:
  explicit TailView(TailStart start)
      : tail_(std::move(start.tail)), chunks_(start.chunks.begin(), start.chunks.end()) {
    refresh();
  }

  const LogTail* tail() const { return tail_.get(); }
  Offset begin() const { return chunks_.front()->base(); }
  Offset end() const { return end_; }
  // The first sample that ends behind `at`, of the last kSamples. None if there is none yet.
  std::optional<TailSample> sample_behind(Offset at) const {
    if (samples_.empty() || samples_.back().end <= at) return std::nullopt;
    return *std::upper_bound(samples_.begin(), samples_.end(), at,
                             [](Offset o, const TailSample& sample) { return o < sample.end; });
  }

  // Sees what has been published since, and lets go of what the log has let go of. True if there is
  // something new.
  bool refresh() {
    const Offset end = tail_->end();
    const bool grew = end > end_;
    end_ = end;
    if (grew) note_sample();
    while (chunks_.back()->base() + Chunk::kSize < end_) chunks_.push_back(chunks_.back()->next());
    const Offset begin = tail_->begin();
    while (chunks_.size() > 1 && chunks_.front()->base() + Chunk::kSize <= begin) {
      chunks_.pop_front();
    }
    return grew;
  }

  // The chunk that holds `at`, which is in [begin, end). Chunks are full but for the last one.
  const ChunkPtr& chunk_at(Offset at) const {
    RELAY_CHECK(at >= begin() && at < end_);
    return chunks_[at.since(begin()) / Chunk::kSize];
  }

 private:
  static constexpr std::size_t kSamples = 128;

  void note_sample() {
    const auto sample = tail_->sample();
    if (!sample || (!samples_.empty() && samples_.back().end >= sample->end)) return;
    samples_.push_back(*sample);
    if (samples_.size() > kSamples) samples_.pop_front();
  }

  const LogTailPtr tail_;
  std::deque<ChunkPtr> chunks_;
  std::deque<TailSample> samples_;
  Offset end_;
};

}  // namespace relay
