#include "common/io/directory_lock.h"

#include <charconv>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace relay {
namespace {

std::string lock_path(const std::string& directory) { return directory + "/LOCK"; }

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  const int fd = ::open(lock_path(directory).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd == -1) return errno_code();
  DirectoryLock lock(fd);
  while (::flock(fd, LOCK_EX | LOCK_NB) == -1) {
    if (errno != EINTR) return errno_code();
  }
  // Only a message depends on these: a disk too full for a pid does not keep the relay from
  // starting.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) == 0) static_cast<void>(::pwrite(fd, pid.data(), pid.size(), 0) == -1);
  return lock;
}

std::string DirectoryLock::holder(const std::string& directory) {
  char text[24] = {};
  ssize_t size = -1;
  const int fd = ::open(lock_path(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd != -1) {
    size = ::pread(fd, text, sizeof text, 0);
    ::close(fd);
  }
  long pid = 0;
  if (size > 0) std::from_chars(text, text + size, pid);
  return pid > 0 ? "held by pid " + std::to_string(pid) : "held by another process";
}

bool DirectoryLock::is_taken(const std::string& directory) {
  const int fd = ::open(lock_path(directory).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd == -1) return false;
  const bool is_refused = ::flock(fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK;
  ::close(fd);
  return is_refused;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (fd_ != -1) ::close(fd_);
}

}  // namespace relay
