// The children of a component: coroutines that it started and that must have returned before it may
// go.
//
//  (1) join() returns when no child is left. The destructor checks that none is.
//  (2) cancel() asks every child to end (their awaits throw operation_aborted). What is spawned
//      from then on until join() returns is dropped before its first step: a connection accepted in
//      the same instant does not slip through. Then the group may be used afresh.
//  (3) An exception that leaves a child goes to the handler given at construction, after the child
//      was struck off. Only operation_aborted after cancel() is no failure. What the handler throws
//      leaves the executor's run(): that is the policy of the default, log_and_rethrow, since a
//      child that lets an exception escape is a mistake of ours.
//  (4) A child starts in a later turn of the executor, never inside spawn().
//  (5) Where the coroutine that awaits join() is cancelled, the children are; it still returns only
//      after the last of them. One that may have been cancelled before it gets there says `co_await
//      this_coro::throw_if_cancelled(false)` first.
//
// A child takes its arguments by value, or is a member function of something that outlives the
// join.
//
// Threading: one executor, every call.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <memory>

namespace relay {

class TaskGroup {
 public:
  using FailureHandler = std::function<void(std::exception_ptr)>;
  static void log_and_rethrow(const std::exception_ptr& failure);

  explicit TaskGroup(const boost::asio::any_io_executor& executor,
                     FailureHandler on_failure = log_and_rethrow);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(boost::asio::awaitable<void> child);
  void cancel();
  boost::asio::awaitable<void> join();

  std::size_t size() const { return children_.size(); }
  bool empty() const { return children_.empty(); }

 private:
  // The way to cancel one child; its place in the list is the child's name.
  using Children = std::list<boost::asio::cancellation_signal>;

  void cancel_children();
  void ended(Children::iterator child, const std::exception_ptr& failure);

  boost::asio::any_io_executor executor_;
  FailureHandler on_failure_;
  Children children_;
  bool cancelled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // ends with the group
  boost::asio::steady_timer emptied_;  // never expires; cancelled when the last child has gone
};

}  // namespace relay
