// What the operator is told about the disk: whether it is degraded and why, how many calls failed
// by what they did, and how long syncs take. One for the whole relay: log, snapshots and histories
// share the disk.
//
// Threading: the control executor.
#pragma once

#include "common/base/result.h"
#include "proxy/status/duration_histogram.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace relay {

class StorageHealth {
 public:
  // op: append, fsync, read, rename, trim
  void count(std::string_view op);
  void degrade(std::string_view op,
               const ErrorCode& error);  // says so once per failure, then stays quiet
  void recover();
  bool is_degraded() const { return degraded_; }
  const std::string& reason() const { return reason_; }
  const std::map<std::string, std::uint64_t>& errors() const { return errors_; }

  void observe_fsync(std::chrono::nanoseconds took);
  const DurationHistogram& fsyncs() const { return fsyncs_; }

 private:
  bool degraded_ = false;
  std::string reason_;
  std::map<std::string, std::uint64_t> errors_ = {
      {"append", 0}, {"fsync", 0}, {"read", 0}, {"rename", 0}, {"trim", 0}};
  DurationHistogram fsyncs_{kFsyncBounds};
};

}  // namespace relay
