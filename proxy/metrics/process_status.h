// What the process knows of itself: the system's account of it (/proc/self) and the lines it
// logged.
//
// Reading it takes a few system calls and blocks for no disk. What cannot be read stays 0: a scrape
// does not fail for it.
//
// Threading: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace relay {

struct ProcessStatus {
  double cpu_seconds = 0;
  std::uint64_t open_files = 0;
  std::uint64_t max_files = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t max_virtual_bytes = 0;  // "no limit" is the largest number
  std::uint64_t resident_bytes = 0;
  double start_time = 0;  // seconds since 1970
  std::uint64_t threads = 0;
  std::array<std::uint64_t, 4> log_lines{};  // by level: debug, info, warn, error
};

ProcessStatus read_process_status();

// What /proc/<pid>/stat says, in the kernel's units; the name in it may hold blanks and brackets.
// All 0 if it is not such a line.
struct ProcStat {
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;  // since boot
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};
ProcStat parse_proc_stat(std::string_view line);

}  // namespace relay
