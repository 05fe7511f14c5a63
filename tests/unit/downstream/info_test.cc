#include "proxy/downstream/info.h"

#include "proxy/downstream/info_replication.h"
#include "tests/unit/downstream/fake_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};
const ReplId kId = *ReplId::parse(std::string(40, 'a'));
const ReplId kFormerId = *ReplId::parse(std::string(40, 'b'));

// Streaming, with a log of the bytes 1001..5000 and two former histories' worth of numbers.
Status streaming() {
  Status status;
  status.now = kNow;
  status.started = kNow - std::chrono::seconds(90'000);
  status.run_id = *ReplId::parse(std::string(40, 'c'));
  status.listen_port = 6479;
  status.upstream.host = "10.0.0.1";
  status.upstream.port = 6379;
  status.upstream.state = LinkState::kStreaming;
  status.upstream.last_io = kNow - std::chrono::seconds(3);
  status.upstream.received_rdb_bytes = 1000;
  status.upstream.received_stream_bytes = 5000;
  status.log.exists = true;
  status.log.id = kId;
  status.log.previous_id = kFormerId;
  status.log.previous_until = Offset::of_bytes(2000);
  status.log.begin = Offset::of_bytes(1000);
  status.log.durable = Offset::of_bytes(4800);
  status.log.written = Offset::of_bytes(4900);
  status.log.boundary = Offset::of_bytes(4990);
  status.log.end = Offset::of_bytes(5000);
  status.log.limit_bytes = 1 << 30;
  return status;
}

ReplicaStatus replica(std::string ip, ReplicaState state, std::uint64_t acked) {
  ReplicaStatus replica;
  replica.ip = std::move(ip);
  replica.port = 6380;
  replica.state = state;
  replica.since = kNow - std::chrono::seconds(20);
  replica.acked = Offset::of_bytes(acked);
  return replica;
}

std::string replication(const Status& status) {
  InfoText text;
  write_replication(text, status);
  return text.text();
}

std::string lines(std::initializer_list<std::string_view> all) {
  std::string text;
  for (const auto line : all) text.append(line).append("\r\n");
  return text;
}

TEST(InfoReplication, IsThatOfAChainedReplicaInTheOrderOfServers) {
  Status status = streaming();
  ReplicaStatus online = replica("10.0.0.7", ReplicaState::kOnline, 4950);
  online.ack_age = std::chrono::milliseconds(1900);
  ReplicaStatus legacy = replica("::1", ReplicaState::kOnline, 4000);
  legacy.legacy_sync = true;
  status.downstream.replicas = {online,
                                replica("10.0.0.8", ReplicaState::kQueued, 0),
                                replica("10.0.0.9", ReplicaState::kHandshake, 0),
                                replica("replica.example", ReplicaState::kSendingRdb, 0),
                                replica("10.0.0.10", ReplicaState::kCatchingUp, 3000),
                                legacy};
  EXPECT_EQ(replication(status),
            lines({"# Replication",
                   "role:slave",
                   "master_host:10.0.0.1",
                   "master_port:6379",
                   "master_link_status:up",
                   "master_last_io_seconds_ago:3",
                   "master_sync_in_progress:0",
                   "slave_read_repl_offset:5000",
                   "slave_repl_offset:5000",
                   "slave_priority:0",
                   "slave_read_only:1",
                   "replica_announced:1",
                   "connected_slaves:5",
                   "slave0:ip=10.0.0.7,port=6380,state=online,offset=4950,lag=1",
                   "slave1:ip=10.0.0.8,port=6380,state=wait_bgsave,offset=0,lag=0",
                   "slave2:ip=replica.example,port=6380,state=send_bulk,offset=0,lag=0",
                   "slave3:ip=10.0.0.10,port=6380,state=online,offset=3000,lag=20",
                   "slave4:ip=::1,port=6380,state=online,offset=0,lag=20",
                   "master_failover_state:no-failover",
                   "master_replid:"
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                   "master_replid2:"
                   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                   "master_repl_offset:5000",
                   "second_repl_offset:2001",
                   "repl_backlog_active:1",
                   "repl_backlog_size:1073741824",
                   "repl_backlog_first_byte_offset:1001",
                   "repl_backlog_histlen:4000"}));
}

TEST(InfoReplication, BeforeTheFirstSyncNothingIsClaimed) {
  Status status;
  status.now = kNow;
  status.started = kNow - std::chrono::seconds(12);
  status.upstream.host = "h";
  status.upstream.port = 1;
  const std::string zeros(40, '0');
  EXPECT_EQ(replication(status), lines({"# Replication",
                                        "role:slave",
                                        "master_host:h",
                                        "master_port:1",
                                        "master_link_status:down",
                                        "master_last_io_seconds_ago:-1",
                                        "master_sync_in_progress:0",
                                        "slave_read_repl_offset:0",
                                        "slave_repl_offset:0",
                                        "master_link_down_since_seconds:12",
                                        "slave_priority:0",
                                        "slave_read_only:1",
                                        "replica_announced:1",
                                        "connected_slaves:0",
                                        "master_failover_state:no-failover",
                                        "master_replid:" + zeros,
                                        "master_replid2:" + zeros,
                                        "master_repl_offset:0",
                                        "second_repl_offset:-1",
                                        "repl_backlog_active:0",
                                        "repl_backlog_size:0",
                                        "repl_backlog_first_byte_offset:0",
                                        "repl_backlog_histlen:0"}));
}

TEST(InfoReplication, ATransferShowsItsProgress) {
  Status status = streaming();
  status.upstream.state = LinkState::kReceivingRdb;
  status.upstream.down_since = kNow - std::chrono::seconds(8);
  status.upstream.transfer.emplace();
  status.upstream.transfer->received = 250;
  status.upstream.transfer->size = 1000;
  EXPECT_THAT(replication(status),
              HasSubstr(lines({"slave_repl_offset:5000", "master_sync_total_bytes:1000",
                               "master_sync_read_bytes:250", "master_sync_left_bytes:750",
                               "master_sync_perc:25.00", "master_sync_last_io_seconds_ago:3",
                               "master_link_down_since_seconds:8", "slave_priority:0"})));
  status.upstream.transfer->size.reset();  // the EOF mark: how much is left is not known
  EXPECT_THAT(replication(status),
              HasSubstr(lines({"master_sync_total_bytes:0", "master_sync_read_bytes:250",
                               "master_sync_left_bytes:0", "master_sync_perc:0.00"})));
}

TEST(InfoReplication, ARefreshBesideTheStreamIsNoSyncInProgress) {
  Status status = streaming();
  status.upstream.transfer.emplace();
  status.upstream.transfer->beside_stream = true;
  const std::string text = replication(status);
  EXPECT_THAT(text, HasSubstr("master_sync_in_progress:0\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("master_sync_total_bytes")));
}

TEST(InfoReplication, AClockSetBackShowsNoNegativeNumbers) {
  Status status = streaming();
  status.now = kNow - std::chrono::hours(5);
  status.upstream.state = LinkState::kBackoff;
  status.upstream.down_since = kNow;
  ReplicaStatus early = replica("a", ReplicaState::kOnline, 1);
  early.ack_age = std::chrono::milliseconds(-5000);
  status.downstream.replicas = {early, replica("b", ReplicaState::kOnline, 1)};
  const std::string text = replication(status);
  EXPECT_THAT(text, HasSubstr("master_link_down_since_seconds:0\r\n"));
  EXPECT_THAT(text, HasSubstr("slave0:ip=a,port=6380,state=online,offset=1,lag=0\r\n"));
  EXPECT_THAT(text, HasSubstr("slave1:ip=b,port=6380,state=online,offset=1,lag=0\r\n"));
}

class InfoOf : public testing::Test {
 protected:
  std::string text(std::vector<std::string_view> sections) {
    const InfoSource source{config, status, process, 2};
    return info_text(source, sections);
  }
  Config config;
  Status status = streaming();
  ProcessFacts process;
};

TEST_F(InfoOf, CountersComeFromTheStatus) {
  status.downstream.connections = 11;
  status.downstream.commands = 12;
  status.downstream.rejected_connections = 13;
  status.downstream.full_syncs = 14;
  status.downstream.partial_syncs = 15;
  status.downstream.partial_refusals = {
      {"no_history", 100}, {"unknown_replid", 1}, {"trimmed", 2}, {"ahead", 4}};
  status.downstream.sent_rdb_bytes = 300;
  status.downstream.sent_stream_bytes = 70;
  status.downstream.received_bytes = 9;
  status.downstream.sent_reply_bytes = 5;
  EXPECT_EQ(
      text({"stats"}),
      lines({"# Stats", "total_connections_received:11", "total_commands_processed:12",
             "total_net_input_bytes:6009", "total_net_output_bytes:375",
             "total_net_repl_input_bytes:6000", "total_net_repl_output_bytes:370",
             "rejected_connections:13", "sync_full:14", "sync_partial_ok:15", "sync_partial_err:7",
             "expired_keys:0", "evicted_keys:0", "keyspace_hits:0", "keyspace_misses:0",
             "pubsub_channels:2", "pubsub_patterns:0", "latest_fork_usec:0", "total_forks:0"}));
}

TEST_F(InfoOf, ServerAndMemoryComeFromTheProcess) {
  process.pid = 42;
  process.system = "Linux 6.1 x86_64";
  process.resident_bytes = 3 * 1024 * 1024 / 2;
  process.peak_resident_bytes = 2 * 1024 * 1024;
  config.emulated_version = "7.2.4";
  status.log.memory_bytes = 512;
  const std::string server = text({"server"});
  for (const char* line :
       {"redis_version:7.2.4", "relay_version:" RELAY_VERSION, "redis_mode:standalone",
        "os:Linux 6.1 x86_64", "process_id:42", "run_id:cccccccccccccccccccccccccccccccccccccccc",
        "tcp_port:6479", "uptime_in_seconds:90000", "uptime_in_days:1"}) {
    EXPECT_THAT(server, HasSubstr(std::string("\r\n") + line + "\r\n"));
  }
  const std::string memory = text({"memory"});
  for (const char* line : {"used_memory:1572864", "used_memory_human:1.50M",
                           "used_memory_rss:1572864", "used_memory_peak:2097152", "maxmemory:0",
                           "maxmemory_policy:noeviction", "mem_replication_backlog:512"}) {
    EXPECT_THAT(memory, HasSubstr(std::string("\r\n") + line + "\r\n"));
  }
}

TEST_F(InfoOf, ReplicasAreNotCountedAsClients) {
  status.downstream.clients = 5;
  status.downstream.replicas = {replica("a", ReplicaState::kOnline, 1),
                                replica("b", ReplicaState::kOnline, 1)};
  EXPECT_THAT(text({"clients"}), HasSubstr("connected_clients:3\r\n"));
  status.downstream.clients = 1;
  EXPECT_THAT(text({"clients"}), HasSubstr("connected_clients:0\r\n"));
}

TEST_F(InfoOf, TheRelaysOwnSectionHasTheFrontiers) {
  status.snapshot.offset = Offset::of_bytes(1500);
  status.snapshot.taken = kNow - std::chrono::seconds(60);
  status.upstream.last_error = "eof\r\nrole:master";
  status.downstream.replicas = {replica("a", ReplicaState::kOnline, 1),
                                replica("b", ReplicaState::kQueued, 1)};
  status.downstream.replicas[0].lag_bytes = 50;
  status.downstream.replicas[0].lag_seconds = 1.5;
  status.downstream.full_syncs_spared = 3;
  status.log.disk_degraded = true;
  const std::string relay = text({"relay"});
  for (const char* line :
       {"relay_upstream_state:streaming", "relay_log_begin_offset:1000",
        "relay_log_durable_offset:4800", "relay_log_written_offset:4900",
        "relay_log_boundary_offset:4990", "relay_log_end_offset:5000", "relay_snapshot_offset:1500",
        "relay_snapshot_age_seconds:60", "relay_replicas_online:1", "relay_replicas_queued:1",
        "relay_replicas_catching_up:0", "relay_upstream_last_error:eof  role:master",
        "relay_slowest_lag_bytes:50", "relay_slowest_lag_seconds:1.500",
        "relay_full_syncs_spared:3", "relay_warnings:disk_degraded"}) {
    EXPECT_THAT(relay, HasSubstr(std::string("\r\n") + line + "\r\n"));
  }
  status.snapshot = {};
  EXPECT_THAT(text({"relay"}), HasSubstr("relay_snapshot_offset:-1\r\n"));
}

std::vector<std::string> titles(const std::string& text) {
  std::vector<std::string> found;
  for (std::size_t at = text.find("# "); at != std::string::npos; at = text.find("\n# ", at)) {
    at = text.find(' ', at) + 1;
    found.push_back(text.substr(at, text.find('\r', at) - at));
  }
  return found;
}

TEST_F(InfoOf, SectionsAreChosenByNameWhateverTheCaseAndTheOrder) {
  using testing::ElementsAre;
  const auto everything = ElementsAre("Server", "Clients", "Memory", "Persistence", "Stats",
                                      "Replication", "Relay", "CPU", "Cluster", "Keyspace");
  EXPECT_THAT(titles(text({})), everything);
  EXPECT_THAT(titles(text({"default"})), everything);
  EXPECT_THAT(titles(text({"ALL"})), everything);
  EXPECT_THAT(titles(text({"everything", "server"})), everything);
  EXPECT_THAT(titles(text({"Replication"})), ElementsAre("Replication"));
  EXPECT_THAT(titles(text({"keyspace", "server", "keyspace"})), ElementsAre("Server", "Keyspace"));
  EXPECT_EQ(text({"nosuch"}), "");
  EXPECT_THAT(text({"cluster", "keyspace"}),
              "# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n");
}

TEST(Info, IsVerbatimTextInResp3) {
  FakeHost host;
  Speaker speaker(host);
  host.client_list = {&speaker.client};
  EXPECT_EQ(speaker.say("INFO cluster"), bulk("# Cluster\r\ncluster_enabled:0\r\n"));
  EXPECT_EQ(speaker.say("INFO nosuch"), "$0\r\n\r\n");
  speaker.say("HELLO 3");
  EXPECT_EQ(speaker.say("INFO cluster"), "=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n");
}

TEST(Info, TheProcessKnowsItself) {
  const ProcessFacts facts = read_process_facts();
  EXPECT_GT(facts.pid, 0);
  EXPECT_GT(facts.resident_bytes, 1024u * 1024);
  EXPECT_GE(facts.peak_resident_bytes, facts.resident_bytes);
  EXPECT_THAT(facts.system, testing::StartsWith("Linux "));
}

TEST(Role, IsThatOfAReplicaInEveryState) {
  FakeHost host;
  host.status_data = streaming();
  Speaker speaker(host);
  const std::string begin = "*5\r\n" + bulk("slave") + bulk("10.0.0.1") + ":6379\r\n";
  const std::pair<LinkState, const char*> kStates[] = {
      {LinkState::kDisconnected, "connect"},  {LinkState::kBackoff, "connect"},
      {LinkState::kConnecting, "connecting"}, {LinkState::kHandshake, "handshake"},
      {LinkState::kWaitingRdb, "sync"},       {LinkState::kReceivingRdb, "sync"},
      {LinkState::kStreaming, "connected"},
  };
  for (const auto& [state, name] : kStates) {
    host.status_data.upstream.state = state;
    EXPECT_EQ(speaker.say("ROLE"), begin + bulk(name) + ":5000\r\n");
  }
  host.status_data.log = {};
  EXPECT_EQ(speaker.say("ROLE"), begin + bulk("connected") + ":-1\r\n");
}

}  // namespace
}  // namespace relay
