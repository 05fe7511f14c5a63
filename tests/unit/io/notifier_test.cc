#include "common/io/notifier.h"

#include "common/io/deadline.h"
#include "common/io/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <optional>

namespace relay {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct Bench {
  asio::io_context context{1};
  Notifier notifier{context.get_executor()};
  TaskGroup tasks{context.get_executor()};
  bool condition = false;
  int passed = 0;

  asio::awaitable<void> pass_when_it_holds() {
    while (!condition) co_await notifier.wait();
    ++passed;
  }

  void run_what_is_ready() {
    context.restart();
    context.poll();
  }
};

TEST(Notifier, EveryWaiterIsWokenAndTheLoopLooksAgain) {
  Bench bench;
  for (int i = 0; i < 3; ++i) bench.tasks.spawn(bench.pass_when_it_holds());
  bench.run_what_is_ready();

  bench.notifier.wake_all();
  bench.run_what_is_ready();
  EXPECT_EQ(bench.passed, 0);  // woken, but it does not hold yet

  bench.condition = true;
  bench.notifier.wake_all();
  bench.run_what_is_ready();
  EXPECT_EQ(bench.passed, 3);
}

TEST(Notifier, WakingWithNobodyWaitingIsNotKeptForTheNext) {
  Bench bench;
  bench.notifier.wake_all();
  bool woken = false;
  const auto waiter = [&]() -> asio::awaitable<void> {
    co_await bench.notifier.wait();
    woken = true;
  };
  bench.tasks.spawn(waiter());
  bench.run_what_is_ready();
  EXPECT_FALSE(woken);

  bench.notifier.wake_all();
  bench.run_what_is_ready();
  EXPECT_TRUE(woken);
}

TEST(Notifier, AWakeBetweenTheCallOfWaitAndItsAwaitIsNotLost) {
  Bench bench;
  bool plain = false;
  bool timed = false;
  const auto waiter = [&]() -> asio::awaitable<void> {
    auto first = bench.notifier.wait();
    bench.notifier.wake_all();
    co_await std::move(first);
    plain = true;
    auto second = bench.notifier.wait_for(1h);
    bench.notifier.wake_all();
    timed = co_await std::move(second);
  };
  bench.tasks.spawn(waiter());
  bench.run_what_is_ready();
  EXPECT_TRUE(plain);
  EXPECT_TRUE(timed);
}

TEST(Notifier, TimedWaitTellsTheWakeFromTheTimeOut) {
  Bench bench;
  std::optional<bool> woken;
  std::optional<bool> expired;
  const auto patient = [&]() -> asio::awaitable<void> {
    woken = co_await bench.notifier.wait_for(1h);
  };
  const auto hasty = [&]() -> asio::awaitable<void> {
    expired = co_await bench.notifier.wait_for(0s);
  };
  bench.tasks.spawn(patient());
  bench.tasks.spawn(hasty());
  while (!expired) bench.context.run_one();
  EXPECT_FALSE(*expired);
  EXPECT_FALSE(woken);

  bench.notifier.wake_all();
  bench.run_what_is_ready();
  ASSERT_TRUE(woken);
  EXPECT_TRUE(*woken);
}

TEST(Notifier, ACancelledWaiterLeavesWithOperationAborted) {
  Bench bench;
  int aborted = 0;
  const auto waiter = [&](bool timed) -> asio::awaitable<void> {
    try {
      if (timed) {
        co_await bench.notifier.wait_for(1h);
      } else {
        co_await bench.notifier.wait();
      }
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) ++aborted;
    }
  };
  bench.tasks.spawn(waiter(false));
  bench.tasks.spawn(waiter(true));
  bench.run_what_is_ready();
  bench.tasks.cancel();
  bench.run_what_is_ready();
  EXPECT_EQ(aborted, 2);
}

TEST(Notifier, OneWaiterCancelledLeavesTheOthersWaiting) {
  Bench bench;
  TaskGroup other(bench.context.get_executor());
  bench.tasks.spawn(bench.pass_when_it_holds());
  other.spawn(bench.pass_when_it_holds());
  bench.run_what_is_ready();
  other.cancel();
  bench.run_what_is_ready();
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(bench.tasks.size(), 1u);

  bench.condition = true;
  bench.notifier.wake_all();
  bench.run_what_is_ready();
  EXPECT_EQ(bench.passed, 1);
}

}  // namespace
}  // namespace relay
