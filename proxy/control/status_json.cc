// Long because it is a table: every member of every object of the API.
#include "proxy/control/status_json.h"

#include "common/base/json_writer.h"
#include "common/base/rfc3339.h"
#include "proxy/metrics/readiness.h"
#include "proxy/status/address_text.h"
#include "proxy/status/build.h"
#include "proxy/status/warnings.h"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace relay {
namespace {

double seconds_between(WallTime from, WallTime to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

std::optional<std::string> time_of(const std::optional<WallTime>& when) {
  if (!when) return std::nullopt;
  return rfc3339(*when);
}

std::optional<double> age_of(const std::optional<WallTime>& when, WallTime now) {
  if (!when) return std::nullopt;
  return seconds_between(*when, now);
}

std::optional<std::uint64_t> bytes_of(const std::optional<Offset>& offset) {
  if (!offset) return std::nullopt;
  return offset->bytes();
}

std::optional<std::string> text_of(const ReplId& id) {
  if (id.is_none()) return std::nullopt;
  return id.str();
}

std::optional<std::string> text_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

void counts(JsonWriter& json, std::string_view name, std::uint64_t full, std::uint64_t partial) {
  json.key(name).begin_object().member("full", full).member("partial", partial).end_object();
}

void channels(JsonWriter& json, std::string_view name, std::uint64_t rdb, std::uint64_t stream) {
  json.key(name).begin_object().member("rdb", rdb).member("stream", stream).end_object();
}

void by_name(JsonWriter& json, std::string_view name,
             const std::map<std::string, std::uint64_t>& numbers) {
  json.key(name).begin_object();
  for (const auto& [key, number] : numbers) json.member(key, number);
  json.end_object();
}

// Of a transfer that has come so far. One that has all of it does not stall.
void progress(JsonWriter& json, std::uint64_t done, const std::optional<std::uint64_t>& total,
              const Pace& pace) {
  std::optional<double> left;
  if (total && pace.rate > 0)
    left = static_cast<double>(*total - std::min(done, *total)) / pace.rate;
  json.member("total_bytes", total)
      .member("rate_bytes_per_second", pace.rate)
      .member("eta_seconds", left)
      .member("stalled_seconds", total && done >= *total ? std::nullopt : pace.stalled);
}

void transfer(JsonWriter& json, const std::optional<TransferStatus>& status) {
  if (!status) {
    json.null();
    return;
  }
  json.begin_object().member("received_bytes", status->received);
  progress(json, status->received, status->size, status->pace);
  json.member("since", rfc3339(status->since))
      .member("beside_stream", status->beside_stream)
      .end_object();
}

void replica(JsonWriter& json, const ReplicaStatus& status) {
  const bool receives = receives_the_log(status);
  const bool acks = receives && !status.legacy_sync;
  std::optional<double> ack_age;
  if (status.ack_age) ack_age = std::chrono::duration<double>(*status.ack_age).count();
  json.begin_object()
      .member("id", "r" + std::to_string(status.id))
      .member("name", name_of(status))
      .member("peer", status.peer)
      .member("tls", status.tls)
      .member("state", name_of(status.state))
      .member("since", rfc3339(status.since))
      .member("sync_kind", status.full ? "full" : "partial")
      .member("ack_offset", acks ? std::optional(status.acked.bytes()) : std::nullopt)
      .member("sent_offset", receives ? std::optional(status.sent.bytes()) : std::nullopt)
      .member("lag_bytes", status.lag_bytes)
      .member("lag_seconds", status.lag_seconds)
      .member("last_ack_age_seconds", acks ? ack_age : std::nullopt)
      .key("rdb");
  if (status.state == ReplicaState::kSendingRdb) {
    json.begin_object().member("sent_bytes", status.snapshot_sent);
    progress(json, status.snapshot_sent, status.snapshot_size, status.snapshot_pace);
    json.end_object();
  } else {
    json.null();
  }
  json.member("queue_bytes", status.queue_bytes).end_object();
}

void upstream(JsonWriter& json, const Status& status) {
  const UpstreamStatus& link = status.upstream;
  json.key("upstream")
      .begin_object()
      .member("address", address_text(link.host, link.port))
      .member("by_command", link.by_command)
      .member("tls", link.tls)
      .member("state", name_of(link.state))
      .member("since", rfc3339(link.since))
      .member("connected_since", time_of(link.connected_since))
      .member("replid", text_of(status.log.id))
      .member("replid2", text_of(status.log.previous_id))
      .member("offset", status.log.end.bytes())
      .member("acked_offset", link.acked.bytes())
      .member("last_io_age_seconds", age_of(link.last_io, status.now))
      .member("paused", link.paused)
      .member("last_error", text_of(link.last_error))
      .member("connects", link.connects);
  std::uint64_t disconnects = 0;
  for (const auto& [reason, count] : link.disconnects) disconnects += count;
  json.member("disconnects", disconnects);
  counts(json, "syncs", link.full_syncs, link.partial_syncs);
  counts(json, "sync_failures", link.full_sync_failures, link.partial_sync_failures);
  channels(json, "received_bytes", link.received_rdb_bytes, link.received_stream_bytes);
  json.key("full_sync");
  transfer(json, link.transfer);
  json.key("sentinel");
  if (link.sentinel) {
    json.begin_object()
        .member("master_name", link.sentinel->master_name)
        .member("listening_to", text_of(link.sentinel->listening_to))
        .member("answered_by", text_of(link.sentinel->answered_by))
        .member("last_error", text_of(link.sentinel->fault))
        .member("switches", link.sentinel->switches)
        .end_object();
  } else {
    json.null();
  }
  json.end_object();
}

void log_members(JsonWriter& json, const LogStatus& log, WallTime now) {
  json.member("start_offset", log.begin.bytes())
      .member("durable_offset", log.durable.bytes())
      .member("written_offset", log.written.bytes())
      .member("boundary_offset", log.boundary.bytes())
      .member("end_offset", log.end.bytes())
      .member("bytes", log.disk_bytes)
      .member("memory_bytes", log.memory_bytes)
      .member("limit_bytes", log.limit_bytes)
      .member("trim_next_offset", bytes_of(log.trim_next))
      .member("segments", log.segments)
      .member("direct_io", log.direct_io)
      .member("oldest_time", time_of(log.oldest))
      .member("window_seconds", age_of(log.oldest, now))
      .member("appended_bytes", log.appended_bytes)
      .member("trimmed_bytes", log.trimmed_bytes);
}

void snapshot(JsonWriter& json, const Status& status) {
  const SnapshotStatus& whole = status.snapshot;
  if (!whole.offset) {
    json.null();
    return;
  }
  const WallTime taken = whole.taken.value_or(status.now);
  const Offset end = std::max(status.log.end, *whole.offset);
  json.begin_object()
      .member("offset", whole.offset->bytes())
      .member("bytes", whole.bytes)
      .member("taken", rfc3339(taken))
      .member("age_seconds", seconds_between(taken, status.now))
      .member("readers", whole.readers)
      .member("replay_bytes", end.since(*whole.offset))
      .end_object();
}

void storage(JsonWriter& json, const Status& status) {
  const LogStatus& log = status.log;
  json.key("storage")
      .begin_object()
      .member("path", status.data_dir)
      .member("size_bytes", log.disk_total)
      .member("free_bytes", log.disk_available)
      .member("degraded", log.disk_degraded)
      .member("error", text_of(log.disk_error));
  by_name(json, "errors", log.storage_errors);
  json.end_object();
}

void replicas(JsonWriter& json, const Status& status, std::size_t most) {
  const DownstreamStatus& downstream = status.downstream;
  std::array<std::size_t, 5> in_state{};
  std::vector<const ReplicaStatus*> listed;
  for (const ReplicaStatus& one : downstream.replicas) {
    ++in_state.at(static_cast<std::size_t>(one.state));
    listed.push_back(&one);
  }
  const auto trouble = [](const ReplicaStatus* one) {
    return std::pair(one->state != ReplicaState::kOnline, one->lag_bytes.value_or(0));
  };
  std::stable_sort(listed.begin(), listed.end(),
                   [&](const auto* a, const auto* b) { return trouble(a) > trouble(b); });
  listed.resize(std::min(listed.size(), most));
  const auto count = [&](ReplicaState state) {
    return in_state.at(static_cast<std::size_t>(state));
  };
  json.key("replicas")
      .begin_object()
      .member("total", downstream.replicas.size())
      .member("online", count(ReplicaState::kOnline))
      .member("syncing", count(ReplicaState::kSendingRdb) + count(ReplicaState::kCatchingUp))
      .member("queued", count(ReplicaState::kQueued) + count(ReplicaState::kHandshake))
      .member("clients", downstream.clients)
      .member("connects", downstream.replica_connects);
  counts(json, "syncs", downstream.full_syncs, downstream.partial_syncs);
  json.member("full_syncs_spared", downstream.full_syncs_spared);
  by_name(json, "refusals", downstream.partial_refusals);
  by_name(json, "disconnects", downstream.disconnects);
  channels(json, "sent_bytes", downstream.sent_rdb_bytes, downstream.sent_stream_bytes);
  json.key("items").begin_array();
  for (const ReplicaStatus* one : listed) replica(json, *one);
  json.end_array().end_object();
}

void throttle(JsonWriter& json, const ThrottleStatus& throttle) {
  json.key("throttle")
      .begin_object()
      .member("full_syncs_running", throttle.running)
      .member("full_syncs_queued", throttle.queued)
      .member("concurrency_limit", throttle.concurrency_limit)
      .member("rate_limit_bytes_per_second", throttle.rate_limit)
      .end_object();
}

void process_members(JsonWriter& json, const ProcessStatus& process) {
  json.key("process")
      .begin_object()
      .member("cpu_seconds", process.cpu_seconds)
      .member("resident_bytes", process.resident_bytes)
      .member("open_files", process.open_files)
      .member("max_files", process.max_files)
      .member("threads", process.threads)
      .end_object();
}

void config(JsonWriter& json, const ReloadStatus& reload) {
  json.key("config")
      .begin_object()
      .member("generation", reload.generation)
      .member("loaded", rfc3339(reload.at))
      .member("last_reload_successful", reload.successful)
      .member("last_error", text_of(reload.error))
      .key("restart_required")
      .begin_array();
  for (const std::string& key : reload.restart_required) json.value(key);
  json.end_array().end_object();
}

}  // namespace

std::string instance_of(const Status& status) {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) name = {};
  return std::string(name.data()) + ":" + std::to_string(status.listen_port);
}

