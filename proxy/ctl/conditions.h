// What `ctl wait` waits for, and what of it a status does not show yet.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay {

struct Conditions {
  bool ready = false;
  std::optional<std::uint64_t> online;  // so many replicas
  std::optional<std::uint64_t> offset;  // of the log's end
};

// A phrase for each that does not hold: "1 of 3 replicas is online". Empty: all hold.
std::vector<std::string> missing(const Conditions& wanted, const JsonNode& status);

}  // namespace relay
