// A page of metrics taken apart, and replicas to put on one.
#pragma once

#include "proxy/metrics/exposition.h"

#include <chrono>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace relay {

inline WallTime at(double seconds) {
  return WallTime(
      std::chrono::duration_cast<WallTime::duration>(std::chrono::duration<double>(seconds)));
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The lines that are neither help nor type, and begin so.
inline std::vector<std::string> series_of(const std::string& text, const std::string& start) {
  std::vector<std::string> found;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with(start)) found.push_back(line);
  }
  return found;
}

inline std::string only_series(const std::string& text, const std::string& name) {
  const auto found = series_of(text, name);
  return found.size() == 1 ? found[0] : "there are " + std::to_string(found.size()) + " of " + name;
}

inline ReplicaStatus replica(std::uint64_t id, std::string ip, ReplicaState state,
                             std::uint64_t acked) {
  ReplicaStatus status;
  status.id = id;
  status.ip = std::move(ip);
  status.port = 6379;
  status.state = state;
  status.acked = Offset::of_bytes(acked);
  status.sent = Offset::of_bytes(acked + 10);
  status.ack_age = std::chrono::milliseconds(500);
  if (receives_the_log(status)) {
    status.lag_bytes = 789;
    status.lag_seconds = 1.25;
  }
  return status;
}

}  // namespace relay
