#include "common/io/task_group.h"

#include "common/io/notifier.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace relay {
namespace {

namespace asio = boost::asio;

struct Bench {
  asio::io_context context{1};
  Notifier gate{context.get_executor()};
  bool open = false;
  int returned = 0;
  bool joined = false;

  asio::awaitable<void> child() {
    while (!open) co_await gate.wait();
    ++returned;
  }
  asio::awaitable<void> join(TaskGroup& group) {
    co_await group.join();
    joined = true;
  }
  void start(asio::awaitable<void> task) {
    asio::co_spawn(context, std::move(task), asio::detached);
  }
  void open_the_gate() {
    open = true;
    gate.wake_all();
  }
  void run_what_is_ready() {
    context.restart();
    context.poll();
  }
};

TEST(TaskGroup, JoinReturnsWhenTheLastChildHasReturned) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  group.spawn(bench.child());
  group.spawn(bench.child());
  bench.start(bench.join(group));
  bench.run_what_is_ready();
  EXPECT_FALSE(bench.joined);
  EXPECT_EQ(group.size(), 2u);

  bench.open_the_gate();
  bench.run_what_is_ready();
  EXPECT_EQ(bench.returned, 2);
  EXPECT_TRUE(bench.joined);
  EXPECT_TRUE(group.empty());
}

TEST(TaskGroup, JoinOfAnEmptyGroupReturnsAtOnce) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  bench.start(bench.join(group));
  bench.run_what_is_ready();
  EXPECT_TRUE(bench.joined);
}

TEST(TaskGroup, AChildDoesNotStartInsideSpawn) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  bench.open = true;
  const auto parent = [&]() -> asio::awaitable<void> {
    group.spawn(bench.child());
    EXPECT_EQ(bench.returned, 0);
    co_return;
  };
  bench.start(parent());
  bench.run_what_is_ready();
  EXPECT_EQ(bench.returned, 1);
}

TEST(TaskGroup, JoinWaitsForAChildThatAChildSpawned) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  const auto parent = [&]() -> asio::awaitable<void> {
    group.spawn(bench.child());
    co_return;
  };
  group.spawn(parent());
  bench.start(bench.join(group));
  bench.run_what_is_ready();
  EXPECT_FALSE(bench.joined);
  bench.open_the_gate();
  bench.run_what_is_ready();
  EXPECT_TRUE(bench.joined);
}

TEST(TaskGroup, CancelEndsEveryChildAndIsNoFailure) {
  Bench bench;
  int failures = 0;
  TaskGroup group(bench.context.get_executor(), [&](const std::exception_ptr&) { ++failures; });
  group.spawn(bench.child());
  group.spawn(bench.child());
  bench.start(bench.join(group));
  bench.run_what_is_ready();
  group.cancel();
  bench.run_what_is_ready();
  EXPECT_TRUE(bench.joined);
  EXPECT_EQ(bench.returned, 0);
  EXPECT_EQ(failures, 0);
}

TEST(TaskGroup, AChildSpawnedAfterCancelIsCancelledToo) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  group.cancel();
  group.spawn(bench.child());
  bench.start(bench.join(group));
  bench.run_what_is_ready();
  EXPECT_TRUE(bench.joined);
  EXPECT_EQ(bench.returned, 0);
}

TEST(TaskGroup, AfterJoinTheGroupIsFresh) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  group.spawn(bench.child());
  group.cancel();
  bench.start(bench.join(group));
  bench.run_what_is_ready();
  ASSERT_TRUE(bench.joined);

  group.spawn(bench.child());
  bench.run_what_is_ready();
  EXPECT_EQ(group.size(), 1u);
  bench.open_the_gate();
  bench.run_what_is_ready();
  EXPECT_EQ(bench.returned, 1);
}

TEST(TaskGroup, AnEscapingExceptionGoesToTheHandlerAfterTheChildWasStruckOff) {
  Bench bench;
  std::string said;
  std::size_t size_then = 99;
  TaskGroup* seen = nullptr;
  TaskGroup group(bench.context.get_executor(), [&](const std::exception_ptr& failure) {
    size_then = seen->size();
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      said = error.what();
    }
  });
  seen = &group;
  const auto failing = []() -> asio::awaitable<void> {
    throw std::runtime_error("lost");
    co_return;
  };
  group.spawn(failing());
  bench.start(bench.join(group));
  bench.run_what_is_ready();
  EXPECT_EQ(said, "lost");
  EXPECT_EQ(size_then, 0u);
  EXPECT_TRUE(bench.joined);
}

TEST(TaskGroup, AnAbortThatNobodyAskedForIsAFailure) {
  Bench bench;
  int failures = 0;
  TaskGroup group(bench.context.get_executor(), [&](const std::exception_ptr&) { ++failures; });
  const auto failing = []() -> asio::awaitable<void> {
    throw boost::system::system_error(asio::error::operation_aborted);
    co_return;
  };
  group.spawn(failing());
  bench.run_what_is_ready();
  EXPECT_EQ(failures, 1);
}

TEST(TaskGroup, ByDefaultAnEscapingExceptionLeavesTheExecutor) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  const auto failing = []() -> asio::awaitable<void> {
    throw std::runtime_error("lost");
    co_return;
  };
  group.spawn(failing());
  EXPECT_THROW(bench.run_what_is_ready(), std::runtime_error);
  EXPECT_TRUE(group.empty());
}

TEST(TaskGroup, CancellingTheJoinerCancelsTheChildrenAndStillWaitsForThem) {
  Bench bench;
  TaskGroup group(bench.context.get_executor());
  bool cleaned_up = false;
  Notifier cleanup(bench.context.get_executor());
  const auto reluctant = [&]() -> asio::awaitable<void> {
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
      co_await bench.child();
    } catch (const boost::system::system_error&) {
    }
    co_await cleanup.wait();
    cleaned_up = true;
  };
  group.spawn(reluctant());
  TaskGroup outer(bench.context.get_executor());
  outer.spawn(bench.join(group));
  bench.run_what_is_ready();
  outer.cancel();
  bench.run_what_is_ready();
  EXPECT_EQ(group.size(), 1u);
  EXPECT_EQ(outer.size(), 1u);

  cleanup.wake_all();
  bench.run_what_is_ready();
  EXPECT_TRUE(cleaned_up);
  EXPECT_TRUE(bench.joined);
  EXPECT_TRUE(outer.empty());
}

TEST(TaskGroupDeathTest, DestroyingAGroupWithAChildLeftIsCaught) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Bench bench;
        TaskGroup group(bench.context.get_executor());
        group.spawn(bench.child());
      },
      "children_.empty");
}

}  // namespace
}  // namespace relay
