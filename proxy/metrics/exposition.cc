#include "proxy/metrics/exposition.h"

#include "common/base/check.h"
#include "proxy/metrics/names.h"
#include "proxy/metrics/readiness.h"
#include "proxy/metrics/replica_series.h"
#include "proxy/status/address_text.h"
#include "proxy/status/build.h"
#include "proxy/status/warnings.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace relay {
namespace {

using Histogram = prometheus::ClientMetric::Histogram;

constexpr std::size_t kUsualPage = 32 * 1024;  // without replicas

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

prometheus::MetricType type_of(MetricType type) {
  switch (type) {
    case MetricType::kGauge:
      return prometheus::MetricType::Gauge;
    case MetricType::kCounter:
      return prometheus::MetricType::Counter;
    case MetricType::kHistogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

// The answer while it is being filled: a family per row of the table.
class Page {
 public:
  using Labels = std::vector<std::string>;

  Page() {
    for (const MetricRow& row : metric_rows()) {
      prometheus::MetricFamily family{
          std::string(row.name), std::string(row.help), type_of(row.type), {}};
      families_.push_back(std::move(family));
      series_.emplace_back();
      for (const std::string_view values : row.series) set(series_.size() - 1, split(values), 0.0);
    }
  }

  template <typename Number>
  void set(std::size_t row, const Labels& labels, Number value) {
    auto& series = at(row, labels);
    const auto number = static_cast<double>(value);
    (metric_rows()[row].type == MetricType::kCounter ? series.counter.value : series.gauge.value) =
        number;
  }
  template <typename Number>
  void set(std::size_t row, Number value) {
    set(row, {}, value);
  }
  void set(std::size_t row, WallTime when) { set(row, {}, seconds(when)); }
  void set(std::size_t row, const Labels& labels, WallTime when) {
    set(row, labels, seconds(when));
  }
  void set(std::size_t row, Offset offset) { set(row, {}, offset.bytes()); }
  template <typename T>
  void set(std::size_t row, const std::optional<T>& value) {
    if (value) set(row, *value);
  }
  void set_all(std::size_t row, const std::map<std::string, std::uint64_t>& by_label) {
    for (const auto& [label, value] : by_label) set(row, {label}, value);
  }

  // `buckets` without the last, +Inf, which is `count`.
  void set(std::size_t row, const std::vector<std::pair<double, std::uint64_t>>& buckets,
           std::uint64_t count, double sum) {
    Histogram histogram;
    histogram.sample_count = count;
    histogram.sample_sum = sum;
    for (const auto& [bound, below] : buckets) histogram.bucket.push_back({below, bound});
    histogram.bucket.push_back({count, std::numeric_limits<double>::infinity()});
    at(row, {}).histogram = std::move(histogram);
  }
  void set(std::size_t row, const DurationHistogram& durations) {
    set(row, durations.cumulative(), durations.count(), durations.sum());
  }

  static double seconds(WallTime when) {
    return std::chrono::duration<double>(when.time_since_epoch()).count();
  }

  // Of the rows of replicas, which are written without a family's help.
  void set_lines(std::vector<std::string> lines) { lines_ = std::move(lines); }

  std::string text() {
    std::string page;
    page.reserve(std::accumulate(lines_.begin(), lines_.end(), kUsualPage,
                                 [](std::size_t n, const auto& line) { return n + line.size(); }));
    std::vector<prometheus::MetricFamily> run;  // of rows without lines
    for (std::size_t row = 0; row < families_.size(); ++row) {
      if (!is_of_replicas(metric_rows()[row])) {
        run.push_back(std::move(families_[row]));
        continue;
      }
      page += prometheus::TextSerializer().Serialize(std::exchange(run, {}));
      page.append("# HELP ").append(families_[row].name).append(" ").append(families_[row].help);
      page.append("\n# TYPE ").append(families_[row].name).append(" gauge\n");
      page += lines_[row];
    }
    page += prometheus::TextSerializer().Serialize(run);
    return page;
  }

 private:
  prometheus::ClientMetric& at(std::size_t row, const Labels& labels) {
    const auto [place, is_new] = series_[row].try_emplace(labels, families_[row].metric.size());
    if (is_new) {
      const std::vector<std::string> names = split(metric_rows()[row].labels);
      RELAY_CHECK(names.size() == labels.size());
      prometheus::ClientMetric series;
      for (std::size_t i = 0; i < names.size(); ++i) series.label.push_back({names[i], labels[i]});
      families_[row].metric.push_back(std::move(series));
    }
    return families_[row].metric[place->second];
  }

  std::vector<prometheus::MetricFamily> families_;  // one per row
  std::vector<std::string> lines_;                  // likewise
  std::vector<std::map<Labels, std::size_t>>
      series_;  // one per row: which label values are where in the family
};

void add_whole(Page& page, const Status& status) {
  page.set(metric("psync_relay_build_info"),
           {std::string(kBuildVersion), std::string(kBuildRevision)}, 1);
  const auto& upstream = status.upstream;
  const auto text_of = [](const ReplId& id) { return id.is_none() ? std::string() : id.str(); };
  page.set(metric("psync_relay_replication_info"),
           {address_text(upstream.host, upstream.port), text_of(status.log.id),
            text_of(status.log.previous_id)},
           1);
  page.set(metric("psync_relay_ready"), readiness(status).ready);
  page.set(metric("psync_relay_draining"), status.draining);
}

void add_upstream(Page& page, const UpstreamStatus& upstream, Offset end) {
  page.set(metric("psync_relay_upstream_up"), upstream.state == LinkState::kStreaming);
  for (const LinkState state :
       {LinkState::kDisconnected, LinkState::kConnecting, LinkState::kHandshake,
        LinkState::kWaitingRdb, LinkState::kReceivingRdb, LinkState::kStreaming,
        LinkState::kBackoff}) {
    page.set(metric("psync_relay_upstream_state"), {name_of(state)}, upstream.state == state);
  }
  page.set(metric("psync_relay_upstream_paused"), upstream.paused);
  page.set(metric("psync_relay_upstream_last_io_timestamp_seconds"), upstream.last_io);
  page.set(metric("psync_relay_upstream_connected_timestamp_seconds"), upstream.connected_since);
  page.set(metric("psync_relay_upstream_connects_total"), upstream.connects);
  page.set_all(metric("psync_relay_upstream_disconnects_total"), upstream.disconnects);
  page.set(metric("psync_relay_sentinel_switches_total"),
           upstream.sentinel ? upstream.sentinel->switches : 0);
  if (const auto& sentinel = upstream.sentinel) {
    page.set(metric("psync_relay_sentinel_queries_total"), {"answered"}, sentinel->answers);
    page.set(metric("psync_relay_sentinel_queries_total"), {"unknown"}, sentinel->unknown);
    page.set(metric("psync_relay_sentinel_queries_total"), {"failed"}, sentinel->failures);
    page.set(metric("psync_relay_sentinel_listening"), !sentinel->listening_to.empty());
  }
  page.set(metric("psync_relay_upstream_syncs_total"), {"full"}, upstream.full_syncs);
  page.set(metric("psync_relay_upstream_syncs_total"), {"partial"}, upstream.partial_syncs);
  page.set(metric("psync_relay_upstream_syncs_total"), {"refresh"}, upstream.refreshes);
  page.set(metric("psync_relay_upstream_sync_failures_total"), {"full"},
           upstream.full_sync_failures);
  page.set(metric("psync_relay_upstream_sync_failures_total"), {"partial"},
           upstream.partial_sync_failures);
  page.set(metric("psync_relay_upstream_sync_failures_total"), {"refresh"},
           upstream.refresh_failures);
  page.set(metric("psync_relay_upstream_receive_bytes_total"), {"rdb"},
           upstream.received_rdb_bytes);
  page.set(metric("psync_relay_upstream_receive_bytes_total"), {"stream"},
           upstream.received_stream_bytes);
  page.set(metric("psync_relay_upstream_offset_bytes"), end);
  page.set(metric("psync_relay_upstream_acked_offset_bytes"), upstream.acked);
  const auto& transfer = upstream.transfer;
  page.set(metric("psync_relay_upstream_full_sync_received_bytes"),
           transfer ? transfer->received : 0);
  if (transfer) page.set(metric("psync_relay_upstream_full_sync_size_bytes"), transfer->size);
  page.set(metric("psync_relay_upstream_full_sync_duration_seconds"), upstream.full_sync_durations);
}

void add_log(Page& page, const LogStatus& log) {
  page.set(metric("psync_relay_log_start_offset_bytes"), log.begin);
  page.set(metric("psync_relay_log_end_offset_bytes"), log.end);
  page.set(metric("psync_relay_log_durable_offset_bytes"), log.durable);
  page.set(metric("psync_relay_log_bytes"), log.disk_bytes);
  page.set(metric("psync_relay_log_memory_bytes"), log.memory_bytes);
  page.set(metric("psync_relay_log_limit_bytes"), log.limit_bytes);
  page.set(metric("psync_relay_log_segments"), log.segments);
  page.set(metric("psync_relay_log_direct_io"), log.direct_io ? 1 : 0);
  page.set(metric("psync_relay_log_oldest_timestamp_seconds"), log.oldest);
  page.set(metric("psync_relay_log_append_bytes_total"), log.appended_bytes);
  page.set(metric("psync_relay_log_trimmed_bytes_total"), log.trimmed_bytes);
  if (log.fsync_buckets.empty()) {
    page.set(metric("psync_relay_log_fsync_duration_seconds"), DurationHistogram(kFsyncBounds));
  } else {
    auto buckets = log.fsync_buckets;
    const std::uint64_t count = buckets.back().second;
    buckets.pop_back();
    page.set(metric("psync_relay_log_fsync_duration_seconds"), buckets, count, log.fsync_sum);
  }
  page.set(metric("psync_relay_storage_size_bytes"), log.disk_total);
  page.set(metric("psync_relay_storage_free_bytes"), log.disk_available);
  page.set(metric("psync_relay_storage_degraded"), log.disk_degraded);
  page.set_all(metric("psync_relay_storage_errors_total"), log.storage_errors);
}

void add_snapshot(Page& page, const SnapshotStatus& snapshot) {
  page.set(metric("psync_relay_snapshots"), snapshot.offset ? 1 : 0);
  if (snapshot.offset) page.set(metric("psync_relay_snapshot_bytes"), snapshot.bytes);
  page.set(metric("psync_relay_snapshot_offset_bytes"), snapshot.offset);
  page.set(metric("psync_relay_snapshot_timestamp_seconds"), snapshot.taken);
  page.set(metric("psync_relay_snapshot_readers"), snapshot.readers);
  page.set(metric("psync_relay_snapshot_refreshes_total"), snapshot.refreshes);
  page.set_all(metric("psync_relay_snapshot_failures_total"), snapshot.failures);
}

void add_downstream(Page& page, const DownstreamStatus& downstream) {
  page.set(metric("psync_relay_clients"), downstream.clients);
  page.set(metric("psync_relay_client_connects_total"), downstream.connections);
  page.set(metric("psync_relay_client_rejects_total"), downstream.rejected_connections);
  page.set(metric("psync_relay_client_tls_failures_total"), downstream.failed_handshakes);
  page.set(metric("psync_relay_client_commands_total"), downstream.commands);
  page.set(metric("psync_relay_client_receive_bytes_total"), downstream.received_bytes);
  page.set(metric("psync_relay_client_reply_bytes_total"), downstream.sent_reply_bytes);
  for (const ReplicaState state :
       {ReplicaState::kHandshake, ReplicaState::kQueued, ReplicaState::kSendingRdb,
        ReplicaState::kCatchingUp, ReplicaState::kOnline}) {
    const auto count =
        std::count_if(downstream.replicas.begin(), downstream.replicas.end(),
                      [&](const ReplicaStatus& replica) { return replica.state == state; });
    page.set(metric("psync_relay_replicas"), {name_of(state)}, count);
  }
  page.set(metric("psync_relay_replica_connects_total"), downstream.replica_connects);
  page.set_all(metric("psync_relay_replica_disconnects_total"), downstream.disconnects);
  page.set(metric("psync_relay_replica_syncs_total"), {"full"}, downstream.full_syncs);
  page.set(metric("psync_relay_replica_syncs_total"), {"partial"}, downstream.partial_syncs);
  page.set_all(metric("psync_relay_replica_partial_refusals_total"), downstream.partial_refusals);
  page.set(metric("psync_relay_replica_send_bytes_total"), {"rdb"}, downstream.sent_rdb_bytes);
  page.set(metric("psync_relay_replica_send_bytes_total"), {"stream"},
           downstream.sent_stream_bytes);
  page.set(metric("psync_relay_replica_full_sync_duration_seconds"),
           downstream.full_sync_durations);

  const SlowestReplica slowest = slowest_of(downstream.replicas);
  page.set(metric("psync_relay_replica_slowest_lag_bytes"), slowest.lag_bytes);
  page.set(metric("psync_relay_replica_slowest_lag_seconds"), slowest.lag_seconds);
  page.set(metric("psync_relay_replica_min_ack_offset_bytes"), slowest.lowest_ack);
  page.set(metric("psync_relay_full_syncs_spared_total"), downstream.full_syncs_spared);
  page.set(metric("psync_relay_propagation_delay_seconds"), downstream.propagation_delays);
}

void add_operation(Page& page, const Status& status) {
  if (const unsigned expected = status.shown.replicas_expected; expected > 0) {
    page.set(metric("psync_relay_replicas_expected"), expected);
  }
  for (const std::string_view code : kWarningCodes) {
    page.set(metric("psync_relay_warnings"), {std::string(code)}, 0);
  }
  for (const auto& [use, when] : status.certificate_expiry) {
    page.set(metric("psync_relay_tls_certificate_expiry_timestamp_seconds"), {use}, when);
  }
  for (const Warning& warning : warnings(status)) {
    page.set(metric("psync_relay_warnings"), {std::string(warning.code)}, 1);
  }
  page.set(metric("psync_relay_config_last_reload_successful"), status.reload.successful);
  page.set(metric("psync_relay_config_last_reload_success_timestamp_seconds"), status.reload.at);
}

void add_http(Page& page, const HttpStatus& http) {
  for (const auto& [handler, by_code] : http.requests) {
    for (const auto& [code, count] : by_code) {
      page.set(metric("psync_relay_http_requests_total"), {handler, std::to_string(code)}, count);
    }
  }
}

void add_process(Page& page, const ProcessStatus& process) {
  constexpr std::array<const char*, 4> kLevels = {"debug", "info", "warn", "error"};
  for (std::size_t level = 0; level < kLevels.size(); ++level) {
    page.set(metric("psync_relay_log_messages_total"), {kLevels[level]}, process.log_lines[level]);
  }
  page.set(metric("process_cpu_seconds_total"), process.cpu_seconds);
  page.set(metric("process_open_fds"), process.open_files);
  page.set(metric("process_max_fds"), process.max_files);
  page.set(metric("process_virtual_memory_bytes"), process.virtual_bytes);
  page.set(metric("process_virtual_memory_max_bytes"), process.max_virtual_bytes);
  page.set(metric("process_resident_memory_bytes"), process.resident_bytes);
  page.set(metric("process_start_time_seconds"), process.start_time);
  page.set(metric("process_threads"), process.threads);
}

}  // namespace

std::string expose(const Status& status, const ProcessStatus& process) {
  Page page;
  add_whole(page, status);
  add_upstream(page, status.upstream, status.log.end);
  add_log(page, status.log);
  add_snapshot(page, status.snapshot);
  add_downstream(page, status.downstream);
  add_operation(page, status);
  ReplicaSeries replicas = replica_series(status);
  page.set(metric("psync_relay_metrics_replicas_dropped"), replicas.dropped);
  page.set_lines(std::move(replicas.lines));
  add_http(page, status.http);
  add_process(page, process);
  return page.text();
}

}  // namespace relay
