#include "common/base/backoff.h"

#include <algorithm>

namespace relay {
namespace {

std::uint64_t at_least_one(std::chrono::milliseconds delay) {
  return static_cast<std::uint64_t>(std::max(delay.count(), std::chrono::milliseconds::rep{1}));
}

}  // namespace

Backoff::Backoff(std::chrono::milliseconds min, std::chrono::milliseconds max)
    : min_(at_least_one(min)), max_(std::max(min_, at_least_one(max))), ceiling_(min_) {}

std::chrono::milliseconds Backoff::next(std::uint64_t random) {
  ++attempts_;
  // Doubled by comparison, not by multiplication: no max can make it overflow.
  ceiling_ = ceiling_ > max_ / 2 ? max_ : ceiling_ * 2;
  const std::uint64_t delay = min_ + random % (ceiling_ - min_ + 1);
  return std::chrono::milliseconds(delay);
}

void Backoff::reset() {
  ceiling_ = min_;
  attempts_ = 0;
}

}  // namespace relay
