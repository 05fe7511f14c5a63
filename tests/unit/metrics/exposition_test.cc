// Long because: one case lists every line of a page.
#include "proxy/metrics/exposition.h"

#include "proxy/metrics/names.h"
#include "tests/unit/metrics/page_lines.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

namespace relay {
namespace {

const std::string kId = "8371445ee47ed1b0b5ac7bb5b2e8c1e1a6e3a1ff";
const std::string kFormerId = "1111111111111111111111111111111111111111";

Status filled() {
  Status status;
  status.now = at(1794939600);
  status.upstream.host = "redis-master";
  status.upstream.port = 6379;
  status.upstream.state = LinkState::kStreaming;
  status.upstream.last_io = at(1794939599.75);
  status.upstream.connected_since = at(1794930000);
  status.upstream.acked = Offset::of_bytes(123450000);
  status.upstream.connects = 4;
  status.upstream.disconnects = {{"timeout", 2}, {"eof", 1}};
  status.upstream.full_syncs = 1;
  status.upstream.partial_syncs = 3;
  status.upstream.full_sync_failures = 5;
  status.upstream.partial_sync_failures = 6;
  status.upstream.received_rdb_bytes = 52428800;
  status.upstream.received_stream_bytes = 123456789;
  status.upstream.refreshes = 7;
  status.upstream.full_sync_durations.observe(4);
  status.upstream.full_sync_durations.observe(100);
  status.upstream.transfer = TransferStatus{};
  status.upstream.transfer->received = 1048576;
  status.upstream.transfer->size = 52428800;
  status.upstream.transfer->beside_stream = true;

  status.log.exists = true;
  status.log.id = *ReplId::parse(kId);
  status.log.previous_id = *ReplId::parse(kFormerId);
  status.log.begin = Offset::of_bytes(1000);
  status.log.durable = Offset::of_bytes(123456700);
  status.log.end = Offset::of_bytes(9007199254740991);  // the largest that a double has whole
  status.log.disk_bytes = 123455789;
  status.log.memory_bytes = 33554432;
  status.log.limit_bytes = 1073741824;
  status.log.segments = 2;
  status.log.oldest = at(1794932400);
  status.log.appended_bytes = 123456789;
  status.log.trimmed_bytes = 1000;
  status.log.disk_degraded = true;
  status.log.disk_error = "No space left on device";
  status.log.storage_errors = {{"append", 7}};
  status.log.disk_total = 20000000000;
  status.log.disk_available = 10000000000;
  status.log.fsync_buckets = {{0.001, 5}, {0.01, 8}, {std::numeric_limits<double>::infinity(), 9}};
  status.log.fsync_sum = 0.25;

  status.snapshot.offset = Offset::of_bytes(120000000);
  status.snapshot.bytes = 52428800;
  status.snapshot.taken = at(1794939000);
  status.snapshot.readers = 2;
  status.snapshot.refreshes = 3;
  status.snapshot.failures = {{"verify", 1}};

  status.downstream.clients = 9;
  status.downstream.connections = 20;
  status.downstream.rejected_connections = 1;
  status.downstream.commands = 400;
  status.downstream.received_bytes = 5000;
  status.downstream.sent_reply_bytes = 6000;
  status.downstream.full_syncs = 8;
  status.downstream.partial_syncs = 12;
  status.downstream.partial_refusals = {{"trimmed", 2}};
  status.downstream.disconnects = {{"ack_timeout", 3}};
  status.downstream.replica_connects = 21;
  status.downstream.sent_rdb_bytes = 419430400;
  status.downstream.sent_stream_bytes = 987654321;
  status.downstream.full_sync_durations.observe(0.5);
  status.downstream.full_syncs_spared = 6;
  status.downstream.propagation_delays.observe(0.0002);
  status.http.requests["metrics"][200] = 77;
  status.reload.at = at(1794900000);
  status.shown.replicas_expected = 3;
  return status;
}

TEST(Exposition, AFilledStatusGivesExactlyTheseLines) {
  Status status = filled();
  status.log.end = Offset::of_bytes(123456789);
  status.downstream.replicas = {replica(1, "10.0.0.7", ReplicaState::kOnline, 123456000),
                                replica(2, "::1", ReplicaState::kCatchingUp, 100000000),
                                replica(3, "10.0.0.9", ReplicaState::kSendingRdb, 0)};
  status.downstream.replicas[1].lag_bytes = 23456789;
  status.downstream.replicas[1].queue_bytes = 4096;
  status.downstream.replicas[2].snapshot_sent = 1024;
  ProcessStatus process;
  process.cpu_seconds = 12.5;
  process.open_files = 30;
  process.log_lines = {1, 2, 3, 4};
  const std::string text = expose(status, process);

  const std::set<std::string> lines = [&] {
    const auto all = lines_of(text);
    return std::set<std::string>(all.begin(), all.end());
  }();
  const std::vector<std::string> expected = {
      "psync_relay_build_info{version=\"" RELAY_VERSION "\",revision=\"unknown\"} 1",
      "psync_relay_replication_info{upstream=\"redis-master:6379\",replid=\"" + kId +
          "\",replid2=\"" + kFormerId + "\"} 1",
      "psync_relay_ready 1",
      "psync_relay_draining 0",
      "psync_relay_upstream_up 1",
      "psync_relay_upstream_state{state=\"streaming\"} 1",
      "psync_relay_upstream_state{state=\"backoff\"} 0",
      "psync_relay_upstream_last_io_timestamp_seconds 1794939599.75",
      "psync_relay_upstream_connected_timestamp_seconds 1794930000",
      "psync_relay_upstream_connects_total 4",
      "psync_relay_upstream_disconnects_total{reason=\"timeout\"} 2",
      "psync_relay_upstream_disconnects_total{reason=\"eof\"} 1",
      "psync_relay_upstream_disconnects_total{reason=\"protocol\"} 0",
      "psync_relay_upstream_syncs_total{kind=\"full\"} 1",
      "psync_relay_upstream_syncs_total{kind=\"partial\"} 3",
      "psync_relay_upstream_syncs_total{kind=\"refresh\"} 7",
      "psync_relay_upstream_sync_failures_total{kind=\"full\"} 5",
      "psync_relay_upstream_sync_failures_total{kind=\"partial\"} 6",
      "psync_relay_upstream_receive_bytes_total{channel=\"rdb\"} 52428800",
      "psync_relay_upstream_receive_bytes_total{channel=\"stream\"} 123456789",
      "psync_relay_upstream_offset_bytes 123456789",
      "psync_relay_upstream_acked_offset_bytes 123450000",
      "psync_relay_upstream_full_sync_received_bytes 1048576",
      "psync_relay_upstream_full_sync_size_bytes 52428800",
      "psync_relay_upstream_full_sync_duration_seconds_count 2",
      "psync_relay_upstream_full_sync_duration_seconds_sum 104",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"1\"} 0",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"5\"} 1",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"300\"} 2",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"+Inf\"} 2",
      "psync_relay_log_start_offset_bytes 1000",
      "psync_relay_log_end_offset_bytes 123456789",
      "psync_relay_log_durable_offset_bytes 123456700",
      "psync_relay_log_bytes 123455789",
      "psync_relay_log_memory_bytes 33554432",
      "psync_relay_log_limit_bytes 1073741824",
      "psync_relay_log_segments 2",
      "psync_relay_log_oldest_timestamp_seconds 1794932400",
      "psync_relay_log_append_bytes_total 123456789",
      "psync_relay_log_trimmed_bytes_total 1000",
      "psync_relay_log_fsync_duration_seconds_count 9",
      "psync_relay_log_fsync_duration_seconds_sum 0.25",
      "psync_relay_log_fsync_duration_seconds_bucket{le=\"0.01\"} 8",
      "psync_relay_log_fsync_duration_seconds_bucket{le=\"+Inf\"} 9",
      "psync_relay_snapshots 1",
      "psync_relay_snapshot_bytes 52428800",
      "psync_relay_snapshot_offset_bytes 120000000",
      "psync_relay_snapshot_timestamp_seconds 1794939000",
      "psync_relay_snapshot_readers 2",
      "psync_relay_snapshot_refreshes_total 3",
      "psync_relay_snapshot_failures_total{stage=\"verify\"} 1",
      "psync_relay_storage_size_bytes 20000000000",
      "psync_relay_storage_free_bytes 10000000000",
      "psync_relay_storage_degraded 1",
      "psync_relay_storage_errors_total{op=\"append\"} 7",
      "psync_relay_clients 9",
      "psync_relay_client_connects_total 20",
      "psync_relay_client_rejects_total 1",
      "psync_relay_client_commands_total 400",
      "psync_relay_client_receive_bytes_total 5000",
      "psync_relay_client_reply_bytes_total 6000",
      "psync_relay_replicas{state=\"handshake\"} 0",
      "psync_relay_replicas{state=\"sending_rdb\"} 1",
      "psync_relay_replicas{state=\"catching_up\"} 1",
      "psync_relay_replicas{state=\"online\"} 1",
      "psync_relay_replica_connects_total 21",
      "psync_relay_replica_disconnects_total{reason=\"ack_timeout\"} 3",
      "psync_relay_replica_syncs_total{kind=\"full\"} 8",
      "psync_relay_replica_syncs_total{kind=\"partial\"} 12",
      "psync_relay_replica_partial_refusals_total{reason=\"trimmed\"} 2",
      "psync_relay_replica_send_bytes_total{channel=\"rdb\"} 419430400",
      "psync_relay_replica_send_bytes_total{channel=\"stream\"} 987654321",
      "psync_relay_replica_full_sync_duration_seconds_count 1",
      "psync_relay_full_syncs_spared_total 6",
      "psync_relay_replica_slowest_lag_bytes 23456789",
      "psync_relay_replica_slowest_lag_seconds 1.25",
      "psync_relay_propagation_delay_seconds_count 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.0001\"} 0",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.00025\"} 1",
      "psync_relay_replicas_expected 3",
      "psync_relay_replica_min_ack_offset_bytes 100000000",
      "psync_relay_metrics_replicas_dropped 0",
      "psync_relay_replica_online{replica=\"10.0.0.7:6379\"} 1",
      "psync_relay_replica_online{replica=\"[::1]:6379\"} 0",
      "psync_relay_replica_lag_bytes{replica=\"10.0.0.7:6379\"} 789",
      "psync_relay_replica_lag_bytes{replica=\"[::1]:6379\"} 23456789",
      "psync_relay_replica_lag_seconds{replica=\"10.0.0.7:6379\"} 1.25",
      "psync_relay_replica_output_queue_bytes{replica=\"[::1]:6379\"} 4096",
      "psync_relay_replica_ack_offset_bytes{replica=\"10.0.0.7:6379\"} 123456000",
      "psync_relay_replica_sent_offset_bytes{replica=\"10.0.0.7:6379\"} 123456010",
      "psync_relay_replica_last_ack_timestamp_seconds{replica=\"10.0.0.7:6379\"} 1794939599.5",
      "psync_relay_replica_full_sync_sent_bytes{replica=\"10.0.0.9:6379\"} 1024",
      "psync_relay_warnings{code=\"disk_degraded\"} 1",
      "psync_relay_warnings{code=\"min_replicas\"} 0",
      "psync_relay_config_last_reload_successful 1",
      "psync_relay_config_last_reload_success_timestamp_seconds 1794900000",
      "psync_relay_http_requests_total{handler=\"metrics\",code=\"200\"} 77",
      "psync_relay_http_requests_total{handler=\"readyz\",code=\"503\"} 0",
      "psync_relay_log_messages_total{level=\"debug\"} 1",
      "psync_relay_log_messages_total{level=\"error\"} 4",
      "process_cpu_seconds_total 12.5",
      "process_open_fds 30",
      "process_max_fds 0",
      "process_resident_memory_bytes 0",
      "process_start_time_seconds 0",
      "process_threads 0",
      "process_virtual_memory_bytes 0",
      "process_virtual_memory_max_bytes 0",
      "psync_relay_client_tls_failures_total 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"check-config\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"config\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"config\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"config\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"config\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"404\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"disconnect\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"202\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"409\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"drain\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"events\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"events\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"events\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"events\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"events\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"409\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"follow\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"healthz\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"healthz\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"healthz\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"healthz\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"healthz\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"healthz\",code=\"503\"} 0",
      "psync_relay_http_requests_total{handler=\"livez\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"livez\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"livez\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"livez\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"livez\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"livez\",code=\"503\"} 0",
      "psync_relay_http_requests_total{handler=\"log\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"log\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"log\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"log\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"loglevel\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"metrics\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"metrics\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"metrics\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"openapi\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"openapi\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"openapi\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"openapi\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"other\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"other\",code=\"404\"} 0",
      "psync_relay_http_requests_total{handler=\"other\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"other\",code=\"431\"} 0",
      "psync_relay_http_requests_total{handler=\"other\",code=\"503\"} 0",
      "psync_relay_http_requests_total{handler=\"page\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"page\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"page\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"page\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"206\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"409\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"rdb\",code=\"416\"} 0",
      "psync_relay_http_requests_total{handler=\"readyz\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"readyz\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"readyz\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"readyz\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"readyz\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"409\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"reconnect\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"reload\",code=\"422\"} 0",
      "psync_relay_http_requests_total{handler=\"replica\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"replica\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"replica\",code=\"404\"} 0",
      "psync_relay_http_requests_total{handler=\"replica\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"replica\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"replicas\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"replicas\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"replicas\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"replicas\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"replicas\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"409\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"resync\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"series\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"series\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"series\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"series\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"202\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"shutdown\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"202\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"409\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshot\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshots\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshots\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshots\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"snapshots\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"status\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"status\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"status\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"status\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"status\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"400\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"401\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"408\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"409\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"413\"} 0",
      "psync_relay_http_requests_total{handler=\"undrain\",code=\"415\"} 0",
      "psync_relay_http_requests_total{handler=\"version\",code=\"200\"} 0",
      "psync_relay_http_requests_total{handler=\"version\",code=\"403\"} 0",
      "psync_relay_http_requests_total{handler=\"version\",code=\"405\"} 0",
      "psync_relay_http_requests_total{handler=\"version\",code=\"413\"} 0",
      "psync_relay_log_direct_io 0",
      "psync_relay_log_fsync_duration_seconds_bucket{le=\"0.001\"} 5",
      "psync_relay_log_messages_total{level=\"info\"} 2",
      "psync_relay_log_messages_total{level=\"warn\"} 3",
      "psync_relay_propagation_delay_seconds_bucket{le=\"+Inf\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.0005\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.001\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.0025\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.005\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.01\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.025\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.05\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.1\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.25\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"0.5\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"1\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"10\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"2.5\"} 1",
      "psync_relay_propagation_delay_seconds_bucket{le=\"5e-05\"} 0",
      "psync_relay_propagation_delay_seconds_sum 0.0002",
      "psync_relay_replica_ack_offset_bytes{replica=\"[::1]:6379\"} 100000000",
      "psync_relay_replica_disconnects_total{reason=\"admin\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"auth\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"complete\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"eof\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"history\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"lag_limit\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"log_trimmed\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"protocol\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"refused\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"reset\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"shutdown\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"snapshot\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"storage\"} 0",
      "psync_relay_replica_disconnects_total{reason=\"timeout\"} 0",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"+Inf\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"1\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"15\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"300\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"3600\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"5\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"60\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_bucket{le=\"900\"} 1",
      "psync_relay_replica_full_sync_duration_seconds_sum 0.5",
      "psync_relay_replica_lag_seconds{replica=\"[::1]:6379\"} 1.25",
      "psync_relay_replica_last_ack_timestamp_seconds{replica=\"[::1]:6379\"} 1794939599.5",
      "psync_relay_replica_online{replica=\"10.0.0.9:6379\"} 0",
      "psync_relay_replica_partial_refusals_total{reason=\"ahead\"} 0",
      "psync_relay_replica_partial_refusals_total{reason=\"no_history\"} 0",
      "psync_relay_replica_partial_refusals_total{reason=\"unknown_replid\"} 0",
      "psync_relay_replica_sent_offset_bytes{replica=\"[::1]:6379\"} 100000010",
      "psync_relay_replicas{state=\"queued\"} 0",
      "psync_relay_snapshot_failures_total{stage=\"receive\"} 0",
      "psync_relay_snapshot_failures_total{stage=\"write\"} 0",
      "psync_relay_storage_errors_total{op=\"fsync\"} 0",
      "psync_relay_storage_errors_total{op=\"read\"} 0",
      "psync_relay_storage_errors_total{op=\"rename\"} 0",
      "psync_relay_storage_errors_total{op=\"trim\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"admin\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"auth\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"config\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"connect\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"loop\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"refused\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"reset\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"resolve\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"storage\"} 0",
      "psync_relay_upstream_disconnects_total{reason=\"tls\"} 0",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"15\"} 1",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"3600\"} 2",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"60\"} 1",
      "psync_relay_upstream_full_sync_duration_seconds_bucket{le=\"900\"} 2",
      "psync_relay_upstream_paused 0",
      "psync_relay_upstream_state{state=\"connecting\"} 0",
      "psync_relay_upstream_state{state=\"disconnected\"} 0",
      "psync_relay_upstream_state{state=\"handshake\"} 0",
      "psync_relay_upstream_state{state=\"receiving_rdb\"} 0",
      "psync_relay_upstream_state{state=\"waiting_rdb\"} 0",
      "psync_relay_sentinel_queries_total{result=\"answered\"} 0",
      "psync_relay_sentinel_queries_total{result=\"failed\"} 0",
      "psync_relay_sentinel_queries_total{result=\"unknown\"} 0",
      "psync_relay_sentinel_switches_total 0",
      "psync_relay_upstream_sync_failures_total{kind=\"refresh\"} 0",
      "psync_relay_warnings{code=\"no_sentinel\"} 0",
      "psync_relay_warnings{code=\"full_resync_loop\"} 0",
      "psync_relay_warnings{code=\"window_short\"} 0",
      "# HELP psync_relay_replica_lag_bytes Bytes of the log that the replica has not "
      "acknowledged.",
      "# TYPE psync_relay_replica_lag_bytes gauge",
      "# TYPE psync_relay_upstream_up gauge",
      "# TYPE psync_relay_log_append_bytes_total counter",
      "# TYPE psync_relay_log_fsync_duration_seconds histogram",
  };
  for (const std::string& line : expected) EXPECT_TRUE(lines.contains(line)) << line;
  const std::set<std::string> known(expected.begin(), expected.end());
  for (const std::string& line : lines) {
    if (line.starts_with('#')) continue;
    EXPECT_TRUE(known.contains(line)) << "nobody expected " << line;
  }
  // While a snapshot is sent nothing is acknowledged, and a lag would be a false alarm.
  EXPECT_TRUE(series_of(text, "psync_relay_replica_lag_bytes{replica=\"10.0.0.9").empty());
}

TEST(Exposition, EveryRowOfTheTableIsThereWithNothingToTellAndNothingElseIs) {
  const std::string text = expose(Status{}, ProcessStatus{});
  std::vector<std::string> types;
  for (const std::string& line : series_of(text, "# TYPE ")) {
    types.push_back(line.substr(7, line.find(' ', 7) - 7));
  }
  std::vector<std::string> table;
  for (const MetricRow& row : metric_rows()) table.emplace_back(row.name);
  EXPECT_EQ(types, table);

  for (const std::string& line : lines_of(expose(filled(), ProcessStatus{}))) {
    if (line.starts_with('#')) continue;
    const std::string name = line.substr(0, line.find_first_of("{ "));
    bool known = false;
    for (const MetricRow& row : metric_rows()) {
      const std::string base(row.name);
      known = known || name == base;
      if (row.type == MetricType::kHistogram) {
        known =
            known || name == base + "_bucket" || name == base + "_sum" || name == base + "_count";
      }
    }
    EXPECT_TRUE(known) << line;
  }
}

TEST(Exposition, EveryCounterAndEveryKnownLabelValueIsAtZeroFromTheStart) {
  const std::string text = expose(Status{}, ProcessStatus{});
  for (const MetricRow& row : metric_rows()) {
    const std::string name(row.name);
    if (row.type == MetricType::kHistogram) {
      EXPECT_EQ(only_series(text, name + "_count "), name + "_count 0");
      EXPECT_EQ(only_series(text, name + "_bucket{le=\"+Inf\"}"), name + "_bucket{le=\"+Inf\"} 0");
      EXPECT_EQ(series_of(text, name + "_bucket").size(), row.bounds.size() + 1) << name;
    } else if (row.type == MetricType::kCounter && row.labels.empty()) {
      EXPECT_EQ(only_series(text, name + ' '), name + " 0");
    } else if (row.type == MetricType::kCounter) {
      const auto series = series_of(text, name + '{');
      EXPECT_FALSE(series.empty()) << name;
      EXPECT_EQ(series.size(), row.series.size()) << name;
      for (const std::string& line : series) EXPECT_TRUE(line.ends_with(" 0")) << line;
    }
  }
}

TEST(Exposition, ReplicasExpectedIsAbsentWhereNobodySaid) {
  EXPECT_TRUE(
      series_of(expose(Status{}, ProcessStatus{}), "psync_relay_replicas_expected ").empty());
}

TEST(Exposition, AReloadThatWasRefusedKeepsTheTimeOfTheOneInForce) {
  Status status;
  status.reload = {false, "unknown key", at(1000), 1, {}};
  const std::string text = expose(status, ProcessStatus{});
  EXPECT_EQ(only_series(text, "psync_relay_config_last_reload_successful "),
            "psync_relay_config_last_reload_successful 0");
  EXPECT_EQ(only_series(text, "psync_relay_config_last_reload_success_timestamp_seconds "),
            "psync_relay_config_last_reload_success_timestamp_seconds 1000");
}

TEST(Exposition, LargeOffsetsAreWrittenInFull) {
  EXPECT_EQ(only_series(expose(filled(), ProcessStatus{}), "psync_relay_log_end_offset_bytes "),
            "psync_relay_log_end_offset_bytes 9007199254740991");
}

TEST(Exposition, PromtoolFindsNothingToComplainOf) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "NOT CHECKED: promtool is not on PATH (Debian package prometheus)";
  }
  Status status = filled();
  status.downstream.replicas = {replica(1, "10.0.0.7", ReplicaState::kOnline, 123456000)};
  const std::string path =
      testing::TempDir() + "exposition." + std::to_string(::getpid()) + ".prom";
  std::ofstream(path) << expose(status, read_process_status());
  FILE* promtool = ::popen(("promtool check metrics <" + path + " 2>&1").c_str(), "r");
  ASSERT_NE(promtool, nullptr);
  std::string said;
  for (int c = std::fgetc(promtool); c != EOF; c = std::fgetc(promtool))
    said += static_cast<char>(c);
  const int result = ::pclose(promtool);
  std::remove(path.c_str());
  EXPECT_EQ(result, 0) << said;
  EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace relay
