#include "proxy/log/time_index.h"

#include <algorithm>

namespace relay {

std::optional<TimeIndex::Time> TimeIndex::received(Offset at) const {
  const auto after = std::upper_bound(marks_.begin(), marks_.end(), at,
                                      [](Offset o, const Mark& mark) { return o < mark.from; });
  if (after == marks_.begin()) return std::nullopt;
  return std::prev(after)->time;
}

void TimeIndex::cut(Offset to) {
  while (!marks_.empty() && marks_.back().from >= to) marks_.pop_back();
}

void TimeIndex::trim(Offset begin) {
  while (marks_.size() > 1 && marks_[1].from <= begin) marks_.pop_front();
}

void TimeIndex::add(Mark mark) {
  marks_.push_back(mark);
  if (marks_.size() >= kMost) thin_out(mark.time);
}

// A mark is not needed where the gap that it leaves is small for its age. Over a year of steady
// writing some 2500 are left; should clocks or seeds have made more of them necessary, precision is
// given up until there is room again.
void TimeIndex::thin_out(Time now) {
  for (int precision = kPrecision; precision > 0 && marks_.size() > kMost * 3 / 4; precision /= 2) {
    std::deque<Mark> kept = {marks_.front()};
    for (std::size_t i = 1; i < marks_.size(); ++i) {
      const bool is_last = i + 1 == marks_.size();
      const auto age = now - kept.back().time;
      if (is_last || marks_[i + 1].time - kept.back().time > age / precision) {
        kept.push_back(marks_[i]);
      }
    }
    marks_.swap(kept);
  }
}

}  // namespace relay
