// One read-only picture of the relay, taken whole on the control executor: what INFO, ROLE, the
// metrics, the status page and the readiness probe say is all said from this, so that they cannot
// disagree.
//
// Plain values; no component is seen through it. Counters count since the process started.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"
#include "common/base/transfer_pace.h"
#include "proxy/status/duration_histogram.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relay {

using WallTime = std::chrono::system_clock::time_point;
using Clock = std::chrono::steady_clock;

enum class LinkState {
  kDisconnected,
  kConnecting,
  kHandshake,
  kWaitingRdb,  // +FULLRESYNC said, the transfer has not begun
  kReceivingRdb,
  kStreaming,
  kBackoff,
};
const char* name_of(LinkState state);  // as in psync_relay_upstream_state{state=...}

enum class ReplicaState {
  kHandshake,  // connected, no PSYNC yet
  kQueued,  // waits for a snapshot, for a free transfer, or for bytes that it has and we have not
  kSendingRdb,
  kCatchingUp,  // behind the end of the log since it was let in
  kOnline,
};
const char* name_of(ReplicaState state);

// A transfer from the master, on the main link or beside it.
struct TransferStatus {
  ReplId id;
  Offset offset;
  std::uint64_t received = 0;
  std::optional<std::uint64_t> size;  // unknown with the EOF mark
  WallTime since;
  Pace pace;
  bool beside_stream = false;  // a refresh on a second connection
};

// How many replicas the master wants before it accepts a write, as it said when it was asked last.
struct MasterDemand {
  unsigned wanted = 0;           // its min-replicas-to-write; 0: none
  std::optional<unsigned> good;  // the replicas that it counts, ourselves among them
};

// More than kManyFullResyncs full syncs with the master within this time are a loop, and so are as
// many refreshes of the snapshot.
constexpr std::chrono::minutes kFullResyncWindow{30};
constexpr unsigned kManyFullResyncs = 2;

// The Sentinels that say who the master is.
struct SentinelStatus {
  std::string master_name;
  std::string listening_to;  // "": to none
  std::string answered_by;   // the last that did; "": none yet
  std::string fault;         // why the last that was asked gave no answer; "": it did
  std::uint64_t answers = 0;
  std::uint64_t unknown = 0;  // they know no such master
  std::uint64_t failures = 0;
  std::uint64_t switches = 0;  // that they told of
};

struct UpstreamStatus {
  std::string host;
  std::uint16_t port = 0;
  bool by_command = false;  // REPLICAOF has overridden the configured address
  bool tls = false;         // the connection is, or will be
  LinkState state = LinkState::kDisconnected;
  WallTime since;
  std::optional<WallTime> connected_since;  // streaming since
  std::optional<WallTime> last_io;
  std::optional<WallTime> down_since;
  bool paused = false;     // not read, for memory is full of what the disk has not stored
  std::string last_error;  // why the link was lost last
  Offset acked;
  std::uint64_t connects = 0;
  std::map<std::string, std::uint64_t>
      disconnects;  // by reason; all known reasons are present from the start
  std::uint64_t full_syncs = 0;
  std::uint64_t full_sync_failures = 0;
  std::uint64_t partial_syncs = 0;
  std::uint64_t partial_sync_failures = 0;  // asked for a partial one, answered with a full one
  std::uint64_t refreshes = 0;              // snapshots begun beside the stream
  std::uint64_t refresh_failures = 0;
  std::uint64_t received_rdb_bytes = 0;  // refreshes included
  std::uint64_t received_stream_bytes = 0;
  std::optional<TransferStatus> transfer;
  DurationHistogram full_sync_durations{kFullSyncBounds};  // whole transfers, refreshes included
  unsigned recent_full_syncs = 0;          // begun within the last kFullResyncWindow
  unsigned recent_refreshes = 0;           // likewise
  std::optional<MasterDemand> demand;      // none: not known
  std::optional<SentinelStatus> sentinel;  // none: none is asked
};

struct LogStatus {
  bool exists = false;
  ReplId id;
  ReplId previous_id;                    // none if there is none
  std::optional<Offset> previous_until;  // up to which the previous id holds
  Offset begin, durable, written, boundary, end;
  std::uint64_t disk_bytes = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t limit_bytes = 0;
  unsigned segments = 0;
  bool direct_io = false;
  std::optional<WallTime> oldest;   // when the oldest byte held was received
  std::optional<Offset> trim_next;  // where the oldest file ends; none while it is the only one
  std::uint64_t appended_bytes = 0;
  std::uint64_t trimmed_bytes = 0;
  bool disk_degraded = false;
  std::string disk_error;
  std::map<std::string, std::uint64_t> storage_errors;  // by op: append, fsync, read, rename, trim
  std::uint64_t disk_total = 0, disk_available = 0;
  // fsync latencies, cumulative counts per bucket bound (seconds) with +Inf last, and their sum.
  std::vector<std::pair<double, std::uint64_t>> fsync_buckets;
  double fsync_sum = 0;
};

struct SnapshotStatus {
  std::optional<Offset> offset;  // of the newest whole one
  std::uint64_t bytes = 0;
  std::optional<WallTime> taken;
  unsigned readers = 0;
  std::uint64_t refreshes = 0;
  std::map<std::string, std::uint64_t> failures;  // by stage: receive, verify, write
};

