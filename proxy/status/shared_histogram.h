// A DurationHistogram that one thread fills while others read: what a thread of the data path
// counts without a lock.
//
// A reader may see an observation's bucket before its sum, never a count that goes back.
//
// Threading: observe() is for one thread; add_to() for any.
#pragma once

#include "proxy/status/duration_histogram.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace relay {

template <std::size_t N>
class SharedHistogram {
 public:
  // The bounds rise, and outlive it (constants of duration_histogram.h).
  explicit SharedHistogram(const std::array<double, N>& bounds) : bounds_(bounds) {}

  void observe(double seconds) {
    const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), seconds);
    auto& count = counts_[static_cast<std::size_t>(bound - bounds_.begin())];
    // Nobody else writes: no read-modify-write is needed.
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    sum_.store(sum_.load(std::memory_order_relaxed) + seconds, std::memory_order_relaxed);
  }

  // `into` has the same bounds.
  void add_to(DurationHistogram& into) const {
    std::array<std::uint64_t, N + 1> counts;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    into.add(counts, sum_.load(std::memory_order_relaxed));
  }

 private:
  const std::array<double, N>& bounds_;
  std::array<std::atomic<std::uint64_t>, N + 1> counts_{};  // of each bound, the last of none
  std::atomic<double> sum_ = 0;
};

}  // namespace relay
