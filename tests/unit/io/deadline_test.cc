#include "common/io/deadline.h"

#include "common/io/notifier.h"
#include "common/io/task_group.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace relay {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Bench {
  asio::io_context context{1};
  Notifier never{context.get_executor()};
  TaskGroup tasks{context.get_executor()};

  template <typename Task>
  void run(Task task) {
    tasks.spawn(task());
    context.restart();
    while (!tasks.empty()) context.run_one();
  }
};

boost::system::error_code code_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

TEST(Within, ReturnsTheValueOfTheWork) {
  Bench bench;
  std::string got;
  const auto work = []() -> asio::awaitable<std::string> { co_return "value"; };
  bench.run([&]() -> asio::awaitable<void> { got = co_await within(1h, work()); });
  EXPECT_EQ(got, "value");
}

TEST(Within, ReturnsAValueThatCanOnlyBeMoved) {
  Bench bench;
  std::unique_ptr<int> got;
  const auto work = []() -> asio::awaitable<std::unique_ptr<int>> {
    co_return std::make_unique<int>(7);
  };
  bench.run([&]() -> asio::awaitable<void> { got = co_await within(1h, work()); });
  ASSERT_TRUE(got);
  EXPECT_EQ(*got, 7);
}

TEST(Within, AFailureOfTheWorkIsSeenAtOnceAndAsItself) {
  Bench bench;
  bool seen = false;
  const auto work = []() -> asio::awaitable<void> {
    throw std::runtime_error("refused");
    co_return;
  };
  bench.run([&]() -> asio::awaitable<void> {
    try {
      co_await within(1h, work());  // were the timer waited for, this test would not end
    } catch (const std::runtime_error&) {
      seen = true;
    }
  });
  EXPECT_TRUE(seen);
}

TEST(Within, ThrowsTimedOutWhenTheTimePassesAndTheWorkHasEndedByThen) {
  Bench bench;
  std::exception_ptr failure;
  bool work_ended = false;
  const auto work = [&]() -> asio::awaitable<void> {
    struct AtEnd {
      explicit AtEnd(bool& f) : flag(f) {}
      ~AtEnd() { flag = true; }
      bool& flag;
    } at_end(work_ended);
    while (true) co_await bench.never.wait();
  };
  bench.run([&]() -> asio::awaitable<void> {
    try {
      co_await within(1ms, work());
    } catch (...) {
      EXPECT_TRUE(work_ended);
      failure = std::current_exception();
    }
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(code_of(failure), boost::system::errc::timed_out);
}

TEST(Within, AValueThatArrivesWithTheTimeOutWins) {
  Bench bench;
  int got = 0;
  const auto work = [&]() -> asio::awaitable<int> {
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
      co_await bench.never.wait();
    } catch (const boost::system::system_error&) {
    }
    co_return 42;
  };
  bench.run([&]() -> asio::awaitable<void> { got = co_await within(1ms, work()); });
  EXPECT_EQ(got, 42);
}

TEST(Within, CancellingTheCallerCancelsTheWorkAndIsNotATimeOut) {
  Bench bench;
  std::exception_ptr failure;
  const auto work = [&]() -> asio::awaitable<void> {
    while (true) co_await bench.never.wait();
  };
  const auto caller = [&]() -> asio::awaitable<void> {
    try {
      co_await within(1h, work());
    } catch (...) {
      failure = std::current_exception();
    }
  };
  bench.tasks.spawn(caller());
  bench.context.poll();
  EXPECT_FALSE(failure);
  bench.tasks.cancel();
  bench.context.restart();
  bench.context.poll();
  ASSERT_TRUE(failure);
  EXPECT_EQ(code_of(failure), asio::error::operation_aborted);
}

TEST(Within, LimitsNest) {
  Bench bench;
  std::exception_ptr failure;
  const auto work = [&]() -> asio::awaitable<void> {
    while (true) co_await bench.never.wait();
  };
  const auto inner = [&]() -> asio::awaitable<void> { co_await within(1h, work()); };
  bench.run([&]() -> asio::awaitable<void> {
    try {
      co_await within(1ms, inner());
    } catch (...) {
      failure = std::current_exception();
    }
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(code_of(failure), boost::system::errc::timed_out);
}

TEST(Within, AWakeThatComesWhileTheRaceIsBeingSetUpIsNotLost) {
  Bench bench;
  bool woken = false;
  bench.run([&]() -> asio::awaitable<void> {
    auto wait = bench.never.wait();
    bench.never.wake_all();
    co_await within(1h, std::move(wait));
    woken = true;
  });
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace relay
