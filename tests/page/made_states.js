// States of a relay that are hard to bring a real one into, in exactly the shapes of openapi.yaml: hundreds of replicas, a failing
// disk, every warning at once. Numbers follow from a clock that the test turns, so that two pictures differ as two polls do.
"use strict";

const kStates = ["online", "catching_up", "sending_rdb", "queued", "handshake"];
const kRunId = "7f".repeat(20);

const at = (seconds) => new Date(Date.UTC(2026, 10, 26, 9, 0, 0) + seconds * 1000).toISOString();

// By number: most are online and near the end, some are not.
function madeReplica(number, count, end, begin, seconds) {
  const odd =
    count < 8 ? (number === 1 ? 1 : number === 2 && count > 2 ? 2 : 0) : number % 11 === 3 ? 1 + (Math.floor(number / 11) % 4) : 0;
  const state = kStates[odd];
  const streams = state === "online" || state === "catching_up";
  const behind =
    state === "catching_up" ? Math.floor((end - begin) * (0.15 + (0.6 * ((number * 7919) % 97)) / 97)) : (number * 613) % 9000;
  const total = 734_003_200;
  const sent = Math.min(total, 90_000_000 + seconds * 24_000_000 + number * 5_000_000);
  const address = `10.20.${Math.floor(number / 200)}.${1 + (number % 200)}`;
  return {
    id: `r${number + 17}`,
    name: state === "handshake" ? `${address}:${41000 + number}` : `${address}:6379`,
    peer: `${address}:${41000 + number}`,
    tls: number % 4 === 1,
    state,
    since: at(seconds - 37 * (number + 1)),
    sync_kind: number % 3 === 0 ? "full" : "partial",
    ack_offset: streams ? end - behind : null,
    sent_offset: streams ? end - Math.floor(behind / 2) : null,
    lag_bytes: streams ? behind : null,
    lag_seconds: streams ? behind / 4_000_000 : null,
    last_ack_age_seconds: streams ? (number % 10) / 10 : null,
    rdb:
      state === "sending_rdb"
        ? {
            sent_bytes: sent,
            total_bytes: number % 2 ? total : total,
            rate_bytes_per_second: 24_000_000,
            eta_seconds: (total - sent) / 24_000_000,
            stalled_seconds: null,
          }
        : null,
    queue_bytes: streams ? (number * 131) % 4000 : null,
  };
}

function madeStatus({ replicas = 3, seconds = 0, change = () => {} } = {}) {
  const begin = 48_120_448_000;
  const end = 49_330_118_231 + seconds * 4_318_207;
  const items = Array.from({ length: replicas }, (_, number) => madeReplica(number, replicas, end, begin, seconds)).sort(
    (a, b) => (a.state === "online") - (b.state === "online") || (b.lag_bytes ?? 0) - (a.lag_bytes ?? 0)
  );
  const number = (...states) => items.filter(({ state }) => states.includes(state)).length;
  const snapshot = 48_761_004_117;
  const sending = number("sending_rdb");
  const status = {
    version: "0.1.0",
    instance: "relay-0:6479",
    run_id: kRunId,
    time: at(seconds),
    uptime_seconds: 93_784 + seconds,
    ready: true,
    draining: false,
    checks: ["history", "serving", "draining", "upstream", "disk"].map((name) => ({
      name,
      ok: true,
      required: name !== "upstream" && name !== "disk",
      text: "ok",
    })),
    upstream: {
      address: "redis-master.example:6379",
      by_command: false,
      tls: false,
      state: "streaming",
      since: at(seconds - 93_770),
      connected_since: at(seconds - 93_770),
      replid: "3c9a41d07be52f8860b1d4c7a9e35f2b61c8d034",
      replid2: null,
      offset: end,
      acked_offset: end - 1404,
      last_io_age_seconds: 0.02,
      paused: false,
      last_error: null,
      connects: 1,
      disconnects: 0,
      syncs: { full: 1, partial: 0 },
      sync_failures: { full: 0, partial: 0 },
      received_bytes: { rdb: 734_003_200, stream: 49_000_000_000 + seconds * 4_318_207 },
      full_sync: null,
    },
    log: {
      start_offset: begin,
      durable_offset: end - 21_904_113,
      written_offset: end - 900_211,
      boundary_offset: end,
      end_offset: end,
      bytes: end - begin + 9_120_000,
      memory_bytes: 67_108_864,
      limit_bytes: 1_342_177_280,
      trim_next_offset: begin + 67_108_864,
      segments: 19,
      direct_io: true,
      oldest_time: at(seconds - 7800),
      window_seconds: 7800.4,
      appended_bytes: 49_000_000_000,
      trimmed_bytes: 48_000_000_000,
    },
    snapshot: {
      offset: snapshot,
      bytes: 734_003_200,
      taken: at(seconds - 4210),
      age_seconds: 4210 + seconds,
      readers: sending,
      replay_bytes: end - snapshot,
    },
    storage: {
      path: "/var/lib/psync-relay",
      size_bytes: 107_374_182_400,
      free_bytes: 81_604_378_624,
      degraded: false,
      error: null,
      errors: { append: 0, fsync: 0, read: 0, rename: 0, trim: 0 },
    },
    replicas: {
      total: replicas,
      online: number("online"),
      syncing: number("sending_rdb", "catching_up"),
      queued: number("queued", "handshake"),
      clients: replicas + 4,
      connects: replicas + 12,
      syncs: { full: Math.ceil(replicas / 3), partial: replicas + 9 },
      full_syncs_spared: Math.ceil(replicas / 3) + 4,
      refusals: { no_history: 2, unknown_replid: 0, trimmed: 1, ahead: 0 },
      disconnects: { timeout: 1, closed: 4 },
      sent_bytes: { rdb: sending * seconds * 24_000_000, stream: seconds * 4_318_207 * number("online") },
      items,
    },
    throttle: {
      full_syncs_running: sending,
      full_syncs_queued: number("queued"),
      concurrency_limit: 4,
      rate_limit_bytes_per_second: 104_857_600,
    },
    process: { cpu_seconds: 811.4, resident_bytes: 151_203_840, open_files: 38 + replicas, max_files: 65_536, threads: 4 },
    config: { generation: 3, loaded: at(seconds - 5000), last_reload_successful: true, last_error: null, restart_required: [] },
    warnings: [],
  };
  change(status);
  return status;
}

