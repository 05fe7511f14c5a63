#include "proxy/metrics/process_status.h"

#include "common/base/logging.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

namespace relay {
namespace {

std::string contents_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t boot_time() {
  const std::string stat = contents_of("/proc/stat");
  const std::size_t at = stat.find("\nbtime ");
  return at == std::string::npos ? 0 : number(std::string_view(stat).substr(at + 7));
}

std::uint64_t soft_limit(__rlimit_resource resource) {
  rlimit limit{};
  return ::getrlimit(resource, &limit) == 0 ? limit.rlim_cur : 0;
}

std::uint64_t count_open_files() {
  std::error_code error;
  std::uint64_t count = 0;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) ++count;
  return count > 0 ? count - 1 : 0;  // the one that this was read through
}

}  // namespace

ProcStat parse_proc_stat(std::string_view line) {
  ProcStat stat;
  const std::size_t bracket = line.rfind(')');
  if (bracket == std::string_view::npos) return stat;
  line.remove_prefix(bracket + 1);
  int field = 3;  // as proc(5) counts; the state comes right behind the name
  while (!line.empty()) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    switch (field++) {
      case 14:
        stat.user_ticks = number(word);
        break;
      case 15:
        stat.system_ticks = number(word);
        break;
      case 20:
        stat.threads = number(word);
        break;
      case 22:
        stat.start_ticks = number(word);
        break;
      case 23:
        stat.virtual_bytes = number(word);
        break;
      case 24:
        stat.resident_pages = number(word);
        break;
      default:
        break;
    }
  }
  return stat;
}

ProcessStatus read_process_status() {
  static const double ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  static const auto page_size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  static const std::uint64_t booted = boot_time();

  const ProcStat stat = parse_proc_stat(contents_of("/proc/self/stat"));
  ProcessStatus status;
  status.cpu_seconds = static_cast<double>(stat.user_ticks + stat.system_ticks) / ticks_per_second;
  status.open_files = count_open_files();
  status.max_files = soft_limit(RLIMIT_NOFILE);
  status.virtual_bytes = stat.virtual_bytes;
  status.max_virtual_bytes = soft_limit(RLIMIT_AS);
  status.resident_bytes = stat.resident_pages * page_size;
  status.start_time =
      static_cast<double>(booted) + static_cast<double>(stat.start_ticks) / ticks_per_second;
  status.threads = stat.threads;
  for (std::size_t level = 0; level < status.log_lines.size(); ++level) {
    status.log_lines[level] = log_count(static_cast<LogLevel>(level));
  }
  return status;
}

}  // namespace relay
