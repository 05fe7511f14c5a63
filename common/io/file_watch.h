// Says when a file may have become another one: inotify, on the directories that its name leads
// through.
//
//  (1) Names are watched, not files. A file that is replaced by a rename, a symbolic link anywhere
//      on the way that is set to lead elsewhere (as Kubernetes swaps `..data`), a directory that is
//      removed or comes back: each is told, since each changes a directory on the way.
//  (2) What changes after arm() has returned is told, also where wait_for() comes later. So: arm,
//      look at the files, wait, and again. Nothing that happens is between two of these.
//  (3) It may tell of nothing. Whoever is told looks for himself.
//  (4) Where the system gives no inotify (its limits are reached, or a directory may not be read),
//      fault() says so, and only the limit of wait_for() ends a wait. The same holds, unsaid, for
//      file systems whose changes come from other machines: so a limit is always due.
//
// Threading: one executor; arm() walks the directories on the worker that it is given, since a file
// system may not answer.
#pragma once

#include "common/io/notifier.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <set>
#include <string>
#include <vector>

namespace relay {

namespace asio = boost::asio;

class FileWatch {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FileWatch(const asio::any_io_executor& home);
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // From now on these. One at a time.
  asio::awaitable<void> arm(asio::any_io_executor worker, std::vector<std::string> paths);
  const std::string& fault() const { return fault_; }  // of the last arm(); empty: none

  // True: told of something, or woken. False: the limit is over.
  asio::awaitable<bool> wait_for(Clock::duration limit);
  void wake();

 private:
  void open();
  asio::awaitable<void> readable();
  void drain();

  // The executor's; while arm() runs, the worker's.
  std::set<int> watches_;
  std::string fault_;

  // The executor's.
  asio::posix::stream_descriptor inotify_;
  Notifier wake_;
  bool woken_ = false;
};

// The directories in which a change may make `path` lead to another file: those of the name itself
// and of each symbolic link on the way; where something is missing, the last one that is there.
std::set<std::string> directories_on_the_way(const std::string& path);

}  // namespace relay
