// What happens again and again, by key, told of at a bounded pace: the first time at once, then, for as
// long as it goes on, once a minute with how often it was.
//
//  (1) Nothing is left out of the counts: what was not told of in its minute is due when that is over.
//  (2) Bounded: of more than kMostKeys at a time the rest share one, the default Key.
//
// Threading: one owner.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace relay {

template <typename Key>
class Repeats {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kPace = std::chrono::minutes(1);
  static constexpr std::size_t kMostKeys = 200;

  // It happened. How often since it was told of last, if it is to be told of now; otherwise 0.
  std::uint64_t count(Key key, Clock::time_point now) {
    if (!known_.contains(key) && known_.size() >= kMostKeys) key = Key();
    const auto [place, is_new] = known_.try_emplace(std::move(key), Known{0, now});
    Known& known = place->second;
    ++known.untold;
    if (!is_new && now - known.told < kPace) return 0;
    known.told = now;
    return std::exchange(known.untold, 0);
  }

  // Those whose minute is over, with how often they were in it and were not told of; who was not is
  // forgotten.
  std::vector<std::pair<Key, std::uint64_t>> due(Clock::time_point now) {
    std::vector<std::pair<Key, std::uint64_t>> all;
    for (auto next = known_.begin(); next != known_.end();) {
      const auto place = next++;
      Known& known = place->second;
      if (now - known.told < kPace) continue;
      if (known.untold == 0) {
        known_.erase(place);
        continue;
      }
      known.told = now;
      all.emplace_back(place->first, std::exchange(known.untold, 0));
    }
    return all;
  }

 private:
  struct Known {
    std::uint64_t untold = 0;
    Clock::time_point told;
  };
  std::map<Key, Known> known_;
};

}  // namespace relay
