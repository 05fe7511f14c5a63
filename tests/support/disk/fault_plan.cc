#include "tests/support/disk/fault_plan.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>

namespace relay::test {
namespace {

// Far above what is needed.
constexpr std::chrono::seconds kPatience(60);

ErrorCode system_error(int error) { return {error, boost::system::system_category()}; }

std::size_t index(DiskCall kind) { return static_cast<std::size_t>(kind); }

}  // namespace

DiskCalls every_call() {
  DiskCalls all;
  for (std::size_t i = 0; i < kDiskCalls; ++i) all.insert(static_cast<DiskCall>(i));
  return all;
}

DiskCalls changing_calls() {
  return {DiskCall::kWrite,  DiskCall::kSync,   DiskCall::kResize,        DiskCall::kCreate,
          DiskCall::kRename, DiskCall::kRemove, DiskCall::kMakeDirectory, DiskCall::kSyncDirectory};
}

void FaultPlan::fail_nth(DiskCalls kinds, std::uint64_t n, int error) {
  const std::lock_guard lock(mutex_);
  failure_ = Failure{std::move(kinds), n, error, false};
}

void FaultPlan::fail_from(DiskCalls kinds, std::uint64_t n, int error) {
  const std::lock_guard lock(mutex_);
  failure_ = Failure{std::move(kinds), n, error, true};
}

void FaultPlan::heal() {
  const std::lock_guard lock(mutex_);
  failure_.reset();
}

void FaultPlan::keep_half_of_failed_writes() {
  const std::lock_guard lock(mutex_);
  half_ = true;
}

void FaultPlan::crash_after(std::uint64_t changes) {
  const std::lock_guard lock(mutex_);
  crash_in_ = changes;
  crashed_ = changes == 0;
}

bool FaultPlan::has_crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

void FaultPlan::stall(DiskCalls kinds) {
  const std::lock_guard lock(mutex_);
  stalled_ = std::move(kinds);
  changed_.notify_all();
}

void FaultPlan::release() {
  const std::lock_guard lock(mutex_);
  stalled_.clear();
  changed_.notify_all();
}

void FaultPlan::wait_until_stalled() const {
  std::unique_lock lock(mutex_);
  const auto is_met = [&](DiskCall kind) { return waiting_[index(kind)] > 0; };
  const auto any_is_met = [&] { return std::any_of(stalled_.begin(), stalled_.end(), is_met); };
  if (!changed_.wait_for(lock, kPatience, any_is_met)) {
    throw std::runtime_error("no call came that is stalled");
  }
}

std::uint64_t FaultPlan::count(DiskCall kind) const {
  const std::lock_guard lock(mutex_);
  return counts_[index(kind)];
}

std::uint64_t FaultPlan::changes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const DiskCall kind : changing_calls()) sum += counts_[index(kind)];
  return sum;
}

FaultPlan::Verdict FaultPlan::meet(DiskCall kind) {
  std::unique_lock lock(mutex_);
  ++counts_[index(kind)];
  if (stalled_.contains(kind)) {
    ++waiting_[index(kind)];
    changed_.notify_all();
    changed_.wait(lock, [&] { return !stalled_.contains(kind); });
    --waiting_[index(kind)];
  }
  if (crashed_) return {system_error(EIO), false};
  if (failure_ && failure_->kinds.contains(kind)) {
    if (failure_->n > 1) {
      --failure_->n;
    } else {
      const int error = failure_->error;
      if (!failure_->lasts) failure_.reset();
      return {system_error(error), half_ && kind == DiskCall::kWrite};
    }
  }
  if (crash_in_ && changing_calls().contains(kind) && --*crash_in_ == 0) crashed_ = true;
  return {};
}

}  // namespace relay::test
