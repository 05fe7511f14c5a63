#include "proxy/config/config_keys.h"

#include "proxy/config/nearest_name.h"

#include <algorithm>
#include <map>

namespace relay {
namespace {

constexpr std::string_view kRestart = "restart the relay";
constexpr std::string_view kReplicaOf = "use REPLICAOF or restart the relay";
constexpr Duration kInstant = 1ms;  // the shortest wait; 0 where none or "off" is meant
constexpr Duration kLongest = 24h * 365;
constexpr unsigned kMany = 1'000'000;
constexpr unsigned kMostThreads = 128;
constexpr std::uint64_t kKiB = 1024;

// What a row says beyond the value.
struct Traits {
  std::vector<std::string_view> also = {};
  bool secret = false;
  std::string_view only_by = {};  // empty: reloadable
};

ConfigKey make_key(std::string_view path, Traits traits) {
  ConfigKey key;
  key.path = path;
  key.other_names = std::move(traits.also);
  key.secret = traits.secret;
  key.reloadable = traits.only_by.empty();
  key.instead = traits.only_by;
  return key;
}

template <typename T>
ConfigKey key(std::string_view path, T Config::*member, ValueKind<T> kind, Traits traits = {}) {
  ConfigKey key = make_key(path, std::move(traits));
  key.parse = [=](std::string_view text, Config& into) { return kind.parse(text, into.*member); };
  key.print = [=](const Config& config) { return kind.print(config.*member); };
  key.copy = [=](const Config& from, Config& into) { into.*member = from.*member; };
  key.same = [=](const Config& a, const Config& b) { return a.*member == b.*member; };
  return key;
}

template <typename Group, typename T>
ConfigKey key(std::string_view path, Group Config::*group, T Group::*member, ValueKind<T> kind,
              Traits traits = {}) {
  ConfigKey key = make_key(path, std::move(traits));
  key.parse = [=](std::string_view text, Config& into) {
    return kind.parse(text, into.*group.*member);
  };
  key.print = [=](const Config& config) { return kind.print(config.*group.*member); };
  key.copy = [=](const Config& from, Config& into) { into.*group.*member = from.*group.*member; };
  key.same = [=](const Config& a, const Config& b) { return a.*group.*member == b.*group.*member; };
  return key;
}

ValueKind<FsyncPolicy> fsync_policy() {
  return kind::choice<FsyncPolicy>({{"no", FsyncPolicy::kNo},
                                    {"interval", FsyncPolicy::kInterval},
                                    {"always", FsyncPolicy::kAlways}});
}

ValueKind<RefreshPolicy> refresh_policy() {
  return kind::choice<RefreshPolicy>({{"auto", RefreshPolicy::kAuto},
                                      {"on-demand", RefreshPolicy::kOnDemand},
                                      {"never", RefreshPolicy::kNever}});
}

ValueKind<PerReplicaMetrics> per_replica_metrics() {
  return kind::choice<PerReplicaMetrics>({{"auto", PerReplicaMetrics::kAuto},
                                          {"on", PerReplicaMetrics::kOn},
                                          {"off", PerReplicaMetrics::kOff}});
}

ValueKind<LogLevel> log_level_name() {
  return kind::choice<LogLevel>(
      {{"debug", LogLevel::kDebug},
       {"info", LogLevel::kInfo},
       {"warn", LogLevel::kWarn},
       {"error", LogLevel::kError}},
      {{"verbose", LogLevel::kDebug}, {"notice", LogLevel::kInfo}, {"warning", LogLevel::kWarn}});
}

ValueKind<AuthClients> auth_clients() {
  return kind::choice<AuthClients>(
      {{"no", AuthClients::kNo}, {"optional", AuthClients::kOptional}, {"yes", AuthClients::kYes}});
}

ValueKind<LogFormat> log_format_name() {
  return kind::choice<LogFormat>({{"logfmt", LogFormat::kLogfmt}, {"json", LogFormat::kJson}});
}

std::vector<ConfigKey> make_table() {
  using namespace kind;
  using C = Config;
  using Up = C::Upstream;
  using Lis = C::Listen;
  using Web = C::Http;
  using Adm = C::Admin;
  using Met = C::Metrics;
  using Log = C::Log;
  using Snap = C::Snapshot;
  using Lim = C::Limits;
  using Rep = C::Replicas;
  constexpr auto kUp = &C::upstream;
  constexpr auto kLis = &C::listen;
  constexpr auto kAdm = &C::admin;
  constexpr auto kLim = &C::limits;

  return {
      key("upstream.host", kUp, &Up::host, host(), {.only_by = kReplicaOf}),
      key("upstream.port", kUp, &Up::port, port(1), {.only_by = kReplicaOf}),
      key("upstream.username", kUp, &Up::username, optional_word(),
          {.also = {"masteruser", "primaryuser"}}),
      key("upstream.password", kUp, &Up::password, secret_text(),
          {.also = {"masterauth", "primaryauth"}, .secret = true}),
      key("upstream.password-file", kUp, &Up::password_file, optional_path(),
          {.also = {"masterauth-file", "primaryauth-file"}}),
      key("upstream.sentinels", kUp, &Up::sentinels, optional_addresses(), {.only_by = kRestart}),
      key("upstream.sentinel-master", kUp, &Up::sentinel_master, word(), {.only_by = kRestart}),
      key("upstream.sentinel-username", kUp, &Up::sentinel_username, optional_word()),
      key("upstream.sentinel-password", kUp, &Up::sentinel_password, secret_text(),
          {.secret = true}),
      key("upstream.sentinel-password-file", kUp, &Up::sentinel_password_file, optional_path()),
      key("upstream.sentinel-tls", kUp, &Up::sentinel_tls, flag()),
      key("upstream.tls", kUp, &Up::tls, flag(), {.also = {"tls-replication"}}),
      key("upstream.tls-ca-file", kUp, &Up::tls_ca_file, optional_file()),
      key("upstream.tls-cert-file", kUp, &Up::tls_cert_file, optional_file(),
          {.also = {"tls-client-cert-file"}}),
      key("upstream.tls-key-file", kUp, &Up::tls_key_file, optional_file(),
          {.also = {"tls-client-key-file"}}),
      key("upstream.tls-server-name", kUp, &Up::tls_server_name, optional_word()),
      key("upstream.tls-skip-verify", kUp, &Up::tls_skip_verify, flag()),
      key("upstream.ack", kUp, &Up::ack, ack_policy(), {.also = {"ack-policy"}}),
      key("upstream.send-fack", kUp, &Up::send_fack, flag()),
      key("upstream.announce-ip", kUp, &Up::announce_ip, announced_ip(),
          {.also = {"replica-announce-ip", "slave-announce-ip"}}),
      key("upstream.announce-port", kUp, &Up::announce_port, port(0),
          {.also = {"replica-announce-port", "slave-announce-port"}}),
      key("upstream.version", kUp, &Up::version, optional_version()),
      key("upstream.ask-min-replicas", kUp, &Up::ask_min_replicas, flag()),
      key("upstream.connect-timeout", kUp, &Up::connect_timeout, duration(kInstant, kLongest)),
      key("upstream.reply-timeout", kUp, &Up::reply_timeout, duration(kInstant, kLongest)),
      key("upstream.timeout", kUp, &Up::timeout, duration(kInstant, kLongest),
          {.also = {"repl-timeout"}}),
      key("upstream.backoff-min", kUp, &Up::backoff_min, duration(kInstant, kLongest)),
      key("upstream.backoff-max", kUp, &Up::backoff_max, duration(kInstant, kLongest)),
      key("upstream.command-ping", kUp, &Up::command_ping, word()),
      key("upstream.command-auth", kUp, &Up::command_auth, word()),
      key("upstream.command-replconf", kUp, &Up::command_replconf, word()),
      key("upstream.command-psync", kUp, &Up::command_psync, word()),
      key("upstream.command-sync", kUp, &Up::command_sync, word()),

      key("listen.address", kLis, &Lis::address, bind_address(),
          {.also = {"bind"}, .only_by = kRestart}),
      key("listen.port", kLis, &Lis::port, port(0), {.also = {"port"}, .only_by = kRestart}),
      key("listen.plain", kLis, &Lis::plain, flag(), {.only_by = kRestart}),
      key("listen.tls-port", kLis, &Lis::tls_port, port(0),
          {.also = {"tls-port"}, .only_by = kRestart}),
      key("listen.tls-cert-file", kLis, &Lis::tls_cert_file, optional_file(),
          {.also = {"tls-cert-file"}}),
      key("listen.tls-key-file", kLis, &Lis::tls_key_file, optional_file(),
          {.also = {"tls-key-file"}}),
      key("listen.tls-ca-file", kLis, &Lis::tls_ca_file, optional_file(),
          {.also = {"tls-ca-cert-file"}}),
      key("listen.tls-auth-clients", kLis, &Lis::tls_auth_clients, auth_clients(),
          {.also = {"tls-auth-clients"}}),
      key("listen.password", kLis, &Lis::password, secret_text(),
          {.also = {"requirepass"}, .secret = true}),
      key("listen.password-file", kLis, &Lis::password_file, optional_path(),
          {.also = {"requirepass-file"}}),
      key("listen.backlog", kLis, &Lis::backlog, count(1, 65535), {.only_by = kRestart}),
      key("listen.tcp-keepalive", kLis, &Lis::tcp_keepalive, duration(0s, kLongest),
          {.also = {"tcp-keepalive"}}),
      key("listen.tcp-user-timeout", kLis, &Lis::tcp_user_timeout, duration(0s, 24h)),

      key("http.address", &C::http, &Web::address, bind_address(), {.only_by = kRestart}),
      key("http.port", &C::http, &Web::port, port(0), {.only_by = kRestart}),

      key("admin.socket", kAdm, &Adm::socket, optional_path(), {.only_by = kRestart}),
      key("admin.address", kAdm, &Adm::address, optional_bind_address(), {.only_by = kRestart}),
      key("admin.port", kAdm, &Adm::port, port(0), {.only_by = kRestart}),
      key("admin.token", kAdm, &Adm::token, secret_text(), {.secret = true}),
      key("admin.token-file", kAdm, &Adm::token_file, optional_path()),
      key("admin.allowed-hosts", kAdm, &Adm::allowed_hosts, optional_word()),

      key("metrics.per-replica", &C::metrics, &Met::per_replica, per_replica_metrics()),
      key("metrics.max-series", &C::metrics, &Met::max_series, count(1, kMany)),
      key("metrics.replica-linger", &C::metrics, &Met::replica_linger, duration(0s, 24h)),
      key("metrics.replicas-expected", &C::metrics, &Met::replicas_expected, count(0, kMany)),

      key("data-dir", &C::data_dir, path(), {.also = {"dir"}, .only_by = kRestart}),

      key("log.max-size", &C::log, &Log::max_size, size(64 * kKiB),
          {.also = {"repl-backlog-size"}}),
      key("log.max-age", &C::log, &Log::max_age, duration(0s, 10 * kLongest)),
      key("log.segment-size", &C::log, &Log::segment_size, size(4 * kKiB, 16 * 1024 * kMiB),
          {.only_by = kRestart}),
      key("log.memory", &C::log, &Log::memory, size(1 * kMiB), {.only_by = kRestart}),
      key("log.memory-hard", &C::log, &Log::memory_hard, size(1 * kMiB), {.only_by = kRestart}),
      key("log.fsync", &C::log, &Log::fsync, fsync_policy()),
      key("log.fsync-interval", &C::log, &Log::fsync_interval, duration(kInstant, 1h)),
      key("log.direct-io", &C::log, &Log::direct_io, flag(), {.only_by = kRestart}),

      key("snapshot.refresh", &C::snapshot, &Snap::refresh, refresh_policy()),
      key("snapshot.refresh-ratio", &C::snapshot, &Snap::refresh_ratio, ratio(0.01, 1000)),
      key("snapshot.refresh-min-interval", &C::snapshot, &Snap::refresh_min_interval,
          duration(0s, kLongest)),
      key("snapshot.cut-through", &C::snapshot, &Snap::cut_through, flag()),

      key("limits.clients", kLim, &Lim::clients, count(1, kMany), {.also = {"maxclients"}}),
      key("limits.replicas", kLim, &Lim::replicas, count(1, kMany)),
      key("limits.full-sync-concurrency", kLim, &Lim::full_sync_concurrency, count(0, kMany)),
      key("limits.full-sync-rate", kLim, &Lim::full_sync_rate, size(0)),
      key("limits.request-size", kLim, &Lim::request_size, size(1 * kKiB, 512 * kMiB)),
      key("limits.request-size-unauthenticated", kLim, &Lim::request_size_unauthenticated,
          size(256, 512 * kMiB)),
      key("limits.client-idle-timeout", kLim, &Lim::client_idle_timeout, duration(0s, kLongest)),

      key("replicas.timeout", &C::replicas, &Rep::timeout, duration(kInstant, kLongest)),
      key("replicas.ahead-wait", &C::replicas, &Rep::ahead_wait, duration(0s, kLongest)),
      key("replicas.serve-while-upstream-down", &C::replicas, &Rep::serve_while_upstream_down,
          flag()),

      key("emulated-version", &C::emulated_version, version()),
      key("threads", &C::threads, count_or_auto(kMostThreads),
          {.also = {"io-threads"}, .only_by = kRestart}),
      key("shutdown-delay", &C::shutdown_delay, duration(0s, 24h)),
      key("shutdown-timeout", &C::shutdown_timeout, duration(0s, 24h)),

      key("reload.watch", &C::reload, &C::Reload::watch, flag()),

      key("logging.level", &C::logging, &C::Logging::level, log_level_name(),
          {.also = {"loglevel"}}),
      key("logging.format", &C::logging, &C::Logging::format, log_format_name(),
          {.also = {"log-format"}}),
  };
}

// What operators bring along from redis.conf and the relay has no use for; the reason is the answer
// to "why not?".
struct ForeignName {
  std::string_view name;
  std::string_view reason;
};
constexpr std::string_view kNoDirectory = "name a file with the CAs in it";
constexpr std::string_view kTlsIsFixed = "TLS 1.2 and 1.3 with OpenSSL's own choice of ciphers";
constexpr std::string_view kNeverPromoted = "it is always 0, a relay cannot be promoted";
constexpr std::string_view kHostAndPort = "write upstream.host and upstream.port";
constexpr std::string_view kNoPing =
    "only the master sends PINGs, one byte of our own would shift every replica's offset";
constexpr ForeignName kForeignNames[] = {
    {"repl-ping-replica-period", kNoPing},
    {"repl-ping-slave-period", kNoPing},
    {"repl-disable-tcp-nodelay", "TCP_NODELAY is always on"},
    {"replica-priority", kNeverPromoted},
    {"slave-priority", kNeverPromoted},
    {"replicaof", kHostAndPort},
    {"slaveof", kHostAndPort},
    {"client-output-buffer-limit", "replicas read from the log on disk and have no output buffer"},
    {"logfile", "the log goes to standard error"},
    {"tls-ca-cert-dir", kNoDirectory},
    {"tls-protocols", kTlsIsFixed},
    {"tls-ciphers", kTlsIsFixed},
    {"tls-ciphersuites", kTlsIsFixed},
};

std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {"", path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

std::string join(std::string_view group, std::string_view name) {
  if (group.empty()) return std::string(name);
  return std::string(group).append(".").append(name);
}

// Every spelling of every key, the paths themselves first.
const std::map<std::string, const ConfigKey*, std::less<>>& spellings() {
  static const auto map = [] {
    std::map<std::string, const ConfigKey*, std::less<>> all;
    for (const ConfigKey& key : config_keys()) {
      all.emplace(key.path, &key);
      for (std::string_view name : key.other_names) {
        all.emplace(name, &key);
        all.emplace(join(key.group(), name), &key);
      }
    }
    return all;
  }();
  return map;
}

}  // namespace

std::string_view ConfigKey::group() const { return split(path).first; }
std::string_view ConfigKey::name() const { return split(path).second; }

std::string ConfigKey::shown(const Config& config) const {
  std::string text = print(config);
  return secret && !text.empty() ? "***" : text;
}

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> table = make_table();
  return table;
}

const ConfigKey* find_key(std::string_view path) {
  const auto found = spellings().find(path);
  return found == spellings().end() ? nullptr : found->second;
}

bool is_group(std::string_view path) {
  const auto& keys = config_keys();
  return !path.empty() && std::any_of(keys.begin(), keys.end(),
                                      [&](const ConfigKey& key) { return key.group() == path; });
}

std::optional<NearestKey> nearest_key(std::string_view unknown_path) {
  // A right name in a wrong group is as near as a slip or two, however different the groups are
  // called.
  constexpr std::size_t kWrongGroup = 3;
  const auto parts = split(unknown_path);
  const std::string_view group = parts.first;  // clang 14 lets no lambda have a structured binding
  const std::string_view name = parts.second;

  std::optional<NearestKey> best;
  std::size_t best_distance = 0;
  const auto consider = [&](const std::string& path, const ConfigKey* key) {
    const auto [its_group, its_name] = split(path);
    const std::size_t off = edit_distance(name, its_name);
    if (!is_a_slip(off, its_name)) return;
    const std::size_t distance = off + std::min(edit_distance(group, its_group), kWrongGroup);
    if (best && distance >= best_distance) return;
    best = NearestKey{key, path};
    best_distance = distance;
  };
  // The keys' own paths before their other names, so that those win where both are equally near.
  for (const ConfigKey& key : config_keys()) {
    consider(std::string(key.path), &key);
    if (group.empty() && !key.group().empty()) consider(std::string(key.group()), nullptr);
  }
  for (const auto& [path, key] : spellings()) consider(path, key);
  return best;
}

std::string unknown_key_complaint(std::string_view path) {
  const auto [group, name] = split(path);
  for (const ForeignName& foreign : kForeignNames) {
    if (foreign.name == name)
      return std::string("is not a key of the relay: ").append(foreign.reason);
  }
  const auto nearest = nearest_key(path);
  if (!nearest) return "unknown key";
  const auto [its_group, its_name] = split(nearest->path);
  const std::string meant = its_group == group ? std::string(its_name) : nearest->path;
  return "unknown key, did you mean \"" + meant + "\"?";
}

}  // namespace relay
