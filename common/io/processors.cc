#include "common/io/processors.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <string>

namespace relay {
namespace {

std::string contents(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

unsigned processors_of_quota(std::string_view cpu_max) {
  std::uint64_t quota = 0;
  std::uint64_t period = 0;
  const char* const end = cpu_max.data() + cpu_max.size();
  const auto first = std::from_chars(cpu_max.data(), end, quota);
  if (first.ec != std::errc() || first.ptr == end) return 0;
  const auto second = std::from_chars(first.ptr + 1, end, period);
  if (second.ec != std::errc() || period == 0 || quota == 0) return 0;
  return static_cast<unsigned>(std::min<std::uint64_t>((quota + period - 1) / period, 1U << 16));
}

unsigned usable_processors() {
  unsigned count = 1;
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    count = static_cast<unsigned>(std::max(1, CPU_COUNT(&allowed)));
  }
  // Version 2, then version 1, as a container sees its own.
  unsigned quota = processors_of_quota(first_line(contents("/sys/fs/cgroup/cpu.max")));
  if (quota == 0) {
    quota = processors_of_quota(first_line(contents("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")) + " " +
                                first_line(contents("/sys/fs/cgroup/cpu/cpu.cfs_period_us")));
  }
  return quota > 0 ? std::min(count, quota) : count;
}

}  // namespace relay
