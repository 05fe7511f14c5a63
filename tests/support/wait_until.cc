#include "tests/support/wait_until.h"

#include <thread>

namespace relay::test {

namespace {

constexpr auto kPollInterval = 5ms;

}  // namespace

void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                const std::function<std::string()>& what) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::string last_exception;
  while (true) {
    try {
      if (condition()) return;
      last_exception.clear();
    } catch (const std::exception& e) {
      last_exception = e.what();
    }
    if (std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kPollInterval);
  }
  std::string text = what() + " did not come within " + std::to_string(timeout.count()) + " ms";
  if (!last_exception.empty()) text += " (last error: " + last_exception + ")";
  throw TimedOut(text);
}

void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                std::string_view what) {
  wait_until(condition, timeout, [what] { return std::string(what); });
}

}  // namespace relay::test
