#include "common/io/file_watch.h"

#include "common/base/result.h"
#include "common/io/deadline.h"
#include "common/io/offload.h"

#include <array>
#include <deque>
#include <filesystem>
#include <sys/inotify.h>
#include <unistd.h>

namespace relay {
namespace {

// Not IN_MODIFY: what is being written is looked at when it is closed.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr int kMostLinks = 40;  // as the kernel follows
// A way may change while it is walked; one that never stands still is taken as it is.
constexpr int kMostWalks = 5;

std::set<std::string> directories_of(const std::vector<std::string>& paths) {
  std::set<std::string> all;
  for (const std::string& path : paths) all.merge(directories_on_the_way(path));
  return all;
}

}  // namespace

std::set<std::string> directories_on_the_way(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  std::deque<fs::path> rest(whole.begin(), whole.end());
  std::set<std::string> found;
  fs::path here = "/";
  int links = 0;
  while (!rest.empty()) {
    const fs::path name = rest.front();
    rest.pop_front();
    if (name.empty() || name == "/" || name == ".") continue;
    if (name == "..") {
      here = here.parent_path();
      continue;
    }
    const fs::path next = here / name;
    const fs::file_status status = fs::symlink_status(next, error);
    if (fs::is_symlink(status) && ++links <= kMostLinks) {
      found.insert(here.string());
      const fs::path target = fs::read_symlink(next, error);
      if (target.is_absolute()) here = "/";
      rest.insert(rest.begin(), target.begin(), target.end());
    } else if (fs::is_directory(status)) {
      here = next;
    } else {
      break;  // the file, or nothing, or what leads nowhere
    }
  }
  found.insert(here.string());
  return found;
}

FileWatch::FileWatch(const asio::any_io_executor& home) : inotify_(home), wake_(home) {}

void FileWatch::open() {
  if (inotify_.is_open()) return;
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    fault_ = "inotify: " + errno_code().message();
    return;
  }
  boost::system::error_code error;
  inotify_.assign(descriptor, error);
  if (!error) return;
  ::close(descriptor);
  fault_ = "inotify: " + error.message();
}

asio::awaitable<void> FileWatch::arm(asio::any_io_executor worker, std::vector<std::string> paths) {
  fault_.clear();
  open();
  if (!inotify_.is_open()) co_return;
  const int descriptor = inotify_.native_handle();
  // Walked again when the watches are set: a way that has changed in between is then found to have.
  auto walk = [&paths, &fault = fault_, descriptor] {
    std::set<int> watches;
    std::set<std::string> before;
    std::set<std::string> now = directories_of(paths);
    for (int walks = 0; now != before && walks < kMostWalks; ++walks) {
      fault.clear();
      for (const std::string& directory : now) {
        const int watch = ::inotify_add_watch(descriptor, directory.c_str(), kEvents | IN_ONLYDIR);
        if (watch >= 0) {
          watches.insert(watch);
        } else {
          fault = "inotify on " + directory + ": " + errno_code().message();
        }
      }
      before = std::move(now);
      now = directories_of(paths);
    }
    return watches;
  };
  std::set<int> watches = co_await offload(worker, walk);
  for (const int watch : watches_) {
    if (!watches.contains(watch))
      ::inotify_rm_watch(descriptor, watch);  // it may be gone by itself
  }
  watches_ = std::move(watches);
}

asio::awaitable<bool> FileWatch::wait_for(Clock::duration limit) {
  if (std::exchange(woken_, false)) co_return true;
  bool told = true;
  if (!inotify_.is_open()) {
    told = co_await wake_.wait_for(limit);
  } else {
    boost::system::error_code error;
    try {
      auto work = readable();
      co_await within(limit, std::move(work));
    } catch (const boost::system::system_error& failure) {
      error = failure.code();
    }
    told = error != boost::system::errc::timed_out;
    drain();
  }
  woken_ = false;
  co_return told;
}

void FileWatch::wake() {
  woken_ = true;
  wake_.wake_all();
  boost::system::error_code ignored;
  if (inotify_.is_open()) inotify_.cancel(ignored);
}

asio::awaitable<void> FileWatch::readable() {
  if (woken_) co_return;  // before there was anything to cancel
  co_await inotify_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
}

// What they say is not looked at, see (3).
void FileWatch::drain() {
  alignas(inotify_event) std::array<char, 4096> events;
  while (::read(inotify_.native_handle(), events.data(), events.size()) > 0) {
  }
}

}  // namespace relay
