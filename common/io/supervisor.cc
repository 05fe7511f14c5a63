#include "common/io/supervisor.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace relay {
namespace {

std::optional<std::uint64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits = text;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc() || end != digits.end()) return std::nullopt;
  return number;
}

}  // namespace

Supervisor::Supervisor(std::string socket, Watchdog watchdog)
    : address_(std::move(socket)), watchdog_(watchdog) {
  if (address_.empty() || address_.size() >= sizeof(sockaddr_un::sun_path)) return;
  if (address_.front() == '@') address_.front() = '\0';
  descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

Supervisor Supervisor::of_environment() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  Watchdog watchdog;
  const auto period = number_in("WATCHDOG_USEC");
  const auto whom = number_in("WATCHDOG_PID");
  if (period && *period > 0 && (!whom || *whom == static_cast<std::uint64_t>(::getpid()))) {
    watchdog = std::chrono::microseconds(*period);
  }
  return {socket != nullptr ? socket : "", watchdog};
}

Supervisor::~Supervisor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Supervisor::Supervisor(Supervisor&& other) noexcept
    : address_(std::move(other.address_)),
      watchdog_(other.watchdog_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

void Supervisor::ready() const { send("READY=1"); }

void Supervisor::status(std::string_view text) const { send("STATUS=" + std::string(text)); }

void Supervisor::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

void Supervisor::stopping() const { send("STOPPING=1"); }

void Supervisor::alive() const {
  if (watchdog_) send("WATCHDOG=1");
}

void Supervisor::patience(std::chrono::seconds more) const {
  send("EXTEND_TIMEOUT_USEC=" +
       std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(more).count()));
}

void Supervisor::send(std::string_view message) const {
  if (descriptor_ < 0) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  [[maybe_unused]] const auto sent =
      ::sendto(descriptor_, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&to), size);
}

}  // namespace relay
