#include "proxy/snapshot/refresh_policy.h"

#include <algorithm>

namespace relay {
namespace {

constexpr std::uint64_t kSmallestWorth = 64 * kMiB;
constexpr Duration kFirstDelay = 1s;
constexpr Duration kLongestDelay = 60s;

// A snapshot whose offset the log has not reached (a crash took the log's tail) has nothing after
// it.
std::uint64_t log_after(const RefreshInputs& now) {
  if (now.log_end < now.snapshot->offset) return 0;
  return now.log_end.since(now.snapshot->offset);
}

bool retention_is_near(const RefreshInputs& now) {
  return now.log_limit_bytes != 0 && log_after(now) >= now.log_limit_bytes / 4 * 3;
}

bool is_too_soon(const RefreshInputs& now) {
  return now.snapshot->age < now.min_interval ||
         (now.since_last_attempt && *now.since_last_attempt < now.min_interval);
}

}  // namespace

bool is_outgrown(double ratio, std::uint64_t snapshot_bytes, std::uint64_t log_after) {
  const std::uint64_t worth = std::max(snapshot_bytes, kSmallestWorth);
  return static_cast<double>(log_after) > ratio * static_cast<double>(worth);
}

Duration delay_after_failures(unsigned failures) {
  if (failures == 0) return Duration{0};
  const unsigned doublings = std::min(failures - 1, 6u);  // 64 s is past the longest
  return std::min(kFirstDelay * (1 << doublings), kLongestDelay);
}

RefreshAnswer should_refresh(const RefreshInputs& now) {
  if (now.policy == RefreshPolicy::kNever) return {false, "the policy is never"};
  if (now.transfer_in_progress) return {false, "a transfer is under way"};
  if (!now.streaming) return {false, "the upstream is not streaming"};
  if (now.own_ids) return {false, "the master knows no PSYNC"};

  const bool usable = now.snapshot && now.snapshot->offset >= now.log_begin;
  if (!usable) {
    if (!now.replica_is_waiting) return {false, "no snapshot, and nobody waits for one"};
    const Duration delay = delay_after_failures(now.consecutive_failures);
    if (now.since_last_attempt && *now.since_last_attempt < delay) {
      return {false, "the last attempt failed a short time ago"};
    }
    return {true, "a replica waits and there is no snapshot to serve"};
  }

  const bool outgrown = is_outgrown(now.ratio, now.snapshot->bytes, log_after(now));
  const bool for_a_replica = now.replica_is_waiting && outgrown;
  const bool for_retention = now.policy == RefreshPolicy::kAuto && retention_is_near(now);
  if (!for_a_replica && !for_retention) return {false, "the snapshot is worth serving"};
  if (is_too_soon(now)) return {false, "the last snapshot is too recent"};
  if (for_a_replica) return {true, "a replica waits and the log has outgrown the snapshot"};
  return {true, "the log after the snapshot nears its limit"};
}

}  // namespace relay
