// A condition to wait on: a coroutine that has nothing to do waits here, inside `while (!condition)
// co_await notifier.wait();`, and whoever changes the condition calls wake_all() afterwards.
//
//  (1) No wake-up is lost: a wait() that was called before a wake_all() ends by it, even where it
//      is awaited only later (through within() or a race with something else). One called after it
//      waits for the next.
//  (2) Any number may wait. All are woken; none is promised that the condition holds, hence the
//      loop.
//  (3) wake_all() resumes nobody on the spot: it may be called from anywhere on the executor, and
//      costs little with nobody waiting.
//  (4) A waiter that is cancelled leaves with system_error(operation_aborted).
//
// The Notifier outlives its waiters.
//
// Threading: one executor, every call.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstdint>

namespace relay {

class Notifier {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Notifier(const boost::asio::any_io_executor& executor)
      : forever_(executor, Clock::time_point::max()) {}
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  void wake_all() {
    ++wakes_;
    forever_.cancel();
    for (TimedWait& wait : timed_) wait.timer.cancel();
  }

  boost::asio::awaitable<void> wait() { return wait_past(wakes_); }

  // True if woken, false if the time passed first.
  boost::asio::awaitable<bool> wait_until(Clock::time_point when) {
    return wait_past(wakes_, when);
  }
  boost::asio::awaitable<bool> wait_for(Clock::duration limit) {
    return wait_until(Clock::now() + limit);
  }

 private:
  // It unlinks itself when its coroutine ends, and also when that is destroyed where it stands.
  struct TimedWait : boost::intrusive::list_base_hook<
                         boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    TimedWait(const boost::asio::any_io_executor& executor, Clock::time_point when)
        : timer(executor, when) {}
    boost::asio::steady_timer timer;
  };

  boost::asio::awaitable<void> wait_past(std::uint64_t seen) {
    if (wakes_ != seen) co_return;
    boost::system::error_code error;
    co_await forever_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (wakes_ == seen) throw boost::system::system_error(boost::asio::error::operation_aborted);
  }

  boost::asio::awaitable<bool> wait_past(std::uint64_t seen, Clock::time_point when) {
    if (wakes_ != seen) co_return true;
    TimedWait wait(forever_.get_executor(), when);
    timed_.push_back(wait);
    boost::system::error_code error;
    co_await wait.timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (wakes_ != seen) co_return true;
    if (error) throw boost::system::system_error(error);
    co_return false;
  }

  std::uint64_t wakes_ = 0;
  boost::asio::steady_timer forever_;  // never expires; being cancelled is the wake-up
  boost::intrusive::list<TimedWait, boost::intrusive::constant_time_size<false>> timed_;
};

}  // namespace relay
