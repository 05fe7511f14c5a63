// A limit on how long an await may take: `auto reply = co_await within(5s, master.read_line());`
//
//  (1) It ends with the work's value, with the work's exception, or with system_error(timed_out).
//  (2) Whatever the outcome, the work has ended when within() returns: on time-out it is cancelled
//      and waited for. What it borrowed is free again, and work that shrugs cancellation off is
//      waited for as long as it takes.
//  (3) A value that arrives together with the time-out wins: bytes that were read are not thrown
//      away.
//  (4) Cancelling the caller cancels the work.
//
// Built on a parallel group and not on `work || timer`: that operator waits for the first
// *success*, so a failure of the work would show itself only when the time is up, and as a
// time-out.
//
// Cost: a few small allocations and a turn through the executor. For conversations, not for the
// byte stream.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>

namespace relay {

template <typename T>
boost::asio::awaitable<T> within(std::chrono::steady_clock::duration limit,
                                 boost::asio::awaitable<T> work) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  // Everything is named before it is awaited: g++ 12 destroys twice what is built inside a co_await
  // expression.
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred), timer.async_wait(asio::deferred));
  auto first_ends_it = asio::experimental::wait_for_one();
  auto ended = race.async_wait(first_ends_it, asio::use_awaitable);
  auto outcome = co_await std::move(ended);

  const std::exception_ptr failure = std::get<1>(outcome);
  const boost::system::error_code timer_error =
      std::get<std::tuple_size_v<decltype(outcome)> - 1>(outcome);
  const bool timer_came_first = std::get<0>(outcome)[0] == 1 && !timer_error;
  if (failure && timer_came_first) {
    throw boost::system::system_error(make_error_code(boost::system::errc::timed_out));
  }
  if (failure) std::rethrow_exception(failure);
  if constexpr (!std::is_void_v<T>) co_return std::move(std::get<2>(outcome));
}

}  // namespace relay
