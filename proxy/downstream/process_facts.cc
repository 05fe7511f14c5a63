#include "proxy/downstream/process_facts.h"

#include <algorithm>
#include <fstream>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace relay {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::uint64_t page_size() {
  return static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
}

}  // namespace

ProcessFacts read_process_facts() {
  ProcessFacts facts;
  facts.pid = ::getpid();

  utsname name{};
  if (::uname(&name) == 0) {
    facts.system = std::string(name.sysname) + " " + name.release + " " + name.machine;
  }

  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  facts.resident_bytes = resident_pages * page_size();
  facts.total_system_memory =
      static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES))) * page_size();

  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    // The kernel keeps the peak loosely: it may be a little behind the present.
    const auto peak = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    facts.peak_resident_bytes = std::max(peak, facts.resident_bytes);
    facts.user_seconds = seconds(usage.ru_utime);
    facts.system_seconds = seconds(usage.ru_stime);
  }
  return facts;
}

}  // namespace relay
