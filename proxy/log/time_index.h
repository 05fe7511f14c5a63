// When which byte of the log was received: what tells how old the oldest byte is that a replica has
// not acknowledged.
//
//  (1) Marks rise in place and in time. Those bytes that lie between two marks count as received at
//      the earlier one's time: an age is never said too small.
//  (2) It is said too large by kStep, or by a kPrecision-th of itself, whichever is more. So old
//      marks may be thinned out, and there are never more than kMost of them, however old the log.
//  (3) A cut takes with it the marks of what is cut away; trimming, those that no byte held needs.
//
// Noting costs one comparison for most batches. Times are steady: a clock that is set changes no
// age. Inner ring. Threading: the executor that appends.
#pragma once

#include "common/base/offset.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace relay {

class TimeIndex {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::size_t kMost = 4096;
  static constexpr std::chrono::milliseconds kStep{10};
  static constexpr int kPrecision = 128;

  // The bytes from `from` on were received at `now`. Neither is before what was noted last; a time
  // that is counts as that one.
  void note(Offset from, Time now) {
    if (!marks_.empty() && now - marks_.back().time < kStep) return;
    add({from, now});
  }

  // When the byte behind `at` was received. None: nothing is known so far back.
  std::optional<Time> received(Offset at) const;

  void cut(Offset to);      // nothing behind `to` has been received
  void trim(Offset begin);  // nothing before `begin` is asked for

  std::size_t size() const { return marks_.size(); }

 private:
  struct Mark {
    Offset from;
    Time time;
  };

  void add(Mark mark);
  void thin_out(Time now);

  std::deque<Mark> marks_;
};

}  // namespace relay
