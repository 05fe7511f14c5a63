#include "proxy/downstream/info_relay.h"

#include "proxy/status/warnings.h"

#include <algorithm>

namespace relay {
namespace {

constexpr ReplicaState kReplicaStates[] = {ReplicaState::kHandshake, ReplicaState::kQueued,
                                           ReplicaState::kSendingRdb, ReplicaState::kCatchingUp,
                                           ReplicaState::kOnline};

void write_upstream(InfoText& info, const Status& status) {
  const UpstreamStatus& upstream = status.upstream;
  info.field("relay_upstream_state", name_of(upstream.state));
  info.field("relay_upstream_state_seconds", seconds_between(upstream.since, status.now));
  info.field("relay_upstream_paused", upstream.paused ? 1 : 0);
  info.field("relay_upstream_by_command", upstream.by_command ? 1 : 0);
  info.field("relay_upstream_last_error", upstream.last_error);
  info.field("relay_upstream_acked_offset", upstream.acked.bytes());
  info.field("relay_upstream_connects", upstream.connects);
  info.field("relay_upstream_full_syncs", upstream.full_syncs);
  info.field("relay_upstream_full_sync_failures", upstream.full_sync_failures);
  info.field("relay_upstream_partial_syncs", upstream.partial_syncs);
  info.field("relay_upstream_partial_sync_failures", upstream.partial_sync_failures);
}

void write_log(InfoText& info, const Status& status) {
  const LogStatus& log = status.log;
  info.field("relay_log_begin_offset", log.begin.bytes());
  info.field("relay_log_durable_offset", log.durable.bytes());
  info.field("relay_log_written_offset", log.written.bytes());
  info.field("relay_log_boundary_offset", log.boundary.bytes());
  info.field("relay_log_end_offset", log.end.bytes());
  info.field("relay_log_disk_bytes", log.disk_bytes);
  info.field("relay_log_memory_bytes", log.memory_bytes);
  info.field("relay_log_segments", log.segments);
  info.field("relay_log_direct_io", log.direct_io ? 1 : 0);
  info.field("relay_log_window_seconds", log.oldest ? seconds_between(*log.oldest, status.now) : 0);
  info.field("relay_disk_degraded", log.disk_degraded ? 1 : 0);
  info.field("relay_disk_error", log.disk_error);
}

void write_snapshot(InfoText& info, const Status& status) {
  const SnapshotStatus& snapshot = status.snapshot;
  if (snapshot.offset) {
    info.field("relay_snapshot_offset", snapshot.offset->bytes());
  } else {
    info.field("relay_snapshot_offset", -1);
  }
  info.field("relay_snapshot_bytes", snapshot.bytes);
  info.field("relay_snapshot_age_seconds", seconds_since(snapshot.taken, status.now));
  info.field("relay_snapshot_readers", snapshot.readers);
  info.field("relay_snapshot_refreshes", snapshot.refreshes);
}

void write_replicas(InfoText& info, const Status& status) {
  const auto& replicas = status.downstream.replicas;
  for (const ReplicaState state : kReplicaStates) {
    info.field(
        std::string("relay_replicas_") + name_of(state),
        std::count_if(replicas.begin(), replicas.end(),
                      [state](const ReplicaStatus& replica) { return replica.state == state; }));
  }
  const SlowestReplica slowest = slowest_of(replicas);
  info.field("relay_slowest_lag_bytes", slowest.lag_bytes);
  info.decimal("relay_slowest_lag_seconds", slowest.lag_seconds, 3);
  info.field("relay_full_syncs_spared", status.downstream.full_syncs_spared);
}

std::string codes_of_warnings(const Status& status) {
  std::string codes;
  for (const Warning& warning : warnings(status)) {
    codes.append(codes.empty() ? "" : ",").append(warning.code);
  }
  return codes;
}

}  // namespace

void write_relay(InfoText& info, const Status& status) {
  info.section("Relay");
  info.field("relay_draining", status.draining ? 1 : 0);
  info.field("relay_warnings", codes_of_warnings(status));
  write_upstream(info, status);
  write_log(info, status);
  write_snapshot(info, status);
  write_replicas(info, status);
}

}  // namespace relay
