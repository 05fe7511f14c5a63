#include "proxy/downstream/config_get.h"

#include "proxy/downstream/glob.h"

#include <algorithm>

namespace relay {
namespace {

std::string seconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

std::string yes_no(bool value) { return value ? "yes" : "no"; }

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "notice";
    case LogLevel::kWarn:
    case LogLevel::kError:
      return "warning";
  }
  return "notice";
}

Outcome get(Call& call) {
  auto entries = config_entries(call.host.config(), call.host.status());
  std::erase_if(entries, [&](const auto& entry) {
    return std::none_of(call.words.begin() + 2, call.words.end(), [&](std::string_view pattern) {
      return matches(pattern, entry.first, true);
    });
  });
  call.reply.map(entries.size());
  for (const auto& [name, value] : entries) {
    call.reply.bulk(name);
    call.reply.bulk(value);
  }
  return Outcome::kReplied;
}

Outcome set(Call& call) {
  return refuse(
      call,
      "ERR CONFIG SET refused: psync-relay is configured by its file, flags and environment, and "
      "reads them again on SIGHUP");
}

Outcome reset_statistics(Call& call) {
  return refuse(
      call,
      "ERR CONFIG RESETSTAT refused: the counters are those of /metrics, which must not go back");
}

constexpr CommandSpec kSubcommands[] = {
    {"get", -3, get, 0, "server", "2.0.0", "Read the configuration"},
    {"resetstat", 2, reset_statistics, 0, "server", "2.0.0", "Refused: counters never go back"},
    {"rewrite", 2, ok, 0, "server", "2.8.0", "Accepted: what is to be kept is kept already"},
    {"set", -4, set, 0, "server", "2.0.0", "Refused: edit the file and send SIGHUP"},
};

constexpr CommandSpec kCommands[] = {
    {"config", -2, nullptr, 0, "server", "2.0.0", "The relay's configuration", kSubcommands},
};

}  // namespace

std::vector<std::pair<std::string_view, std::string>> config_entries(const Config& config,
                                                                     const Status& status) {
  const std::string master = status.upstream.host + " " + std::to_string(status.upstream.port);
  const std::string replica_timeout = seconds(config.replicas.timeout);
  const std::string announce_port = std::to_string(config.upstream.announce_port);
  const std::string request_size = std::to_string(config.limits.request_size);
  std::vector<std::pair<std::string_view, std::string>> entries = {
      {"appendonly", "no"},
      {"bind", config.listen.address},
      {"client-output-buffer-limit", "normal 0 0 0 slave 0 0 0 pubsub 0 0 0"},
      {"client-query-buffer-limit", request_size},
      {"cluster-enabled", "no"},
      {"daemonize", "no"},
      {"databases", "1"},
      {"dir", config.data_dir},
      {"io-threads", "1"},
      {"latency-monitor-threshold", "0"},
      {"logfile", ""},
      {"loglevel", std::string(level_name(config.logging.level))},
      {"masterauth", ""},
      {"masteruser", config.upstream.username},
      {"maxclients", std::to_string(config.limits.clients)},
      {"maxmemory", "0"},
      {"maxmemory-policy", "noeviction"},
      {"min-replicas-max-lag", "0"},
      {"min-replicas-to-write", "0"},
      {"min-slaves-max-lag", "0"},
      {"min-slaves-to-write", "0"},
      {"notify-keyspace-events", ""},
      {"port", std::to_string(config.listen.port)},
      {"proto-max-bulk-len", request_size},
      {"repl-backlog-size", std::to_string(config.log.max_size)},
      {"repl-backlog-ttl", "0"},
      {"repl-diskless-sync", yes_no(config.snapshot.cut_through)},
      {"repl-timeout", replica_timeout},
      {"replica-announce-ip", config.upstream.announce_ip},
      {"replica-announce-port", announce_port},
      {"replica-announced", "yes"},
      {"replica-priority", "0"},
      {"replica-read-only", "yes"},
      {"replica-serve-stale-data", yes_no(config.replicas.serve_while_upstream_down)},
      {"replicaof", master},
      {"requirepass", ""},
      {"save", ""},
      {"shutdown-timeout", seconds(config.shutdown_timeout)},
      {"slave-announce-ip", config.upstream.announce_ip},
      {"slave-announce-port", announce_port},
      {"slave-priority", "0"},
      {"slave-read-only", "yes"},
      {"slave-serve-stale-data", yes_no(config.replicas.serve_while_upstream_down)},
      {"slaveof", master},
      {"slowlog-log-slower-than", "-1"},
      {"slowlog-max-len", "0"},
      {"tcp-backlog", std::to_string(config.listen.backlog)},
      {"tcp-keepalive", seconds(config.listen.tcp_keepalive)},
      {"timeout", seconds(config.limits.client_idle_timeout)},
      {"tls-port", "0"},
      {"unixsocket", ""},
  };
  std::sort(entries.begin(), entries.end());
  return entries;
}

CommandTable config_commands() { return kCommands; }

}  // namespace relay
