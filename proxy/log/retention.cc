#include "proxy/log/retention.h"

namespace relay {

RetentionPlan plan_retention(std::span<const SegmentInfo> segments, const RetentionLimits& limits,
                             std::optional<Offset> pin, std::chrono::system_clock::time_point now) {
  std::uint64_t bytes = 0;
  for (const SegmentInfo& segment : segments) bytes += segment.file_bytes;

  RetentionPlan plan;
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    const SegmentInfo& oldest = segments[i];
    const bool too_big = limits.max_bytes != 0 && bytes > limits.max_bytes;
    const bool too_old = limits.max_age.count() != 0 && now - oldest.newest > limits.max_age;
    if (!too_big && !too_old) break;
    // What a segment holds is [base, base of the next); a pin at that border needs only the next.
    if (pin && *pin < segments[i + 1].base) {
      plan.pinned_over_budget = true;
      break;
    }
    bytes -= oldest.file_bytes;
    plan.drop = i + 1;
  }
  return plan;
}

}  // namespace relay
