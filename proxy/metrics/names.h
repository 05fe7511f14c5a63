// Every metric of the relay, one row each: name, type, labels, the label values that are there from
// the start, help. What /metrics says is in this table and comes in this order; exposition.cc says
// where the values come from.
//
//  (1) A name has the prefix, its base unit (_bytes, _seconds), and _total if and only if it is a
//      counter. Points in time are *_timestamp_seconds, never "ago".
//  (2) Label values come from bounded sets; a labelled counter shows each known one from the start,
//      at 0, so that the first event is an increase. `replica` is the one open set, and capped.
//  (3) A state is a series per state, 0 or 1, never a label that changes.
//  (4) A gauge of something that is not there has no series; its help and type are still shown.
//  (5) A rename or a removal breaks dashboards: it goes into the CHANGELOG.
//
// metric("name") is checked when compiled, so that a value without a row cannot be written.
//
// Longer than most files here because it is a table.
#pragma once

#include "proxy/status/duration_histogram.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace relay {

enum class MetricType : std::uint8_t { kGauge, kCounter, kHistogram };

struct MetricRow {
  std::string_view name;
  MetricType type;
  std::string_view labels;                   // their names, with commas between
  std::span<const std::string_view> series;  // label values, with commas between
  std::span<const double> bounds;            // of a histogram's buckets
  std::string_view help;
};

