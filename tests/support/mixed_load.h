// Writes of every kind to a master, from a thread, until told to stop: all data types, several
// databases, MULTI/EXEC, Lua, expires, values of megabytes, and whole flushes if wanted.
//
// The commands are random from a given seed; they go out in batches, without waiting for each
// reply. An error reply is no matter (a command may meet a key of another type after a RENAME); a
// lost connection is tried again until stop().
//
// Threading: one thread inside; every member may be called from the test's thread.
#pragma once

#include "tests/support/redis_client.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <thread>

namespace relay::test {

struct LoadOptions {
  std::uint16_t port = 0;
  std::string address = "127.0.0.1";
  std::string password = {};
  unsigned seed = 1;
  unsigned commands_per_second = 0;  // 0: as fast as the server answers
  unsigned databases = 4;
  std::size_t value_bytes = 200;    // of ordinary values, at most
  std::size_t big_value_bytes = 0;  // of a big one now and then; 0: none
  unsigned big_value_every = 500;   // commands
  bool flushes = false;
  unsigned keys = 300;  // per type
};

class MixedLoad {
 public:
  explicit MixedLoad(LoadOptions options);
  ~MixedLoad();

  void stop();  // returns when the last reply has come or the link is lost
  // While it is held nothing more is sent than what is under way.
  void hold(bool is_held) {
    is_held_ = is_held;
    is_held_.notify_all();
  }
  std::uint64_t commands() const { return commands_; }
  std::uint64_t errors() const { return errors_; }
  void wait_for_commands(std::uint64_t count) const;  // so many more than now

 private:
  void run();
  void run_connection();
  void rest_until(std::chrono::steady_clock::time_point due);  // or until it is stopped
  unsigned append_batch(std::string& out);  // returns the number of replies to come
  unsigned append_write(std::string& out);
  unsigned append_any(std::string& out);
  unsigned pick(unsigned below);
  std::string key(const char* type);
  std::string value(std::size_t most);

  const LoadOptions options_;
  std::mt19937 random_;
  std::string filler_;
  std::mutex mutex_;  // of what stopped_ waits for
  std::condition_variable stopped_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_held_ = false;
  std::atomic<std::uint64_t> commands_ = 0;
  std::atomic<std::uint64_t> errors_ = 0;
  std::thread thread_;
};

}  // namespace relay::test
