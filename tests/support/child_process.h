// A program that a test runs, and ends.
//
//  (1) It never outlives the test: the destructor kills it by its pid, and the kernel does if the
//      test process itself dies.
//  (2) Its standard output and error go to one file.
//
// Threading: made and used on the test's main thread (the kernel ties (1) to the thread that
// started it).
#pragma once

#include "tests/support/wait_until.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace relay::test {

// A file system of this size, seen by the program alone; needs root. From outside it is at
// /proc/<pid>/root/<path>.
struct SmallFilesystem {
  std::filesystem::path path;  // an existing directory
  std::uint64_t bytes = 0;
};

struct Program {
  std::vector<std::string> argv = {};
  std::filesystem::path output = {};
  std::filesystem::path directory = {};                               // where it runs; empty: here
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours
  std::optional<SmallFilesystem> filesystem = {};
  // Its descriptors from 3 on; where there are any, LISTEN_PID and LISTEN_FDS say so.
  std::vector<int> listening = {};
  int network = -1;  // a descriptor of the network namespace to run in (pod_network.h); -1: ours
};

struct ExitStatus {
  int code = -1;   // -1 if it was ended by a signal
  int signal = 0;  // 0 if it exited
  bool operator==(const ExitStatus&) const = default;
};

class ChildProcess {
 public:
  explicit ChildProcess(const Program& program);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running();
  void send_signal(int signal);  // nothing if it has ended
  void kill();                   // SIGKILL, and waits until it is gone
  ExitStatus wait(std::chrono::milliseconds timeout = kPatience);  // throws TimedOut

  std::uint64_t resident_bytes() const { return memory_field("VmRSS:"); }
  std::uint64_t peak_resident_bytes() const { return memory_field("VmHWM:"); }

 private:
  bool reap(int flags);
  std::uint64_t memory_field(const std::string& name) const;

  pid_t pid_ = -1;
  std::optional<ExitStatus> ended_;
};

// Runs a program to its end.
ExitStatus run(const Program& program, std::chrono::milliseconds timeout = kPatience);

}  // namespace relay::test
