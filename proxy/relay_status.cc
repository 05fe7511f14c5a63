// The one place where the picture of the whole is taken from its parts: the Status, and the
// Situation that resyncs are decided on.
#include "common/base/logging.h"
#include "proxy/relay_parts.h"

#include <algorithm>

namespace relay {
namespace {

ShownStatus shown_by(const Config::Metrics& metrics) {
  ShownStatus shown;
  shown.each_replica = metrics.per_replica != PerReplicaMetrics::kOff;
  shown.most_replicas.reset();
  if (metrics.per_replica == PerReplicaMetrics::kAuto) shown.most_replicas = metrics.max_series;
  shown.replicas_expected = metrics.replicas_expected;
  return shown;
}

}  // namespace

Situation Relay::Parts::situation() const {
  Situation now;
  now.draining = drain_until.has_value();
  now.serve_while_upstream_down = config.replicas.serve_while_upstream_down;
  now.upstream = link.outlook();
  now.cut_through = false;
  if (const GenerationPtr& held = generations.current()) {
    now.held = Situation::Held{held->history, held->log.begin(), held->log.end()};
    if (const SnapshotPtr& snapshot = held->snapshot) {
      if (snapshot->is_whole()) {
        now.snapshot = snapshot->offset();
        now.snapshot_outgrown = refresher.is_snapshot_outgrown();
      } else {
        // Found at start-up and being read through: it will be whole in a moment.
        now.arriving = Situation::Arriving{snapshot->id(), snapshot->offset(), false, false};
      }
    }
  }
  now.may_refresh = refresher.may_refresh_for_a_replica();
  if (const Arrival* arrival = generations.arriving()) {
    const SnapshotPtr& snapshot = arrival->snapshot;
    now.arriving = Situation::Arriving{snapshot->id(), snapshot->offset(),
                                       snapshot->size().has_value(), arrival->new_history};
    now.cut_through =
        config.snapshot.cut_through && snapshot->has_begun() && !snapshot->has_failed();
  }
  return now;
}

LogStatus Relay::Parts::log_status() const {
  LogStatus status;
  status.limit_bytes = config.log.max_size;
  status.storage_errors = health.errors();
  status.disk_degraded = health.is_degraded();
  status.disk_error = health.reason();
  status.disk_total = space.total;
  status.disk_available = space.available;
  status.fsync_buckets = health.fsyncs().cumulative();
  status.fsync_buckets.emplace_back(std::numeric_limits<double>::infinity(),
                                    health.fsyncs().count());
  status.fsync_sum = health.fsyncs().sum();
  const GenerationPtr& held = generations.current();
  if (!held) return status;
  const ReplicationLog& log = held->log;
  status.exists = true;
  status.id = held->history.id();
  if (const auto previous = held->history.previous()) {
    status.previous_id = previous->id;
    status.previous_until = previous->until;
  }
  status.begin = log.begin();
  status.durable = log.durable();
  status.written = log.written();
  status.boundary = log.boundary();
  status.end = log.end();
  status.disk_bytes = log.disk_bytes();
  status.memory_bytes = log.memory_bytes();
  status.segments = static_cast<unsigned>(log.segment_count());
  status.direct_io = log.uses_direct_io();
  status.oldest = log.oldest();
  status.trim_next = log.trim_next();
  status.appended_bytes = log.appended_bytes();
  status.trimmed_bytes = log.trimmed_bytes();
  return status;
}

SnapshotStatus Relay::Parts::snapshot_status() const {
  SnapshotStatus status;
  status.failures = generations.snapshot_failures();
  status.refreshes = generations.refreshes();
  if (const Arrival* arrival = generations.arriving())
    status.readers += arrival->snapshot->readers();
  const GenerationPtr& held = generations.current();
  if (!held || !held->snapshot) return status;
  status.readers += held->snapshot->readers();
  if (!held->snapshot->is_whole()) return status;
  status.offset = held->snapshot->offset();
  status.bytes = held->snapshot->received();
  status.taken = held->snapshot->since();
  return status;
}

Status Relay::Parts::status() const {
  Status status;
  status.now = std::chrono::system_clock::now();
  status.started = started;
  status.run_id = run_id;
  status.listen_port = listener.port();
  status.data_dir = config.data_dir;
  status.draining = stopping || drain_until;
  status.stopping = stopping;
  status.upstream = link.status();
  if (sentinels.are_wanted()) status.upstream.sentinel = sentinels.status();
  refresher.count_into(status.upstream);
  status.log = log_status();
  status.snapshot = snapshot_status();
  status.downstream = listener.downstream_status();
  status.throttle = {budget.running(), budget.queued(), config.limits.full_sync_concurrency,
                     config.limits.full_sync_rate};
  status.http = http.status();
  for (const HttpServer* server : {&admin_unix, &admin_tcp}) {
    for (const auto& [handler, by_code] : server->status().requests) {
      for (const auto& [answer, count] : by_code) {
        status.http.requests[handler][answer] += count;
      }
    }
  }
  status.reload = reloading.status();
  status.shown = shown_by(config.metrics);
  status.certificate_expiry = certificate_expiry;
  return status;
}

// One line when a warning begins to hold, one when it no longer does.
void Relay::Parts::tell_warnings() {
  const std::vector<Warning> now = warnings(status());
  for (const std::string_view known : kWarningCodes) {
    const auto found =
        std::find_if(now.begin(), now.end(), [&](const Warning& one) { return one.code == known; });
    if (found == now.end()) {
      if (warned_of.erase(known) > 0) log_info("warning.gone", {{"code", known}});
    } else if (warned_of.insert(known).second) {
      log_warn("warning.raised", {{"code", known}, {"text", found->text}});
    }
  }
}

}  // namespace relay
