// Why a connection to the master ended. `reason` is the metric's label, the text is for the
// operator.
//
// Thrown by the conversations of this folder, and caught in one place per link.
#pragma once

#include <stdexcept>
#include <string>

namespace relay {

struct LinkError : std::runtime_error {
  LinkError(const char* of, const std::string& text) : std::runtime_error(text), reason(of) {}
  const char* reason;  // one of link_reasons()
};

}  // namespace relay
