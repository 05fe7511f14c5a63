// What ends a command of `psync-relay ctl` without success: one line for the operator, exit 1.
// Caught in one place, run_ctl().
//
// No message holds a token.
#pragma once

#include <stdexcept>
#include <string>

namespace relay {

class CtlFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Nobody answered, or not in time, or not to the end. Whoever waits for a relay tries again.
class Unreachable : public CtlFault {
 public:
  using CtlFault::CtlFault;
};

// Somebody may be there: the time was up.
class NoAnswer : public Unreachable {
 public:
  using Unreachable::Unreachable;
};

// The relay answered, and said no.
class Refused : public CtlFault {
 public:
  Refused(unsigned code, const std::string& text) : CtlFault(text), status(code) {}
  unsigned status;  // HTTP's

  // Too many connections: whoever waits tries again.
  bool is_for_now() const { return status == 503; }
};

}  // namespace relay
