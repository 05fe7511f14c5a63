// How many of the oldest segments of a log may go: a pure function over what there is, what is
// allowed, and what is needed.
//
//  (1) Whole segments, from the front, never the last.
//  (2) Never past the pin: the byte after it, and all that follows, stays.
//  (3) Where only the pin keeps more than the limits allow, that is said, not acted on.
#pragma once

#include "common/base/offset.h"
#include "proxy/log/segment_info.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace relay {

struct RetentionLimits {
  std::uint64_t max_bytes = 0;          // of files; 0: any number
  std::chrono::nanoseconds max_age{0};  // since a segment's newest byte; 0: any age
};

struct RetentionPlan {
  std::size_t drop = 0;             // segments, from the front
  bool pinned_over_budget = false;  // more would go if it were not for the pin

  bool operator==(const RetentionPlan&) const = default;
};

// `segments` oldest first. `pin`: the offset that a snapshot or a backup needs the log from.
RetentionPlan plan_retention(std::span<const SegmentInfo> segments, const RetentionLimits& limits,
                             std::optional<Offset> pin, std::chrono::system_clock::time_point now);

}  // namespace relay
