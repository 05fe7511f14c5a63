// What is to go wrong with a disk, and when: calls are counted by kind, and fail, stall or find the
// machine crashed.
//
//  (1) Counting begins with the call after the one that set the fault; the first is number 1.
//  (2) A crash follows a change: the n-th call that alters the disk still happens, every call after
//      it fails with EIO, until the end. What is on the disk then is read from the disk below, not
//      through the faults.
//  (3) Waiting is for conditions, never for time.
//
// Threading: any.
#pragma once

#include "common/base/result.h"

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <set>

namespace relay::test {

enum class DiskCall {
  kRead,
  kWrite,
  kSync,
  kReserve,
  kResize,
  kSize,
  kCreate,
  kOpen,
  kRename,
  kRemove,
  kMakeDirectory,
  kList,
  kSyncDirectory,
  kSpace,
};
constexpr std::size_t kDiskCalls = 14;

using DiskCalls = std::set<DiskCall>;
DiskCalls every_call();
// Those after which a crash finds something else on the disk.
DiskCalls changing_calls();

class FaultPlan {
 public:
  // The n-th call of these kinds fails, once; heal() takes that back.
  void fail_nth(DiskCalls kinds, std::uint64_t n, int error);
  // All from the n-th on fail, until heal().
  void fail_from(DiskCalls kinds, std::uint64_t n, int error);
  void heal();
  // A write that fails has stored the first half of its bytes.
  void keep_half_of_failed_writes();
  void crash_after(std::uint64_t changes);
  bool has_crashed() const;

  // Calls of these kinds block until release(), or until other kinds are stalled instead.
  void stall(DiskCalls kinds);
  void release();
  void wait_until_stalled() const;  // until a call of the stalled kinds is blocked; throws

  std::uint64_t count(DiskCall kind) const;
  std::uint64_t changes() const;

  // For the disks: what this call is to do. Blocks while it is stalled.
  struct Verdict {
    std::optional<ErrorCode> error;
    bool half = false;  // with an error, of a write
  };
  Verdict meet(DiskCall kind);

 private:
  struct Failure {
    DiskCalls kinds;
    std::uint64_t n = 0;  // calls of these kinds to go
    int error = 0;
    bool lasts = false;
  };

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::optional<Failure> failure_;
  bool half_ = false;
  std::optional<std::uint64_t> crash_in_;  // changes to go
  bool crashed_ = false;
  DiskCalls stalled_;
  std::array<std::size_t, kDiskCalls> waiting_{};
  std::array<std::uint64_t, kDiskCalls> counts_{};
};

}  // namespace relay::test
