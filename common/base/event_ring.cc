#include "common/base/event_ring.h"

#include <algorithm>

namespace relay {

void EventRing::add(std::string_view line) {
  const std::lock_guard lock(mutex_);
  ++newest_;
  events_.push_back("{\"id\":" + std::to_string(newest_) + "," + std::string(line.substr(1)));
  if (events_.size() > held_) events_.pop_front();
}

std::vector<std::string> EventRing::after(std::uint64_t id, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t oldest = newest_ - events_.size();  // the id before the first one held
  if (id >= newest_) return {};
  const std::size_t skip = id > oldest ? id - oldest : 0;
  const std::size_t count = std::min(most, events_.size() - skip);
  const auto first = events_.begin() + static_cast<std::ptrdiff_t>(skip);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

std::vector<std::string> EventRing::last(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(most, events_.size()));
  return {events_.end() - count, events_.end()};
}

std::uint64_t EventRing::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

EventRing& logged_events() {
  static EventRing events;
  return events;
}

}  // namespace relay
