// What the system says of this process, for INFO.
//
// Threading: any; each call reads anew and takes microseconds.
#pragma once

#include <cstdint>
#include <string>

namespace relay {

struct ProcessFacts {
  int pid = 0;
  std::string system;  // "Linux 6.1.0 x86_64"
  std::uint64_t resident_bytes = 0;
  std::uint64_t peak_resident_bytes = 0;
  std::uint64_t total_system_memory = 0;
  double user_seconds = 0;
  double system_seconds = 0;
};

ProcessFacts read_process_facts();

}  // namespace relay