namespace metric_table {

using Row = MetricRow;
using enum MetricType;
using Values = std::string_view[];

inline constexpr Values kSync = {"full", "partial"};
inline constexpr Values kSentinel = {"answered", "unknown", "failed"};
inline constexpr Values kMasterSync = {"full", "partial", "refresh"};
inline constexpr Values kChannel = {"rdb", "stream"};
inline constexpr Values kLinkLost = {"timeout", "eof",    "reset",   "protocol", "auth",
                                     "tls",     "config", "storage", "refused",  "resolve",
                                     "connect", "loop",   "admin"};
inline constexpr Values kReplicaLost = {
    "eof",      "reset",    "timeout", "ack_timeout", "lag_limit", "log_trimmed", "auth",   "admin",
    "shutdown", "protocol", "history", "snapshot",    "storage",   "complete",    "refused"};
inline constexpr Values kRefusal = {"no_history", "unknown_replid", "trimmed", "ahead"};
inline constexpr Values kStage = {"receive", "verify", "write"};
inline constexpr Values kStorageOp = {"append", "fsync", "read", "rename", "trim"};
inline constexpr Values kLevel = {"debug", "info", "warn", "error"};
inline constexpr Values kHttp = {
    "page,200",         "page,403",         "page,405",         "page,413",
    "metrics,200",      "metrics,403",      "metrics,405",      "metrics,413",
    "livez,200",        "livez,400",        "livez,403",        "livez,405",
    "livez,413",        "livez,503",        "healthz,200",      "healthz,400",
    "healthz,403",      "healthz,405",      "healthz,413",      "healthz,503",
    "readyz,200",       "readyz,400",       "readyz,403",       "readyz,405",
    "readyz,413",       "readyz,503",       "version,200",      "version,403",
    "version,405",      "version,413",      "openapi,200",      "openapi,403",
    "openapi,405",      "openapi,413",      "status,200",       "status,400",
    "status,403",       "status,405",       "status,413",       "replicas,200",
    "replicas,400",     "replicas,403",     "replicas,405",     "replicas,413",
    "replica,200",      "replica,403",      "replica,404",      "replica,405",
    "replica,413",      "log,200",          "log,403",          "log,405",
    "log,413",          "snapshots,200",    "snapshots,403",    "snapshots,405",
    "snapshots,413",    "events,200",       "events,400",       "events,403",
    "events,405",       "events,413",       "series,200",       "series,403",
    "series,405",       "series,413",       "config,200",       "config,403",
    "config,405",       "config,413",       "follow,200",       "follow,400",
    "follow,401",       "follow,403",       "follow,405",       "follow,408",
    "follow,409",       "follow,413",       "follow,415",       "reconnect,200",
    "reconnect,400",    "reconnect,401",    "reconnect,403",    "reconnect,405",
    "reconnect,408",    "reconnect,409",    "reconnect,413",    "reconnect,415",
    "resync,200",       "resync,400",       "resync,401",       "resync,403",
    "resync,405",       "resync,408",       "resync,409",       "resync,413",
    "resync,415",       "snapshot,202",     "snapshot,400",     "snapshot,401",
    "snapshot,403",     "snapshot,405",     "snapshot,408",     "snapshot,409",
    "snapshot,413",     "snapshot,415",     "disconnect,200",   "disconnect,400",
    "disconnect,401",   "disconnect,403",   "disconnect,404",   "disconnect,405",
    "disconnect,408",   "disconnect,413",   "disconnect,415",   "drain,202",
    "drain,400",        "drain,401",        "drain,403",        "drain,405",
    "drain,408",        "drain,409",        "drain,413",        "drain,415",
    "undrain,200",      "undrain,400",      "undrain,401",      "undrain,403",
    "undrain,405",      "undrain,408",      "undrain,409",      "undrain,413",
    "undrain,415",      "loglevel,200",     "loglevel,400",     "loglevel,401",
    "loglevel,403",     "loglevel,405",     "loglevel,408",     "loglevel,413",
    "loglevel,415",     "shutdown,202",     "shutdown,400",     "shutdown,401",
    "shutdown,403",     "shutdown,405",     "shutdown,408",     "shutdown,413",
    "shutdown,415",     "reload,200",       "reload,400",       "reload,401",
    "reload,403",       "reload,405",       "reload,408",       "reload,413",
    "reload,415",       "reload,422",       "check-config,200", "check-config,400",
    "check-config,401", "check-config,403", "check-config,405", "check-config,408",
    "check-config,413", "check-config,415", "rdb,200",          "rdb,206",
    "rdb,401",          "rdb,403",          "rdb,405",          "rdb,409",
    "rdb,413",          "rdb,416",          "other,400",        "other,404",
    "other,408",        "other,431",        "other,503"};

// clang-format off
inline constexpr Row kRows[] = {
    Row{"psync_relay_build_info", kGauge, "version,revision", {}, {},
        "Constant 1; which build this is."},
    Row{"psync_relay_replication_info", kGauge, "upstream,replid,replid2", {}, {},
        "Constant 1; the master, and the replication ids of the log. Changes at failovers only."},
    Row{"psync_relay_ready", kGauge, "", {}, {},
        "1 if /readyz answers 200."},
    Row{"psync_relay_draining", kGauge, "", {}, {},
        "1 while the relay stops or is drained."},
    Row{"psync_relay_upstream_up", kGauge, "", {}, {},
        "1 while the master's replication stream is being received."},
    Row{"psync_relay_upstream_state", kGauge, "state", {}, {},
        "1 for the state that the link to the master is in, 0 for the others."},
    Row{"psync_relay_upstream_paused", kGauge, "", {}, {},
        "1 while the master is not read, for memory is full of what the disk has not stored."},
    Row{"psync_relay_upstream_last_io_timestamp_seconds", kGauge, "", {}, {},
        "When the last byte came from the master, keepalives included."},
    Row{"psync_relay_upstream_connected_timestamp_seconds", kGauge, "", {}, {},
        "Since when the stream has been received without interruption."},
    Row{"psync_relay_upstream_connects_total", kCounter, "", {}, {},
        "Connections made to the master; attempts that never connected are not among them."},
    Row{"psync_relay_upstream_disconnects_total", kCounter, "reason", kLinkLost, {},
        "Connections to the master that were lost, by reason; and, under connect and resolve, "
        "attempts that never connected, which connects_total does not count."},
    Row{"psync_relay_sentinel_queries_total", kCounter, "result", kSentinel, {},
        "Questions to Sentinels who the master is, by what came of them."},
    Row{"psync_relay_sentinel_switches_total", kCounter, "", {}, {},
        "Changes of the master that a Sentinel told of."},
    Row{"psync_relay_sentinel_listening", kGauge, "", {}, {},
        "1 while a Sentinel would tell of a change of the master; absent without upstream.sentinels."},
    Row{"psync_relay_upstream_syncs_total", kCounter, "kind", kMasterSync, {},
        "Resyncs with the master: full ones that began; partial ones that it granted; refreshes, "
        "which are snapshots that began to be fetched beside the stream. Each full one and each "
        "refresh makes it fork."},
    Row{"psync_relay_upstream_sync_failures_total", kCounter, "kind", kMasterSync, {},
        "Full syncs and refreshes that broke off, and partial syncs that the master answered with "
        "a full one."},
    Row{"psync_relay_upstream_receive_bytes_total", kCounter, "channel", kChannel, {},
        "Bytes received from the master; rdb: of all snapshots, refreshes included."},
    Row{"psync_relay_upstream_offset_bytes", kGauge, "", {}, {},
        "Replication offset up to which the master's stream was received."},
    Row{"psync_relay_upstream_acked_offset_bytes", kGauge, "", {}, {},
        "Replication offset last acknowledged to the master."},
    Row{"psync_relay_upstream_full_sync_received_bytes", kGauge, "", {}, {},
        "Bytes of the snapshot that is arriving; 0 when none is."},
    Row{"psync_relay_upstream_full_sync_size_bytes", kGauge, "", {}, {},
        "Size of the snapshot that is arriving; absent when none is, or the master does not say."},
    Row{"psync_relay_upstream_full_sync_duration_seconds", kHistogram, "", {}, kFullSyncBounds,
        "How long whole snapshots took to arrive from the master, refreshes included."},
    Row{"psync_relay_log_start_offset_bytes", kGauge, "", {}, {},
        "Replication offset before the oldest byte held."},
    Row{"psync_relay_log_end_offset_bytes", kGauge, "", {}, {},
        "Replication offset of the newest byte held."},
    Row{"psync_relay_log_durable_offset_bytes", kGauge, "", {}, {},
        "Replication offset up to which the log is safe on disk."},
    Row{"psync_relay_log_bytes", kGauge, "", {}, {},
        "Size of the log on disk."},
    Row{"psync_relay_log_memory_bytes", kGauge, "", {}, {},
        "Size of the part of the log that is in memory."},
    Row{"psync_relay_log_limit_bytes", kGauge, "", {}, {},
        "Size on disk that the log is kept below."},
    Row{"psync_relay_log_segments", kGauge, "", {}, {},
        "Files that the log consists of."},
    Row{"psync_relay_log_direct_io", kGauge, "", {}, {},
        "1 while large writes to the log go past the page cache."},
    Row{"psync_relay_log_oldest_timestamp_seconds", kGauge, "", {}, {},
        "When the oldest byte held was received: how far back a replica may come from."},
    Row{"psync_relay_log_append_bytes_total", kCounter, "", {}, {},
        "Bytes appended to the log."},
    Row{"psync_relay_log_trimmed_bytes_total", kCounter, "", {}, {},
        "Bytes dropped from the start of the log."},
    Row{"psync_relay_log_fsync_duration_seconds", kHistogram, "", {}, kFsyncBounds,
        "How long syncing the log to disk took."},
    Row{"psync_relay_snapshots", kGauge, "", {}, {},
        "Whole, verified snapshots that replicas can be served from."},
    Row{"psync_relay_snapshot_bytes", kGauge, "", {}, {},
        "Size of the newest whole snapshot."},
    Row{"psync_relay_snapshot_offset_bytes", kGauge, "", {}, {},
        "Replication offset of the newest whole snapshot."},
    Row{"psync_relay_snapshot_timestamp_seconds", kGauge, "", {}, {},
        "When the newest whole snapshot was taken."},
    Row{"psync_relay_snapshot_readers", kGauge, "", {}, {},
        "Transfers to replicas that are reading the snapshot."},
    Row{"psync_relay_snapshot_refreshes_total", kCounter, "", {}, {},
        "Snapshots fetched beside the stream, to replace one that had grown old."},
    Row{"psync_relay_snapshot_failures_total", kCounter, "stage", kStage, {},
        "Snapshots from the master that were not kept, by what failed."},
    Row{"psync_relay_storage_size_bytes", kGauge, "", {}, {},
        "Size of the file system of the data directory."},
    Row{"psync_relay_storage_free_bytes", kGauge, "", {}, {},
        "Space left to the relay on the file system of the data directory."},
    Row{"psync_relay_storage_degraded", kGauge, "", {}, {},
        "1 while the log is kept in memory only, since the disk does not take it."},
    Row{"psync_relay_storage_errors_total", kCounter, "op", kStorageOp, {},
        "Disk operations that failed."},
    Row{"psync_relay_clients", kGauge, "", {}, {},
        "Connections to the Redis port, replicas included."},
    Row{"psync_relay_client_connects_total", kCounter, "", {}, {},
        "Connections accepted on the Redis port."},
    Row{"psync_relay_client_rejects_total", kCounter, "", {}, {},
        "Connections refused on the Redis port, over a limit."},
    Row{"psync_relay_client_tls_failures_total", kCounter, "", {}, {},
        "Connections to listen.tls-port that ended in the handshake."},
    Row{"psync_relay_client_commands_total", kCounter, "", {}, {},
        "Commands executed for clients."},
    Row{"psync_relay_client_receive_bytes_total", kCounter, "", {}, {},
        "Bytes received on the Redis port."},
    Row{"psync_relay_client_reply_bytes_total", kCounter, "", {}, {},
        "Bytes of replies to commands, replication excluded."},
    Row{"psync_relay_replicas", kGauge, "state", {}, {},
        "Connected replicas, by state."},
    Row{"psync_relay_replica_connects_total", kCounter, "", {}, {},
        "Connections that became replicas."},
    Row{"psync_relay_replica_disconnects_total", kCounter, "reason", kReplicaLost, {},
        "Replicas whose connection ended, by reason."},
    Row{"psync_relay_replica_syncs_total", kCounter, "kind", kSync, {},
        "Resyncs given to replicas."},
    Row{"psync_relay_full_syncs_spared_total", kCounter, "", {}, {},
        "Full syncs given beyond the first of each snapshot: each spared the master one."},
    Row{"psync_relay_replica_partial_refusals_total", kCounter, "reason", kRefusal, {},
        "Partial resyncs asked for that were answered with a full one, by reason."},
    Row{"psync_relay_replica_send_bytes_total", kCounter, "channel", kChannel, {},
        "Bytes sent to replicas."},
    Row{"psync_relay_replica_full_sync_duration_seconds", kHistogram, "", {}, kFullSyncBounds,
        "How long snapshots took to be sent to replicas."},
    Row{"psync_relay_replica_slowest_lag_bytes", kGauge, "", {}, {},
        "Bytes that the replica furthest behind has not acknowledged; 0 with none."},
    Row{"psync_relay_replica_slowest_lag_seconds", kGauge, "", {}, {},
        "Age of the oldest byte that a replica has not acknowledged; 0 with none."},
    Row{"psync_relay_replica_min_ack_offset_bytes", kGauge, "", {}, {},
        "Lowest of the replication offsets that replicas acknowledged; absent if none does."},
    Row{"psync_relay_propagation_delay_seconds", kHistogram, "", {}, kPropagationBounds,
        "From a byte's arrival to its being sent: samples, of replicas that had caught up."},
    Row{"psync_relay_replicas_expected", kGauge, "", {}, {},
        "Replicas that there should be, by metrics.replicas-expected; absent if that is 0."},
    Row{"psync_relay_metrics_replicas_dropped", kGauge, "", {}, {},
        "Replicas without series of their own, since there are more than metrics are kept for."},
    Row{"psync_relay_replica_online", kGauge, "replica", {}, {},
        "1 if the replica is at the end of the log, 0 if it is on its way there or has left."},
    Row{"psync_relay_replica_lag_bytes", kGauge, "replica", {}, {},
        "Bytes of the log that the replica has not acknowledged."},
    Row{"psync_relay_replica_lag_seconds", kGauge, "replica", {}, {},
        "Age of the oldest byte that the replica has not acknowledged; 0 if it has all."},
    Row{"psync_relay_replica_ack_offset_bytes", kGauge, "replica", {}, {},
        "Replication offset that the replica acknowledged last."},
    Row{"psync_relay_replica_sent_offset_bytes", kGauge, "replica", {}, {},
        "Replication offset up to which the replica was sent the log."},
    Row{"psync_relay_replica_last_ack_timestamp_seconds", kGauge, "replica", {}, {},
        "When the replica acknowledged last."},
    Row{"psync_relay_replica_output_queue_bytes", kGauge, "replica", {}, {},
        "Bytes given to the kernel for the replica that its side has not taken."},
    Row{"psync_relay_replica_full_sync_sent_bytes", kGauge, "replica", {}, {},
        "Bytes of the snapshot sent to a replica that is receiving it."},
    Row{"psync_relay_tls_certificate_expiry_timestamp_seconds", kGauge, "use", {}, {},
        "When a certificate of the relay's ceases to be good: the one for the master (upstream), the one for replicas (replica)."},
    Row{"psync_relay_warnings", kGauge, "code", {}, {},
        "1 for each warning that holds: something that will break, or already has."},
    Row{"psync_relay_config_last_reload_successful", kGauge, "", {}, {},
        "1 if the configuration was taken when it was last loaded, 0 if it was refused."},
    Row{"psync_relay_config_last_reload_success_timestamp_seconds", kGauge, "", {}, {},
        "When the configuration in force was loaded."},
    Row{"psync_relay_http_requests_total", kCounter, "handler,code", kHttp, {},
        "Requests on the HTTP listeners, the admin ones too."},
    Row{"psync_relay_log_messages_total", kCounter, "level", kLevel, {},
        "Log lines, by level, whether shown or not."},
    Row{"process_cpu_seconds_total", kCounter, "", {}, {},
        "User and system CPU time spent."},
    Row{"process_open_fds", kGauge, "", {}, {},
        "Open file descriptors."},
    Row{"process_max_fds", kGauge, "", {}, {},
        "Most file descriptors that may be open."},
    Row{"process_virtual_memory_bytes", kGauge, "", {}, {},
        "Size of the virtual memory."},
    Row{"process_virtual_memory_max_bytes", kGauge, "", {}, {},
        "Most virtual memory that may be had."},
    Row{"process_resident_memory_bytes", kGauge, "", {}, {},
        "Size of the resident memory."},
    Row{"process_start_time_seconds", kGauge, "", {}, {},
        "When the process started."},
    Row{"process_threads", kGauge, "", {}, {},
        "Threads of the process."},
};
// clang-format on

}  // namespace metric_table

constexpr std::span<const MetricRow> metric_rows() { return metric_table::kRows; }

// The place of a name in the table. A name that is not in it does not compile.
consteval std::size_t metric(std::string_view name) {
  for (std::size_t i = 0; i < metric_rows().size(); ++i) {
    if (metric_rows()[i].name == name) return i;
  }
  throw "no such metric";
}

}  // namespace relay