struct ReplicaStatus {
  std::uint64_t id = 0;    // of the connection
  std::string ip;          // announced, or the peer's
  std::uint16_t port = 0;  // announced, 0 if never
  std::string peer;        // address:port of the socket
  bool tls = false;
  ReplicaState state = ReplicaState::kHandshake;
  WallTime since;
  bool full = false;         // came in by a full sync
  bool legacy_sync = false;  // SYNC: sends no acks
  Offset sent;
  Offset acked;
  std::optional<std::chrono::milliseconds> ack_age;
  // What it has not acknowledged (SYNC: been sent): how much, and the age of the oldest such byte.
  // None while it does not receive the log; 0 when it has all.
  std::optional<std::uint64_t> lag_bytes;
  std::optional<double> lag_seconds;
  std::optional<std::uint64_t> queue_bytes;  // given to our kernel, and not taken by the peer's
  std::uint64_t snapshot_sent = 0;
  std::optional<std::uint64_t> snapshot_size;
  Pace snapshot_pace;
};
// "10.0.0.7:6379" as it announced itself, else where its connection comes from.
std::string name_of(const ReplicaStatus& replica);
// It is at the end of the log, or on its way there.
bool receives_the_log(const ReplicaStatus& replica);
// Up to where it surely has the log: what it acknowledged. One that came by SYNC acknowledges
// nothing, and what it was sent is all that is known of it. None while it does not receive the log.
std::optional<Offset> reached_by(const ReplicaStatus& replica);
// Fills in how far it is behind `end`; `age` is that of the byte behind what it has reached, where
// known. An ack may be newer than the end that a picture was taken with: no lag is negative.
void describe_lag(ReplicaStatus& replica, Offset end, std::optional<double> age);

// One that was here not long ago, as it was when it left.
struct DepartedReplica {
  ReplicaStatus last;
  WallTime left;
};

struct DownstreamStatus {
  std::vector<ReplicaStatus>
      replicas;  // connections that asked for PSYNC or SYNC and are still there
  // Within metrics.replica-linger, and not back since; the last to leave first.
  std::vector<DepartedReplica> departed;
  unsigned clients = 0;  // all connections, replicas included
  std::uint64_t connections = 0;
  std::uint64_t rejected_connections = 0;
  std::uint64_t failed_handshakes = 0;  // of TLS
  std::uint64_t commands = 0;
  std::uint64_t full_syncs = 0;
  std::uint64_t full_syncs_spared = 0;  // those beyond the first from one and the same snapshot
  std::uint64_t partial_syncs = 0;
  std::map<std::string, std::uint64_t>
      partial_refusals;  // by reason: no_history, unknown_replid, trimmed, ahead
  std::map<std::string, std::uint64_t> disconnects;  // by reason
  std::uint64_t replica_connects = 0;
  std::uint64_t sent_rdb_bytes = 0;
  std::uint64_t sent_stream_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_reply_bytes = 0;
  DurationHistogram full_sync_durations{
      kFullSyncBounds};  // from the answer to PSYNC to the last byte of the snapshot
  // From the master's socket to a replica's, of some bytes and of replicas that had caught up.
  DurationHistogram propagation_delays{kPropagationBounds};
};

// How far behind the replicas are that receive the log, the furthest of them.
struct SlowestReplica {
  std::uint64_t lag_bytes = 0;  // 0 with none
  double lag_seconds = 0;
  std::optional<Offset> lowest_ack;  // none if nobody acknowledges
};
SlowestReplica slowest_of(const std::vector<ReplicaStatus>& replicas);

struct HttpStatus {
  std::map<std::string, std::map<unsigned, std::uint64_t>> requests;  // by handler, by status code
};

// Of the configuration in force. The start counts as a reload that succeeded.
struct ReloadStatus {
  bool successful = true;        // the last attempt
  std::string error;             // why it was refused, if it was
  WallTime at;                   // of the last one that succeeded
  std::uint64_t generation = 1;  // how many succeeded
  // Keys whose new value waits for a restart.
  std::vector<std::string> restart_required;
};

// What full syncs may take, and who waits for a place among them.
struct ThrottleStatus {
  std::size_t running = 0;
  std::size_t queued = 0;
  unsigned concurrency_limit = 0;  // 0: none
  std::uint64_t rate_limit = 0;    // bytes per second in all, 0: none
};

// What of the configuration says what is shown.
struct ShownStatus {
  bool each_replica = true;                        // replicas have series of their own ...
  std::optional<std::size_t> most_replicas = 500;  // ... but for so many at most; none: all
  unsigned replicas_expected = 0;                  // 0: not said
};

struct Status {
  WallTime now;
  WallTime started;
  ReplId run_id;
  std::uint16_t listen_port = 0;
  std::string data_dir;
  bool draining = false;  // it stops, or an operator drains it
  bool stopping = false;
  UpstreamStatus upstream;
  LogStatus log;
  SnapshotStatus snapshot;
  DownstreamStatus downstream;
  ThrottleStatus throttle;
  HttpStatus http;
  ReloadStatus reload;
  ShownStatus shown;
  std::map<std::string, WallTime> certificate_expiry;  // by use, of those that there are
};

}  // namespace relay
