#include "common/io/passed_sockets.h"

#include "common/base/result.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace relay {
namespace {

constexpr int kMost = 64;

std::optional<long> number_in(std::string_view digits) {
  long number = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc() || end != digits.end()) return std::nullopt;
  return number;
}

std::string value_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text != nullptr ? text : "";
}

std::vector<std::string> split_at_colons(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    parts.emplace_back(text.substr(0, colon));
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return parts;
}

// What systemd says where the unit says nothing.
bool is_no_name(std::string_view name) {
  return name.empty() || name == "unknown" || name.ends_with(".socket");
}

int option_of(int descriptor, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

std::string fault_of(int descriptor) {
  if (::fcntl(descriptor, F_GETFD) < 0) return "is not open";
  const int type = option_of(descriptor, SO_TYPE);
  if (type < 0) return "is no socket";
  if (type != SOCK_STREAM) return "is no stream socket";
  if (option_of(descriptor, SO_ACCEPTCONN) != 1) {
    return "does not listen (a socket unit with Accept=yes passes connections; say Accept=no)";
  }
  return {};
}

std::string list_of(std::span<const std::string_view> names) {
  std::string list;
  for (std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

}  // namespace

PassedSockets::Taken PassedSockets::of_environment(std::span<const std::string_view> known) {
  const Said said{value_of("LISTEN_PID"), value_of("LISTEN_FDS"), value_of("LISTEN_FDNAMES")};
  for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
  return of(said, known);
}

PassedSockets::Taken PassedSockets::of(const Said& said, std::span<const std::string_view> known,
                                       int first) {
  PassedSockets passed;
  if (said.pid.empty() || said.count.empty()) return passed;
  const auto pid = number_in(said.pid);
  if (!pid) return Taken(boost::system::in_place_error, "LISTEN_PID is no number");
  if (*pid != ::getpid()) return passed;
  const auto count = number_in(said.count);
  if (!count || *count < 0 || *count > kMost) {
    return Taken(boost::system::in_place_error,
                 "LISTEN_FDS is not a number from 0 to " + std::to_string(kMost));
  }
  std::vector<std::string> names = split_at_colons(said.names);
  names.resize(std::max(names.size(), static_cast<std::size_t>(*count)));
  if (names.size() > static_cast<std::size_t>(*count)) {
    return Taken(boost::system::in_place_error,
                 "LISTEN_FDNAMES has more names than LISTEN_FDS (" + said.count + ") has sockets");
  }
  if (names.size() == 1 && is_no_name(names.front())) names.front() = known.front();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string& name = names[i];
    const int descriptor = first + static_cast<int>(i);
    const std::string which = "socket " + (name.empty() ? "without a name" : "\"" + name + "\"") +
                              " (descriptor " + std::to_string(descriptor) + ") ";
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Taken(boost::system::in_place_error,
                   which + "is none of " + list_of(known) +
                       "; name it with FileDescriptorName= in its socket unit");
    }
    if (passed.sockets_.contains(name)) {
      return Taken(boost::system::in_place_error, which + "is passed twice; there may be one");
    }
    if (const std::string fault = fault_of(descriptor); !fault.empty()) {
      return Taken(boost::system::in_place_error, which + fault);
    }
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    passed.sockets_.emplace(name, descriptor);
  }
  return passed;
}

PassedSockets::~PassedSockets() {
  for (const auto& [name, descriptor] : sockets_) ::close(descriptor);
}

PassedSockets::PassedSockets(PassedSockets&& other) noexcept
    : sockets_(std::exchange(other.sockets_, {})) {}

PassedSockets& PassedSockets::operator=(PassedSockets&& other) noexcept {
  std::swap(sockets_, other.sockets_);
  return *this;
}

std::optional<int> PassedSockets::take(std::string_view name) {
  const auto found = sockets_.find(name);
  if (found == sockets_.end()) return std::nullopt;
  const int descriptor = found->second;
  sockets_.erase(found);
  return descriptor;
}

std::vector<std::string> PassedSockets::names() const {
  std::vector<std::string> all;
  for (const auto& [name, descriptor] : sockets_) all.push_back(name);
  return all;
}

std::string address_of_socket(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return errno_code().message();
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto* internet = reinterpret_cast<const sockaddr_in*>(&address);
    ::inet_ntop(AF_INET, &internet->sin_addr, text.data(), text.size());
    return std::string(text.data()) + ":" + std::to_string(ntohs(internet->sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto* internet = reinterpret_cast<const sockaddr_in6*>(&address);
    ::inet_ntop(AF_INET6, &internet->sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(internet->sin6_port));
  }
  if (address.ss_family != AF_UNIX) return "of an unknown family";
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address);
  const std::size_t length = size - std::min<std::size_t>(size, offsetof(sockaddr_un, sun_path));
  std::string path(local->sun_path, length);
  if (path.starts_with('\0') && path.size() > 1) return "@" + path.substr(1);
  return path.substr(0, path.find('\0'));
}

int family_of_socket(int descriptor) { return option_of(descriptor, SO_DOMAIN); }

}  // namespace relay
