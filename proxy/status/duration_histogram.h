// How long something took, counted by upper bounds, as the metrics show it. A plain value: a
// component keeps one, observes into it, and copies it into its part of the Status.
//
// Threading: none of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace relay {

// In seconds. A full sync: from "at once" to an hour.
inline constexpr std::array<double, 7> kFullSyncBounds = {1, 5, 15, 60, 300, 900, 3600};
// An fsync: from half a millisecond, a good disk, to two seconds, a stalled one.
inline constexpr std::array<double, 12> kFsyncBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                        0.05,   0.1,   0.25,   0.5,   1,    2};
// From the master's socket to a replica's: from a few system calls to a stall.
inline constexpr std::array<double, 16> kPropagationBounds = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
    0.025,   0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};

class DurationHistogram {
 public:
  // The bounds rise, and the array outlives all copies (constants above).
  explicit DurationHistogram(std::span<const double> bounds)
      : bounds_(bounds), counts_(bounds.size(), 0) {}

  void observe(double seconds) {
    ++count_;
    sum_ += seconds;
    for (std::size_t i = 0; i < bounds_.size(); ++i) {
      if (seconds <= bounds_[i]) ++counts_[i];
    }
  }

  // What was counted elsewhere: how many fell to each bound and not to one before it, the last
  // number being those above all bounds.
  void add(std::span<const std::uint64_t> counts, double sum) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      below += counts[i];
      if (i < counts_.size()) counts_[i] += below;
    }
    count_ += below;
    sum_ += sum;
  }

  // With the same bounds.
  void add(const DurationHistogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
  }

  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  // (bound, how many were not above it), without the last one, +Inf, which is count().
  std::vector<std::pair<double, std::uint64_t>> cumulative() const {
    std::vector<std::pair<double, std::uint64_t>> buckets;
    for (std::size_t i = 0; i < bounds_.size(); ++i) buckets.emplace_back(bounds_[i], counts_[i]);
    return buckets;
  }

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> counts_;  // cumulative, one per bound
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace relay
