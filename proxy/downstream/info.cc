#include "proxy/downstream/info.h"

#include "proxy/downstream/info_relay.h"
#include "proxy/downstream/info_replication.h"
#include "proxy/downstream/info_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace relay {
namespace {

std::string human(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "K", "M", "G", "T", "P", "E"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, unit == 0 ? "%.0f%s" : "%.2f%s", value, kUnits[unit]);
  return buffer;
}

std::int64_t unix_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

void write_server(InfoText& info, const InfoSource& source) {
  const auto uptime = seconds_between(source.status.started, source.status.now);
  info.section("Server");
  info.field("redis_version", source.config.emulated_version);
  info.field("relay_version", RELAY_VERSION);
  info.field("redis_git_sha1", "00000000");
  info.field("redis_git_dirty", 0);
  info.field("redis_build_id", "psync-relay-" RELAY_VERSION);
  info.field("redis_mode", "standalone");
  info.field("os", source.process.system);
  info.field("arch_bits", 8 * sizeof(void*));
  info.field("multiplexing_api", "epoll");
  info.field("process_id", source.process.pid);
  info.field("process_supervised", "no");
  info.field("run_id", source.status.run_id.view());
  info.field("tcp_port", source.status.listen_port);
  info.field("server_time_usec", std::chrono::duration_cast<std::chrono::microseconds>(
                                     source.status.now.time_since_epoch())
                                     .count());
  info.field("uptime_in_seconds", uptime);
  info.field("uptime_in_days", uptime / 86400);
  info.field("executable", "psync-relay");
  info.field("config_file", "");
}

void write_clients(InfoText& info, const InfoSource& source) {
  const DownstreamStatus& downstream = source.status.downstream;
  const std::size_t replicas = downstream.replicas.size();
  info.section("Clients");
  // Servers count replicas apart.
  info.field("connected_clients",
             downstream.clients > replicas ? downstream.clients - replicas : 0);
  info.field("cluster_connections", 0);
  info.field("maxclients", source.config.limits.clients);
  info.field("blocked_clients", 0);
  info.field("tracking_clients", 0);
}

void write_memory(InfoText& info, const InfoSource& source) {
  const ProcessFacts& process = source.process;
  info.section("Memory");
  info.field("used_memory", process.resident_bytes);
  info.field("used_memory_human", human(process.resident_bytes));
  info.field("used_memory_rss", process.resident_bytes);
  info.field("used_memory_rss_human", human(process.resident_bytes));
  info.field("used_memory_peak", process.peak_resident_bytes);
  info.field("used_memory_peak_human", human(process.peak_resident_bytes));
  info.field("used_memory_dataset", 0);
  info.field("total_system_memory", process.total_system_memory);
  info.field("total_system_memory_human", human(process.total_system_memory));
  info.field("maxmemory", 0);
  info.field("maxmemory_human", "0B");
  info.field("maxmemory_policy", "noeviction");
  info.field("mem_replication_backlog", source.status.log.memory_bytes);
  info.field("mem_total_replication_buffers", source.status.log.memory_bytes);
}

void write_persistence(InfoText& info, const InfoSource& source) {
  const auto& taken = source.status.snapshot.taken;
  info.section("Persistence");
  info.field("loading", 0);
  info.field("async_loading", 0);
  info.field("rdb_changes_since_last_save", 0);
  info.field("rdb_bgsave_in_progress", 0);
  info.field("rdb_last_save_time", unix_seconds(taken.value_or(source.status.started)));
  info.field("rdb_last_bgsave_status", "ok");
  info.field("rdb_last_bgsave_time_sec", -1);
  info.field("rdb_current_bgsave_time_sec", -1);
  info.field("aof_enabled", 0);
  info.field("aof_rewrite_in_progress", 0);
  info.field("aof_last_bgrewrite_status", "ok");
  info.field("aof_last_write_status", "ok");
}

void write_stats(InfoText& info, const InfoSource& source) {
  const UpstreamStatus& upstream = source.status.upstream;
  const DownstreamStatus& downstream = source.status.downstream;
  const std::uint64_t repl_in = upstream.received_rdb_bytes + upstream.received_stream_bytes;
  const std::uint64_t repl_out = downstream.sent_rdb_bytes + downstream.sent_stream_bytes;
  std::uint64_t refused = 0;
  for (const auto& [reason, count] : downstream.partial_refusals) {
    // A replica that says it has nothing was refused nothing; servers do not count it either.
    if (reason != "no_history") refused += count;
  }
  info.section("Stats");
  info.field("total_connections_received", downstream.connections);
  info.field("total_commands_processed", downstream.commands);
  info.field("total_net_input_bytes", repl_in + downstream.received_bytes);
  info.field("total_net_output_bytes", repl_out + downstream.sent_reply_bytes);
  info.field("total_net_repl_input_bytes", repl_in);
  info.field("total_net_repl_output_bytes", repl_out);
  info.field("rejected_connections", downstream.rejected_connections);
  info.field("sync_full", downstream.full_syncs);
  info.field("sync_partial_ok", downstream.partial_syncs);
  info.field("sync_partial_err", refused);
  info.field("expired_keys", 0);
  info.field("evicted_keys", 0);
  info.field("keyspace_hits", 0);
  info.field("keyspace_misses", 0);
  info.field("pubsub_channels", source.pubsub_channels);
  info.field("pubsub_patterns", 0);
  info.field("latest_fork_usec", 0);
  info.field("total_forks", 0);
}

void write_cpu(InfoText& info, const InfoSource& source) {
  info.section("CPU");
  info.decimal("used_cpu_sys", source.process.system_seconds, 6);
  info.decimal("used_cpu_user", source.process.user_seconds, 6);
}

struct Section {
  std::string_view name;
  void (*write)(InfoText&, const InfoSource&);
};

constexpr Section kSections[] = {
    {"server", write_server},
    {"clients", write_clients},
    {"memory", write_memory},
    {"persistence", write_persistence},
    {"stats", write_stats},
    {"replication", [](InfoText& i, const InfoSource& s) { write_replication(i, s.status); }},
    {"relay", [](InfoText& i, const InfoSource& s) { write_relay(i, s.status); }},
    {"cpu", write_cpu},
    {"cluster",
     [](InfoText& i, const InfoSource&) {
       i.section("Cluster");
       i.field("cluster_enabled", 0);
     }},
    {"keyspace", [](InfoText& i, const InfoSource&) { i.section("Keyspace"); }},
};

bool is_wanted(std::string_view section, std::span<const std::string_view> wanted) {
  if (wanted.empty()) return true;
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view word) {
    return same_word(word, section) || same_word(word, "default") || same_word(word, "all") ||
           same_word(word, "everything");
  });
}

Outcome info(Call& call) {
  const Status status = call.host.status();
  const ProcessFacts process = read_process_facts();
  std::set<std::string_view> channels;
  for (const Client* client : call.host.clients()) {
    channels.insert(client->channels.begin(), client->channels.end());
  }
  const InfoSource source{call.host.config(), status, process, channels.size()};
  call.reply.verbatim(info_text(source, std::span(call.words).subspan(1)));
  return Outcome::kReplied;
}

constexpr CommandSpec kCommands[] = {
    {"info", -1, info, 0, "server", "1.0.0", "Describe the relay"},
};

}  // namespace

std::string info_text(const InfoSource& source, std::span<const std::string_view> sections) {
  InfoText text;
  for (const Section& section : kSections) {
    if (is_wanted(section.name, sections)) section.write(text, source);
  }
  return text.text();
}

CommandTable info_commands() { return kCommands; }

}  // namespace relay
