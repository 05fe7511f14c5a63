#include "proxy/status/status.h"

#include "proxy/status/address_text.h"

#include <algorithm>

namespace relay {

const char* name_of(LinkState state) {
  switch (state) {
    case LinkState::kDisconnected:
      return "disconnected";
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kHandshake:
      return "handshake";
    case LinkState::kWaitingRdb:
      return "waiting_rdb";
    case LinkState::kReceivingRdb:
      return "receiving_rdb";
    case LinkState::kStreaming:
      return "streaming";
    case LinkState::kBackoff:
      return "backoff";
  }
  return "unknown";
}

const char* name_of(ReplicaState state) {
  switch (state) {
    case ReplicaState::kHandshake:
      return "handshake";
    case ReplicaState::kQueued:
      return "queued";
    case ReplicaState::kSendingRdb:
      return "sending_rdb";
    case ReplicaState::kCatchingUp:
      return "catching_up";
    case ReplicaState::kOnline:
      return "online";
  }
  return "unknown";
}

std::string name_of(const ReplicaStatus& replica) {
  if (replica.port == 0) return replica.peer;
  return address_text(replica.ip, replica.port);
}

bool receives_the_log(const ReplicaStatus& replica) {
  return replica.state == ReplicaState::kOnline || replica.state == ReplicaState::kCatchingUp;
}

std::optional<Offset> reached_by(const ReplicaStatus& replica) {
  if (!receives_the_log(replica)) return std::nullopt;
  return replica.legacy_sync ? replica.sent : replica.acked;
}

void describe_lag(ReplicaStatus& replica, Offset end, std::optional<double> age) {
  const std::optional<Offset> reached = reached_by(replica);
  if (!reached) return;
  const bool has_all = *reached >= end;
  replica.lag_bytes = has_all ? 0 : end.since(*reached);
  if (has_all) {
    replica.lag_seconds = 0;
  } else if (age) {
    replica.lag_seconds = std::max(*age, 0.0);
  }
}

SlowestReplica slowest_of(const std::vector<ReplicaStatus>& replicas) {
  SlowestReplica slowest;
  for (const ReplicaStatus& replica : replicas) {
    if (!receives_the_log(replica)) continue;
    slowest.lag_bytes = std::max(slowest.lag_bytes, replica.lag_bytes.value_or(0));
    slowest.lag_seconds = std::max(slowest.lag_seconds, replica.lag_seconds.value_or(0));
    if (replica.legacy_sync) continue;
    slowest.lowest_ack = std::min(slowest.lowest_ack.value_or(replica.acked), replica.acked);
  }
  return slowest;
}

}  // namespace relay
