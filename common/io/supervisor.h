// What a supervisor (systemd, or who speaks as it does) is told: that we are ready, what we are
// doing, that we are alive. The protocol of sd_notify(3), which is a datagram a message.
//
//  (1) Where nobody wants to know (no NOTIFY_SOCKET), nothing is said and nothing fails.
//  (2) A message that cannot be delivered is dropped. Nothing here waits.
//
// Threading: any; each message is one send.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

class Supervisor {
 public:
  using Watchdog = std::optional<std::chrono::microseconds>;

  // `socket` as in NOTIFY_SOCKET: a path, or @name; empty for nobody. `watchdog`: how long we may
  // be silent before we are taken for dead.
  Supervisor(std::string socket, Watchdog watchdog);
  // As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say.
  static Supervisor of_environment();

  ~Supervisor();
  Supervisor(Supervisor&& other) noexcept;
  Supervisor& operator=(Supervisor&&) = delete;

  bool is_there() const { return descriptor_ >= 0; }
  const Watchdog& watchdog() const { return watchdog_; }

  void ready() const;
  void status(std::string_view text) const;  // one line, for `systemctl status`
  void reloading() const;                    // until ready()
  void stopping() const;
  void alive() const;  // to be said at least twice within watchdog(); nothing without one
  // The start takes longer than usual.
  void patience(std::chrono::seconds more) const;

 private:
  void send(std::string_view message) const;

  std::string address_;  // as the system wants it
  Watchdog watchdog_;
  int descriptor_ = -1;
};

}  // namespace relay
