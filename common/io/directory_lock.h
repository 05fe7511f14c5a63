// One process per data directory: a file LOCK in it, locked for as long as the process lives, with
// its pid inside.
//
//  (1) The lock is the kernel's (flock) and goes with the process, however that ends: nothing stale
//      to remove.
//  (2) The file stays when the lock is given up; removing it would let two processes lock two files
//      of one name.
//  (3) The pid is for the message to the operator; nothing is decided by it.
//
// Threading: one thread takes it at start-up; it is given up by whoever destroys it.
#pragma once

#include "common/base/result.h"

#include <string>

namespace relay {

class DirectoryLock {
 public:
  // EWOULDBLOCK: another process has it. Otherwise why the file cannot be made or locked.
  static Result<DirectoryLock> take(const std::string& directory);
  // Whether a process has it. Makes nothing, and holds up nobody.
  static bool is_taken(const std::string& directory);
  // "held by pid 4711", for the message that says why take() failed; "held by another process" if
  // the file does not say.
  static std::string holder(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace relay
