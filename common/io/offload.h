// offload(worker, work): runs a blocking piece of work on another thread and comes back with its
// result to where it was called from.
//
// The caller's frame stays where it is until the work has returned: references into it are good
// inside `work`. It cannot be cancelled half-way, since a disk cannot; so a component that offloads
// is stopped by waiting for it.
//
// A WorkerThread must outlive what is offloaded to it: the relay stops its components first, its
// threads last.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace relay {

namespace asio = boost::asio;

// One thread (or a few) that does nothing but what is offloaded to it, in the order in which it was
// offloaded.
class WorkerThreads {
 public:
  // The name is what `top -H` shows.
  explicit WorkerThreads(unsigned threads = 1, const std::string& name = "worker");
  ~WorkerThreads();
  WorkerThreads(const WorkerThreads&) = delete;
  WorkerThreads& operator=(const WorkerThreads&) = delete;

  asio::any_io_executor executor() { return context_.get_executor(); }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> open_;
  std::vector<std::thread> threads_;
};

template <typename Work>
asio::awaitable<std::invoke_result_t<Work&>> offload(asio::any_io_executor worker, Work work) {
  using Answer = std::invoke_result_t<Work&>;
  std::optional<Answer> outcome;
  auto initiate = [&](auto handler) {
    auto home = asio::get_associated_executor(handler);
    auto job = [&work, &outcome, home_open = asio::make_work_guard(home),
                handler = std::move(handler)]() mutable {
      outcome.emplace(work());
      auto back = home_open.get_executor();
      auto resume = [handler = std::move(handler)]() mutable { std::move(handler)(); };
      asio::post(back, std::move(resume));
    };
    asio::post(worker, std::move(job));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(initiate,
                                                                       asio::use_awaitable);
  co_return std::move(*outcome);
}

}  // namespace relay
