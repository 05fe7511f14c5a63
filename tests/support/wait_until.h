// The one way in which a test waits: for a condition, with a limit, and with words for what did not
// come.
//
// The condition is polled; a test never sleeps for a time that somebody thought would do. The
// limits are far above what is needed: they matter only when something is broken, so they cost
// nothing on a busy machine.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace relay::test {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatience = 60s;

class TimedOut : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Returns once `condition` holds; throws TimedOut("<what> did not come within ...") if it never
// does. A condition that throws something derived from std::exception counts as not holding yet:
// servers in the middle of a restart refuse connections.
void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                std::string_view what);
// The same, with words made when the time is up: what was seen instead.
void wait_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout,
                const std::function<std::string()>& what);

}  // namespace relay::test
