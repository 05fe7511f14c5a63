// What full syncs may take from everyone else: how many run at a time, and how many bytes per
// second they send in all.
//
//  (1) Places are given in the order of asking. Who waits need not ask again before it is called.
//  (2) The rate is a bucket that fills evenly and holds a fifth of a second's worth: transfers are
//      smooth, and a transfer that waits is told how long.
//
// Pure but for the clock passed in. Threading: the control executor.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>

namespace relay {

class TransferBudget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void set_limits(unsigned concurrency, std::uint64_t bytes_per_second);

  // Called with each of the queue that may now begin, until it has.
  std::function<void(std::uint64_t who)> on_turn;

  // Whether `who` may begin now. If not it is in the queue, until it may, or leaves.
  bool enter(std::uint64_t who);
  // `who` is done, or no longer wants to.
  void leave(std::uint64_t who);

  // Takes `bytes` and says how long to wait before sending more.
  std::chrono::nanoseconds take(std::uint64_t bytes, Time now);

  std::size_t running() const { return running_.size(); }
  std::size_t queued() const { return queue_.size(); }

 private:
  void call_the_next() const;

  unsigned concurrency_ = 0;
  std::uint64_t rate_ = 0;
  std::deque<std::uint64_t> running_;
  std::deque<std::uint64_t> queue_;
  Time paid_until_{};  // what was taken so far is paid for by then
};

}  // namespace relay
