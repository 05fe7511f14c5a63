// A relay that is asked to stop while a disk does not answer. Run as a process of its own each time:
// what hangs in a disk cannot be destroyed, and the program leaves without trying.
#include "common/base/event_ring.h"
#include "common/base/logging.h"
#include "proxy/relay.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/disk/memory_file_system.h"
#include "tests/support/wait_until.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <unistd.h>

namespace relay::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Config on_free_ports(std::chrono::milliseconds patience) {
  Config config;
  config.listen.address = "127.0.0.1";
  config.listen.port = 0;
  config.http.address = "127.0.0.1";
  config.http.port = 0;
  config.admin.socket = "none";
  config.upstream.host = "127.0.0.1";
  config.upstream.port = 1;  // nobody's
  config.data_dir =
      (std::filesystem::temp_directory_path() / ("relay-stop-" + std::to_string(::getpid())))
          .string();
  config.shutdown_timeout = patience;
  return config;
}

bool is_stopping() {
  const auto events = logged_events().after(0);
  return std::any_of(events.begin(), events.end(), [](const std::string& event) {
    return event.find("\"relay.stopping\"") != std::string::npos;
  });
}

// The relay's exit code, when its disk hangs in `call` and it is then sent `signals`; 99 where it
// leaves too early.
[[noreturn]] void stop_with(DiskCall call, std::chrono::milliseconds patience, int signals) {
  MemoryFileSystem memory;
  FaultPlan plan;
  FaultyFileSystem disk(memory, plan);
  Config config = on_free_ports(patience);
  std::filesystem::create_directories(config.data_dir);  // the lock is a real one
  std::string path;
  for (const auto& part : std::filesystem::path(config.data_dir).relative_path()) {
    path += "/" + part.string();
    (void)memory.make_directory(path);
  }
  Relay relay(config, disk);
  if (const std::string fault = relay.open(); !fault.empty()) {
    log_error("test", {{"fault", fault}});
    std::_Exit(98);
  }
  std::filesystem::remove_all(config.data_dir);
  plan.stall({call});
  relay.handle_signals();
  const auto begins = Clock::now();
  std::thread watcher([&] {
    plan.wait_until_stalled();
    for (int i = 0; i < signals; ++i) {
      ::kill(::getpid(), SIGTERM);
      wait_until([] { return is_stopping(); }, kPatience, "the signal being heard");
    }
  });
  const int code = relay.run();
  std::_Exit(signals == 1 && Clock::now() - begins < patience ? 99 : code);
}

class Stop : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(Stop, ADiskThatDoesNotAnswerIsWaitedForNoLongerThanWasAllowed) {
  EXPECT_EXIT(stop_with(DiskCall::kSpace, 1200ms, 1), ::testing::ExitedWithCode(0),
              "relay.tasks_left");
}

TEST_F(Stop, WhileADiskIsWaitedForASecondSignalEndsAtOnce) {
  EXPECT_EXIT(stop_with(DiskCall::kSpace, 1h, 2), ::testing::ExitedWithCode(0),
              "relay.stopping_now");
}

}  // namespace
}  // namespace relay::test
