#include "tests/bench/shared_number.h"

#include "tests/bench/loopback.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace relay::bench {

SharedNumber::SharedNumber(const std::string& path) {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  const Socket file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open() || ::ftruncate(file.fd(), sizeof *number_) != 0) throw system_fault(path);
  void* at = ::mmap(nullptr, sizeof *number_, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), 0);
  if (at == MAP_FAILED) throw system_fault(path);
  number_ = static_cast<std::atomic<std::uint64_t>*>(at);
}

SharedNumber::~SharedNumber() { ::munmap(number_, sizeof *number_); }

}  // namespace relay::bench