std::string status_json(const Status& status, const ProcessStatus& process,
                        std::size_t most_replicas) {
  const Readiness found = readiness(status);
  JsonWriter json;
  json.begin_object()
      .member("version", kBuildVersion)
      .member("instance", instance_of(status))
      .member("run_id", status.run_id.str())
      .member("time", rfc3339(status.now))
      .member("uptime_seconds", seconds_between(status.started, status.now))
      .member("ready", found.ready)
      .member("draining", status.draining)
      .key("checks")
      .begin_array();
  for (const Check& check : found.checks) {
    json.begin_object()
        .member("name", check.name)
        .member("ok", check.ok)
        .member("required", check.required)
        .member("text", check.text)
        .end_object();
  }
  json.end_array();
  upstream(json, status);
  json.key("log").begin_object();
  log_members(json, status.log, status.now);
  json.end_object().key("snapshot");
  snapshot(json, status);
  storage(json, status);
  replicas(json, status, most_replicas);
  throttle(json, status.throttle);
  process_members(json, process);
  config(json, status.reload);
  json.key("warnings").begin_array();
  for (const Warning& warning : warnings(status)) {
    json.begin_object().member("code", warning.code).member("message", warning.text).end_object();
  }
  json.end_array().end_object();
  return json.take() + "\n";
}

