// Answers of the API as openapi.yaml has them, for the tests of what is made of them.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace relay::samples {

inline boost::json::value status() {
  return boost::json::parse(R"({
    "version": "0.1.0", "instance": "relay-0:6479", "run_id": "a1",
    "time": "2026-11-26T05:00:10.000Z", "uptime_seconds": 93784, "ready": true, "draining": false,
    "checks": [{"name": "storage", "ok": true, "required": false, "text": "fine"}],
    "upstream": {"address": "db1:6379", "by_command": false, "state": "streaming",
      "since": "2026-11-26T04:58:05.000Z", "connected_since": "2026-11-26T04:58:05.000Z",
      "replid": "8f3c0000000000000000000000000000000000aa", "replid2": null, "offset": 5000,
      "acked_offset": 4900, "last_io_age_seconds": 0.21, "paused": false, "last_error": null,
      "connects": 4, "disconnects": 3, "syncs": {"full": 1, "partial": 3},
      "sync_failures": {"full": 0, "partial": 0}, "received_bytes": {"rdb": 100, "stream": 3000},
      "full_sync": null},
    "log": {"start_offset": 1000, "durable_offset": 4800, "written_offset": 4900,
      "boundary_offset": 5000, "end_offset": 5000, "bytes": 4000, "memory_bytes": 2048,
      "limit_bytes": 1073741824, "trim_next_offset": null, "segments": 1, "direct_io": false,
      "oldest_time": "2026-11-26T03:00:00Z", "window_seconds": 7200, "appended_bytes": 4000,
      "trimmed_bytes": 0},
    "snapshot": {"offset": 3000, "bytes": 52428800, "taken": "2026-11-26T04:50:10Z",
      "age_seconds": 600, "readers": 1, "replay_bytes": 2000},
    "storage": {"path": "/data", "size_bytes": 1073741824, "free_bytes": 536870912,
      "degraded": false, "error": null, "errors": {"write": 0}},
    "replicas": {"total": 3, "online": 1, "syncing": 1, "queued": 1, "clients": 1, "connects": 5,
      "syncs": {"full": 2, "partial": 1}, "full_syncs_spared": 2, "refusals": {},
      "disconnects": {}, "sent_bytes": {"rdb": 0, "stream": 9000}, "items": [
        {"id": "r3", "name": "10.0.0.7:6379", "peer": "10.0.0.7:41234", "state": "sending_rdb",
         "since": "2026-11-26T05:00:00Z", "sync_kind": "full", "ack_offset": null,
         "sent_offset": null, "lag_bytes": null, "lag_seconds": null,
         "last_ack_age_seconds": null,
         "rdb": {"sent_bytes": 26214400, "total_bytes": 52428800,
                 "rate_bytes_per_second": 10485760, "eta_seconds": 2.5}, "queue_bytes": 65536},
        {"id": "r1", "name": "10.0.0.5:6379", "peer": "10.0.0.5:40000", "state": "online",
         "since": "2026-11-26T04:58:10Z", "sync_kind": "partial", "ack_offset": 4976,
         "sent_offset": 5000, "lag_bytes": 24, "lag_seconds": 0.1, "last_ack_age_seconds": 0.4,
         "rdb": null, "queue_bytes": 0}]},
    "throttle": {"full_syncs_running": 1, "full_syncs_queued": 0, "concurrency_limit": 64,
      "rate_limit_bytes_per_second": 0},
    "process": {"cpu_seconds": 12, "resident_bytes": 67108864, "open_files": 40,
      "max_files": 1024, "threads": 5},
    "config": {"generation": 2, "loaded": "2026-11-26T05:00:00Z", "last_reload_successful": true,
      "last_error": null, "restart_required": []},
    "warnings": []})");
}

}  // namespace relay::samples
