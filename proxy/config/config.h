// The relay's configuration: parsed once, checked once, then data. Every member is a key of
// config.example.yaml, where its meaning, caveat and default are written for the operator; the
// defaults below are the only ones in code.
//
// A Config is a value. A reload makes a new one and hands over whole; nobody edits one in place.
#pragma once

#include "common/base/logging.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace relay {

using namespace std::chrono_literals;

using Duration = std::chrono::milliseconds;

constexpr std::uint64_t kMiB = 1024 * 1024;

enum class FsyncPolicy { kNo, kInterval, kAlways };

// What REPLCONF ACK means: `received | durable | replicas:N`.
struct AckPolicy {
  enum class Kind { kReceived, kDurable, kReplicas };
  Kind kind = Kind::kReceived;
  unsigned replicas = 0;  // with kReplicas: the N-th best ack of the replicas behind us
  bool operator==(const AckPolicy&) const = default;
};

enum class RefreshPolicy { kAuto, kOnDemand, kNever };

enum class PerReplicaMetrics { kAuto, kOn, kOff };

// Whether replicas and clients must show a certificate.
enum class AuthClients { kNo, kOptional, kYes };

// A file that the configuration names, and what it held when that was read.
struct FileText {
  std::string path;
  std::string text;
  bool operator==(const FileText&) const = default;
};

struct Config {
  struct Upstream {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6379;
    std::string username;
    std::string password;
    std::string password_file;
    std::string sentinels;  // HOST:PORT, with commas between; "": none, `host` is the master
    std::string sentinel_master = "mymaster";
    std::string sentinel_username;
    std::string sentinel_password;
    std::string sentinel_password_file;
    bool sentinel_tls = false;
    bool tls = false;
    FileText tls_ca_file;    // "": the system's CAs
    FileText tls_cert_file;  // ours, for a master that asks for one
    FileText tls_key_file;
    std::string tls_server_name;  // "": the host
    bool tls_skip_verify = false;
    AckPolicy ack;
    bool send_fack = false;
    std::string announce_ip;          // "": none is sent and the master shows our peer address
    std::uint16_t announce_port = 0;  // 0: the port we listen on
    std::string version;              // REPLCONF version, "" = not sent
    bool ask_min_replicas = true;     // on a second connection
    Duration connect_timeout = 5s;
    Duration reply_timeout = 5s;  // one line of the handshake
    Duration timeout = 60s;       // silence, in every later phase (repl-timeout)
    Duration backoff_min = 100ms;
    Duration backoff_max = 5s;
    std::string command_ping = "PING";
    std::string command_auth = "AUTH";
    std::string command_replconf = "REPLCONF";
    std::string command_psync = "PSYNC";
    std::string command_sync = "SYNC";
    bool operator==(const Upstream&) const = default;
  } upstream;

  struct Listen {
    std::string address = "127.0.0.1";
    std::uint16_t port = 6479;
    bool plain = true;
    std::uint16_t tls_port = 0;  // 0: none
    FileText tls_cert_file;
    FileText tls_key_file;
    FileText tls_ca_file;
    AuthClients tls_auth_clients = AuthClients::kYes;
    std::string password;
    std::string password_file;
    unsigned backlog = 4096;
    Duration tcp_keepalive = 60s;     // 0: off
    Duration tcp_user_timeout = 60s;  // 0: the system's
    bool operator==(const Listen&) const = default;
  } listen;

  struct Http {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8479;
    bool operator==(const Http&) const = default;
  } http;

  struct Admin {
    std::string socket;   // "": admin.sock in the data directory; "none": there is none
    std::string address;  // "": not over TCP
    std::uint16_t port = 8480;
    std::string token;
    std::string token_file;
    std::string allowed_hosts;  // names, with commas between
    bool operator==(const Admin&) const = default;
  } admin;

  struct Metrics {
    PerReplicaMetrics per_replica = PerReplicaMetrics::kAuto;
    unsigned max_series = 500;       // replicas with series of their own, with kAuto
    Duration replica_linger = 5min;  // how long those of one that left stay
    unsigned replicas_expected = 0;  // 0: not said
    bool operator==(const Metrics&) const = default;
  } metrics;

  std::string data_dir = "./psync-relay-data";

  struct Log {
    std::uint64_t max_size = 1024 * kMiB;
    Duration max_age = 0s;  // 0: by size alone
    std::uint64_t segment_size = 64 * kMiB;
    std::uint64_t memory = 32 * kMiB;
    std::uint64_t memory_hard = 64 * kMiB;
    FsyncPolicy fsync = FsyncPolicy::kInterval;
    Duration fsync_interval = 1s;
    bool direct_io = true;
    bool operator==(const Log&) const = default;
  } log;

  struct Snapshot {
    RefreshPolicy refresh = RefreshPolicy::kAuto;
    double refresh_ratio = 4.0;
    Duration refresh_min_interval = 15min;
    bool cut_through = true;
    bool operator==(const Snapshot&) const = default;
  } snapshot;

  struct Limits {
    unsigned clients = 10000;
    unsigned replicas = 5000;
    unsigned full_sync_concurrency = 64;  // 0: no limit
    std::uint64_t full_sync_rate = 0;     // bytes per second in all, 0: no limit
    std::uint64_t request_size = 1 * kMiB;
    std::uint64_t request_size_unauthenticated = 16 * 1024;
    Duration client_idle_timeout = 0s;  // connections that are not replicas, 0: none
    bool operator==(const Limits&) const = default;
  } limits;

  struct Replicas {
    Duration timeout = 60s;  // silence of an online replica, or a transfer without progress
    Duration ahead_wait =
        60s;  // how long one that is ahead of us is held before it gets a full sync
    bool serve_while_upstream_down = true;
    bool operator==(const Replicas&) const = default;
  } replicas;

  std::string emulated_version = "7.0.15";  // redis_version in INFO: clients choose features by it
  unsigned threads = 0;  // that send to replicas; 0: one for each processor that we may use
  Duration shutdown_delay = 0s;
  Duration shutdown_timeout = 10s;

  struct Reload {
    bool watch = true;  // the files of the configuration, and reload when one changes
    bool operator==(const Reload&) const = default;
  } reload;

  struct Logging {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kLogfmt;
    bool operator==(const Logging&) const = default;
  } logging;

  bool operator==(const Config&) const = default;
};

}  // namespace relay
