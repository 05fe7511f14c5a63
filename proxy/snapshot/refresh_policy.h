// When a fresh snapshot is worth a fork on the master. A pure cost model over the bytes of log that
// a new replica must be sent after the snapshot, against the bytes of the snapshot itself.
//
//  (1) Never while a transfer is under way, never without a streaming link, never under ids of our
//      own (a SYNC says no offset, so its snapshot could not be joined to the stream).
//  (2) A replica that waits and has nothing to be served from gets a snapshot at once; after
//      failures, at growing distances.
//  (3) All other reasons are convenience, and at most one attempt per min_interval is made for
//      them.
//
// Inner ring. Threading: none.
#pragma once

#include "common/base/offset.h"
#include "proxy/config/config.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace relay {

struct RefreshInputs {
  struct Whole {  // the newest whole snapshot of the current generation
    Offset offset;
    std::uint64_t bytes = 0;
    Duration age{0};
  };

  RefreshPolicy policy = RefreshPolicy::kAuto;
  double ratio = 4.0;
  Duration min_interval{0};
  std::optional<Whole> snapshot;
  Offset log_begin;
  Offset log_end;
  std::uint64_t log_limit_bytes = 0;  // 0: none
  bool own_ids = false;
  bool replica_is_waiting = false;
  bool streaming = false;
  bool transfer_in_progress = false;
  std::optional<Duration> since_last_attempt;  // none: no attempt since the start
  unsigned consecutive_failures = 0;
};

struct RefreshAnswer {
  bool refresh = false;
  std::string_view reason;  // text with static storage, for the log
};

RefreshAnswer should_refresh(const RefreshInputs& now);

// Whether the log after a snapshot has outgrown its worth: a replica is better served with a fresh
// one. Small snapshots count as 64 MiB, or an almost empty master would be asked for one after
// every few megabytes.
bool is_outgrown(double ratio, std::uint64_t snapshot_bytes, std::uint64_t log_after);

// How long to leave the master alone after so many failures in a row: 0, 1 s, 2 s, 4 s ... 60 s.
Duration delay_after_failures(unsigned failures);

}  // namespace relay
