#include "proxy/downstream/transfer_budget.h"

#include <algorithm>

namespace relay {

void TransferBudget::set_limits(unsigned concurrency, std::uint64_t bytes_per_second) {
  concurrency_ = concurrency;
  rate_ = bytes_per_second;
  call_the_next();
}

bool TransferBudget::enter(std::uint64_t who) {
  if (std::find(running_.begin(), running_.end(), who) != running_.end()) return true;
  auto place = std::find(queue_.begin(), queue_.end(), who);
  if (place == queue_.end()) {
    queue_.push_back(who);
    place = std::prev(queue_.end());
  }
  const auto ahead = static_cast<std::size_t>(place - queue_.begin());
  if (concurrency_ != 0 && running_.size() + ahead >= concurrency_) return false;
  queue_.erase(place);
  running_.push_back(who);
  return true;
}

void TransferBudget::leave(std::uint64_t who) {
  std::erase(running_, who);
  std::erase(queue_, who);
  call_the_next();
}

void TransferBudget::call_the_next() const {
  if (!on_turn) return;
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (concurrency_ != 0 && running_.size() + i >= concurrency_) return;
    on_turn(queue_[i]);
  }
}

std::chrono::nanoseconds TransferBudget::take(std::uint64_t bytes, Time now) {
  if (rate_ == 0) return {};
  constexpr auto kBurst = std::chrono::milliseconds(200);
  const auto price = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(rate_)));
  paid_until_ = std::max(paid_until_, now - kBurst) + price;
  return std::max(std::chrono::nanoseconds{}, std::chrono::nanoseconds(paid_until_ - now));
}

}  // namespace relay
