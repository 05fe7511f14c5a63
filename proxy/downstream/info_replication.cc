#include "proxy/downstream/info_replication.h"

#include <algorithm>

namespace relay {
namespace {

bool in_full_sync(const UpstreamStatus& upstream) {
  return upstream.state == LinkState::kWaitingRdb || upstream.state == LinkState::kReceivingRdb;
}

void write_master(InfoText& info, const Status& status) {
  const UpstreamStatus& upstream = status.upstream;
  const bool up = upstream.state == LinkState::kStreaming;
  info.field("master_host", upstream.host);
  info.field("master_port", upstream.port);
  info.field("master_link_status", up ? "up" : "down");
  info.field("master_last_io_seconds_ago", up ? seconds_since(upstream.last_io, status.now) : -1);
  info.field("master_sync_in_progress", in_full_sync(upstream) ? 1 : 0);
  info.field("slave_read_repl_offset", status.log.end.bytes());
  info.field("slave_repl_offset", status.log.end.bytes());
  if (in_full_sync(upstream)) {
    const bool arriving = upstream.transfer && !upstream.transfer->beside_stream;
    const std::uint64_t read = arriving ? upstream.transfer->received : 0;
    // With the EOF mark the size is not known before the end: 0, as servers print it.
    const std::uint64_t total = arriving ? upstream.transfer->size.value_or(0) : 0;
    const double part =
        total == 0 ? 0 : static_cast<double>(std::min(read, total)) / static_cast<double>(total);
    info.field("master_sync_total_bytes", total);
    info.field("master_sync_read_bytes", read);
    info.field("master_sync_left_bytes", total > read ? total - read : 0);
    info.decimal("master_sync_perc", 100 * part, 2);
    info.field("master_sync_last_io_seconds_ago", seconds_since(upstream.last_io, status.now));
  }
  if (!up) {
    // A link that never was up is down since the start.
    const WallTime since = upstream.down_since.value_or(status.started);
    info.field("master_link_down_since_seconds", seconds_between(since, status.now));
  }
}

// Seconds since the last ack; one that has not acked yet is late since it went online.
std::int64_t lag(const ReplicaStatus& replica, WallTime now) {
  if (slave_state(replica.state) != "online") return 0;
  if (!replica.ack_age) return seconds_between(replica.since, now);
  return std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::seconds>(*replica.ack_age).count());
}

void write_replicas(InfoText& info, const Status& status) {
  const auto& replicas = status.downstream.replicas;
  const auto counts = [](const ReplicaStatus& replica) {
    return !slave_state(replica.state).empty();
  };
  info.field("connected_slaves", std::count_if(replicas.begin(), replicas.end(), counts));
  std::size_t number = 0;
  for (const ReplicaStatus& replica : replicas) {
    if (!counts(replica)) continue;
    const std::uint64_t offset = replica.legacy_sync ? 0 : replica.acked.bytes();
    std::string value = "ip=" + replica.ip + ",port=" + std::to_string(replica.port);
    value.append(",state=").append(slave_state(replica.state));
    value +=
        ",offset=" + std::to_string(offset) + ",lag=" + std::to_string(lag(replica, status.now));
    info.field("slave" + std::to_string(number++), value);
  }
}

void write_history(InfoText& info, const LogStatus& log) {
  info.field("master_failover_state", "no-failover");
  info.field("master_replid", log.id.view());
  info.field("master_replid2", log.previous_id.view());
  info.field("master_repl_offset", log.end.bytes());
  if (log.previous_until) {
    info.field("second_repl_offset", log.previous_until->to_psync());
  } else {
    info.field("second_repl_offset", -1);
  }
  info.field("repl_backlog_active", log.exists ? 1 : 0);
  info.field("repl_backlog_size", log.limit_bytes);
  info.field("repl_backlog_first_byte_offset", log.exists ? log.begin.to_psync() : 0);
  info.field("repl_backlog_histlen", log.exists ? bytes_between(log.begin, log.end) : 0);
}

}  // namespace

std::string_view slave_state(ReplicaState state) {
  switch (state) {
    case ReplicaState::kHandshake:
      return "";
    case ReplicaState::kQueued:
      return "wait_bgsave";
    case ReplicaState::kSendingRdb:
      return "send_bulk";
    case ReplicaState::kCatchingUp:
    case ReplicaState::kOnline:
      return "online";
  }
  return "";
}

void write_replication(InfoText& info, const Status& status) {
  info.section("Replication");
  info.field("role", "slave");
  write_master(info, status);
  info.field("slave_priority", 0);
  info.field("slave_read_only", 1);
  info.field("replica_announced", 1);
  write_replicas(info, status);
  write_history(info, status.log);
}

}  // namespace relay
