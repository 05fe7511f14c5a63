// A supervisor as far as a service sees it: the socket that NOTIFY_SOCKET names, and what comes.
//
// Threading: the test's main thread.
#pragma once

#include "tests/support/temp_dir.h"
#include "tests/support/wait_until.h"

#include <array>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace relay::test {

class NotifySocket {
 public:
  NotifySocket() : descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un here{};
    here.sun_family = AF_UNIX;
    std::strncpy(here.sun_path, path().c_str(), sizeof here.sun_path - 1);
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
      throw std::runtime_error("cannot bind " + path());
    }
  }
  ~NotifySocket() { ::close(descriptor_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string path() const { return (dir_ / "notify").string(); }

  // All messages so far.
  const std::vector<std::string>& messages() {
    std::array<char, 4096> bytes{};
    while (true) {
      const ssize_t n = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
      if (n < 0) return messages_;
      messages_.emplace_back(bytes.data(), static_cast<std::size_t>(n));
    }
  }
  bool has(const std::string& beginning) {
    for (const std::string& message : messages()) {
      if (message.starts_with(beginning)) return true;
    }
    return false;
  }
  void wait_for(const std::string& beginning) {
    wait_until([&] { return has(beginning); }, kPatience, "the message " + beginning);
  }
  void forget() {
    (void)messages();
    messages_.clear();
  }

 private:
  TempDir dir_;
  const int descriptor_;
  std::vector<std::string> messages_;
};

}  // namespace relay::test
