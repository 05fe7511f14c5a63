#include "common/io/task_group.h"

#include "common/base/check.h"
#include "common/base/logging.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace relay {

namespace asio = boost::asio;

namespace {

bool is_abort(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

// co_spawn may run a child up to its first wait on the spot; this puts a turn of the executor
// before it.
asio::awaitable<void> in_a_later_turn(asio::awaitable<void> child) {
  co_await asio::post(asio::use_awaitable);
  co_await std::move(child);
}

}  // namespace

void TaskGroup::log_and_rethrow(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log_error("task.failed", {{"error", error.what()}});
    throw;
  } catch (...) {
    log_error("task.failed", {{"error", "not a std::exception"}});
    throw;
  }
}

TaskGroup::TaskGroup(const asio::any_io_executor& executor, FailureHandler on_failure)
    : executor_(executor),
      on_failure_(std::move(on_failure)),
      emptied_(executor, asio::steady_timer::time_point::max()) {}

TaskGroup::~TaskGroup() { RELAY_CHECK(children_.empty()); }

void TaskGroup::spawn(asio::awaitable<void> child) {
  if (cancelled_) return;
  const auto place = children_.emplace(children_.end());
  asio::co_spawn(
      executor_, in_a_later_turn(std::move(child)),
      asio::bind_cancellation_slot(
          place->slot(), [this, place](std::exception_ptr failure) { ended(place, failure); }));
}

void TaskGroup::cancel() {
  cancelled_ = true;
  // Asio passes a cancellation on by way of the executor, with a pointer into the child's state:
  // called from elsewhere, the child could be gone when it arrives. From within the executor this
  // is done on the spot.
  asio::dispatch(executor_, [this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired() && cancelled_) cancel_children();
  });
}

void TaskGroup::cancel_children() {
  for (auto next = children_.begin(); next != children_.end();) {
    const auto child = next++;  // emit() may strike the child off
    child->emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<void> TaskGroup::join() {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!children_.empty()) {
    const auto joiner = co_await asio::this_coro::cancellation_state;
    if (joiner.cancelled() != asio::cancellation_type::none) cancel();
    if (children_.empty()) break;
    boost::system::error_code error;
    co_await emptied_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
  cancelled_ = false;
  co_await asio::this_coro::throw_if_cancelled(throws);
}

void TaskGroup::ended(Children::iterator child, const std::exception_ptr& failure) {
  const bool was_asked_to = cancelled_;
  children_.erase(child);
  if (children_.empty()) emptied_.cancel();
  if (failure && !(was_asked_to && is_abort(failure))) on_failure_(failure);
}

}  // namespace relay
