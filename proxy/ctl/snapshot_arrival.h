// What became of a snapshot that was asked for, by two answers of /v1/snapshots: one from before it
// was asked for, one from now.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"

#include <string>

namespace relay {

struct SnapshotArrival {
  enum class Outcome { kUnderWay, kWhole, kFailed };
  Outcome outcome = Outcome::kUnderWay;
  std::string reason;  // kFailed: as the relay counts it
};

SnapshotArrival arrival_between(const JsonNode& before, const JsonNode& now);

}  // namespace relay