std::string log_json(const Status& status, const LogDetail& detail) {
  JsonWriter json;
  json.begin_object();
  log_members(json, status.log, status.now);
  json.key("files").begin_array();
  for (const LogDetail::File& file : detail.files) {
    json.begin_object()
        .member("name", file.name)
        .member("start_offset", file.begin.bytes())
        .member("end_offset", file.end.bytes())
        .member("bytes", file.bytes)
        .end_object();
  }
  json.end_array().key("histories").begin_array();
  for (const LogDetail::Id& id : detail.histories) {
    json.begin_object()
        .member("replid", id.id.str())
        .member("until_offset", bytes_of(id.until))
        .end_object();
  }
  json.end_array().end_object();
  return json.take() + "\n";
}

std::string snapshots_json(const Status& status) {
  JsonWriter json;
  json.begin_object().key("whole");
  snapshot(json, status);
  json.key("arriving");
  transfer(json, status.upstream.transfer);
  json.member("refreshes", status.snapshot.refreshes);
  by_name(json, "failures", status.snapshot.failures);
  json.end_object();
  return json.take() + "\n";
}

std::string replica_json(const ReplicaStatus& one) {
  JsonWriter json;
  replica(json, one);
  return json.take() + "\n";
}

std::string replicas_json(std::size_t total, const std::vector<const ReplicaStatus*>& page,
                          std::uint64_t next) {
  JsonWriter json;
  json.begin_object().member("total", total).key("items").begin_array();
  for (const ReplicaStatus* one : page) replica(json, *one);
  json.end_array().key("next");
  if (next != 0) {
    json.value("r" + std::to_string(next));
  } else {
    json.null();
  }
  json.end_object();
  return json.take() + "\n";
}

}  // namespace relay
