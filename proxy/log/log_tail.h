// The newest part of a log, the one in memory, as threads other than the appending one follow it.
//
//  (1) end() only grows, and the bytes below it never change. What a log cuts away is cut by leaving
//      the tail: its end then stands still for good, and the log goes on under another tail.
//  (2) A reader walks from chunk to chunk by Chunk::next(), and only to where end() lies: what was
//      written before the end was published is seen by whoever has seen that end.
//  (3) Nothing is locked, and nobody is waited for. A reader that is behind keeps chunks alive that
//      the log has let go of, until it follows begin().
//
// Threading: any. The two setters: the executor that appends.
#pragma once

#include "proxy/log/chunk.h"

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

namespace relay {

class LogTail {
 public:
  explicit LogTail(Offset end) : begin_(end.bytes()), end_(end.bytes()) {}

  Offset begin() const { return Offset::of_bytes(begin_.load(std::memory_order_relaxed)); }
  Offset end() const { return Offset::of_bytes(end_.load(std::memory_order_acquire)); }

  void set_begin(Offset begin) { begin_.store(begin.bytes(), std::memory_order_relaxed); }
  void publish(Offset end) { end_.store(end.bytes(), std::memory_order_release); }

 private:
  std::atomic<std::uint64_t> begin_;  // of what the log still holds in memory
  std::atomic<std::uint64_t> end_;
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

  // Sees what has been published since, and lets go of what the log has let go of. True if there is
  // something new.
  bool refresh() {
    const Offset end = tail_->end();
    const bool grew = end > end_;
    end_ = end;
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
  const LogTailPtr tail_;
  std::deque<ChunkPtr> chunks_;
  Offset end_;
};

}  // namespace relay
