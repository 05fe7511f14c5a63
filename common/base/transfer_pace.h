// How fast a transfer is now, and for how long it has stood still: not what it was on average, which
// says nothing of one that stalled.
//
//  (1) The rate is over the last kWindow, or since the beginning where that is later.
//  (2) Bounded: a place each kStep at most, those older than the window go.
//
// Threading: none of its own. Time comes from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace relay {

struct Pace {
  double rate = 0;                // bytes per second; 0 while it stands still
  std::optional<double> stalled;  // seconds since it last moved, once that is long
};

class TransferPace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kWindow{10};
  static constexpr std::chrono::milliseconds kStep{900};
  static constexpr std::chrono::seconds kStalled{5};  // a pause that is worth a word

  void begin(Time now) {
    places_.assign(1, {now, 0});
    moved_ = now;
  }

  // Each second or so, with how far it has come.
  void note(std::uint64_t done, Time now) {
    if (places_.empty()) return begin(now);
    if (done != places_.back().done) moved_ = now;
    if (now - places_.back().at < kStep) return;
    places_.push_back({now, done});
    // One at the window's edge or before it stays, for the rate to be over the whole of it.
    while (places_.size() > 2 && now - places_[1].at >= kWindow) places_.pop_front();
  }

  Pace at(std::uint64_t done, Time now) const {
    Pace pace;
    if (places_.empty()) return pace;
    const bool moved_since = done != places_.back().done;
    if (!moved_since && now - moved_ >= kStalled) {
      pace.stalled = std::chrono::duration<double>(now - moved_).count();
      return pace;
    }
    const double seconds = std::chrono::duration<double>(now - places_.front().at).count();
    if (seconds > 0 && done > places_.front().done) {
      pace.rate = static_cast<double>(done - places_.front().done) / seconds;
    }
    return pace;
  }

 private:
  struct Place {
    Time at;
    std::uint64_t done;
  };
  std::deque<Place> places_;
  Time moved_{};
};

}  // namespace relay