// Everything that can be wrong at once.
function troubled(status) {
  status.ready = false;
  status.checks[1] = { name: "serving", ok: false, required: true, text: "neither a snapshot nor any bytes of the log" };
  status.checks[3] = { name: "upstream", ok: false, required: false, text: "backoff: Connection refused" };
  status.checks[4] = { name: "disk", ok: false, required: false, text: "log in memory only: No space left on device" };
  Object.assign(status.upstream, {
    state: "backoff",
    connected_since: null,
    last_error: "Connection refused",
    paused: true,
    replid2: "a1".repeat(20),
    sync_failures: { full: 2, partial: 1 },
  });
  Object.assign(status.storage, { degraded: true, error: "No space left on device", free_bytes: 0 });
  Object.assign(status.config, {
    last_reload_successful: false,
    last_error: "relay.yaml:12:3: upstream.repl-timout: unknown key",
    restart_required: ["listen.port", "data-dir"],
  });
  status.warnings = [
    { code: "min_replicas", message: "the master has min-replicas-to-write 2 and counts the relay as one replica" },
    { code: "disk_degraded", message: "the log is in memory alone: No space left on device" },
    { code: "full_resync_loop", message: "10.20.0.3:6379 has asked for 6 full syncs in ten minutes" },
    { code: "window_short", message: "10.20.0.4:6379 is 1.1 GiB behind, and the log reaches back 1.1 GiB" },
  ];
}

// As before the first sync: nothing is known yet.
function arriving(status) {
  status.ready = false;
  status.checks[0] = { name: "history", ok: false, required: true, text: "none yet: never in sync with the master" };
  Object.assign(status.upstream, {
    state: "receiving_rdb",
    connected_since: null,
    replid: null,
    offset: 0,
    acked_offset: 0,
    received_bytes: { rdb: 201_326_592, stream: 0 },
    full_sync: {
      received_bytes: 201_326_592,
      total_bytes: 734_003_200,
      rate_bytes_per_second: 98_566_144,
      eta_seconds: 5.4,
      stalled_seconds: null,
      since: status.time,
      beside_stream: false,
    },
  });
  Object.assign(status.log, {
    start_offset: 0,
    durable_offset: 0,
    written_offset: 0,
    boundary_offset: 0,
    end_offset: 0,
    bytes: 0,
    memory_bytes: 0,
    trim_next_offset: null,
    segments: 0,
    oldest_time: null,
    window_seconds: null,
  });
  status.snapshot = null;
}

function madeSeries({ seconds = 0, points = 300 } = {}) {
  const wave = (base, swing, period) =>
    Array.from({ length: points }, (_, i) => {
      const t = i + seconds / 2;
      return Math.max(0, base + swing * (Math.sin(t / period) + 0.4 * Math.sin(t / 3.1) + (t % 97 < 4 ? 1.6 : 0)));
    });
  const unknownAtFirst = (values) => values.map((value, i) => (i < 40 ? null : value));
  return {
    step_seconds: 2,
    newest: at(seconds),
    points: {
      received_bytes_per_second: wave(4_318_207, 700_000, 17),
      sent_bytes_per_second: wave(21_000_000, 4_000_000, 17),
      slowest_lag_bytes: unknownAtFirst(wave(60_000, 50_000, 11)),
      slowest_lag_seconds: unknownAtFirst(wave(0.02, 0.015, 11)),
      replicas_online: wave(0, 0, 1).map((_, i) => (i < 120 ? 2 : 3)),
      log_bytes: wave(1_200_000_000, 20_000_000, 60),
      cpu_ratio: wave(0.06, 0.02, 13),
      resident_bytes: wave(151_203_840, 900_000, 40),
    },
  };
}

function madeEvents(count = 40) {
  const kinds = [
    { level: "info", event: "replica.online", replica: "10.20.0.2:6379", offset: 49330118231 },
    { level: "info", event: "replica.sync", replica: "10.20.0.2:6379", kind: "partial", offset: 49330118000 },
    { level: "warn", event: "replica.refused", replica: "10.20.0.9:6379", reason: "no_history" },
    { level: "info", event: "snapshot.whole", offset: 48761004117, bytes: 734003200 },
    { level: "error", event: "storage.degraded", op: "append", error: "No space left on device" },
    { level: "info", event: "replica.closed", replica: "10.20.0.4:6379", reason: "it closed the connection" },
  ];
  return Array.from({ length: count }, (_, i) => ({ id: i + 1, time: at(-10 * (count - i)), ...kinds[i % kinds.length] }));
}

module.exports = { madeStatus, madeSeries, madeEvents, troubled, arriving };
