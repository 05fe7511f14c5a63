#include "proxy/config/config_rules.h"

#include "common/base/bytes.h"
#include "common/base/duration.h"
#include "proxy/config/tls_terms.h"

#include <tuple>

namespace relay {
namespace {

// Of masters, as they come: repl-ping-replica-period.
constexpr Duration kMastersPing = 10s;

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

void at_most(std::vector<BrokenRule>& broken, std::string_view key, std::uint64_t value,
             std::string_view other, std::uint64_t limit) {
  if (value <= limit) return;
  broken.push_back({key, other,
                    format_bytes(value) + " is more than " + std::string(other) + " (" +
                        format_bytes(limit) + ")"});
}

// The keys whose files make a context.
struct TlsKeys {
  std::string_view ca, certificate, key;
};

// Whether the files are what they are taken for is seen by making what they are for.
void can_be_made(std::vector<BrokenRule>& broken, const TlsTerms& terms, const TlsKeys& keys) {
  try {
    const TlsContext context(terms);
  } catch (const TlsFault& fault) {
    switch (fault.part) {
      case TlsFault::Part::kCa:
        return broken.push_back({keys.ca, keys.ca, fault.what()});
      case TlsFault::Part::kKey:
        return broken.push_back({keys.key, keys.certificate, fault.what()});
      case TlsFault::Part::kCertificate:
      case TlsFault::Part::kConnection:
        return broken.push_back({keys.certificate, keys.key, fault.what()});
    }
  }
}

void check_upstream_tls(std::vector<BrokenRule>& broken, const Config::Upstream& upstream) {
  const bool certificate = !upstream.tls_cert_file.path.empty();
  const bool key = !upstream.tls_key_file.path.empty();
  if (certificate != key) {
    broken.push_back({"upstream.tls-cert-file", "upstream.tls-key-file",
                      "a certificate and its key go together, and one of them is missing"});
  } else if (upstream.tls) {
    can_be_made(broken, tls_terms(upstream),
                {"upstream.tls-ca-file", "upstream.tls-cert-file", "upstream.tls-key-file"});
  }
}

void check_listen_tls(std::vector<BrokenRule>& broken, const Config::Listen& listen) {
  if (!listen.plain && listen.tls_port == 0) {
    broken.push_back(
        {"listen.plain", "listen.tls-port", "no, and no listen.tls-port: nobody could connect"});
  }
  if (listen.tls_port == 0) return;
  const std::size_t before = broken.size();
  if (listen.plain && listen.tls_port == listen.port) {
    broken.push_back({"listen.tls-port", "listen.port",
                      std::to_string(listen.port) + " is the port without TLS too (listen.port); "
                                                    "listen.plain: no gives it to TLS alone"});
  }
  if (listen.tls_cert_file.path.empty() || listen.tls_key_file.path.empty()) {
    broken.push_back({"listen.tls-port", "listen.tls-cert-file",
                      "needs listen.tls-cert-file and listen.tls-key-file"});
  }
  if (listen.tls_auth_clients != AuthClients::kNo && listen.tls_ca_file.path.empty()) {
    broken.push_back({"listen.tls-auth-clients", "listen.tls-ca-file",
                      "needs listen.tls-ca-file, the CA of the clients' certificates; no asks for "
                      "none"});
  }
  if (broken.size() != before) return;
  can_be_made(broken, tls_terms(listen),
              {"listen.tls-ca-file", "listen.tls-cert-file", "listen.tls-key-file"});
}

}  // namespace

std::vector<BrokenRule> broken_rules(const Config& config) {
  std::vector<BrokenRule> broken;
  at_most(broken, "log.segment-size", config.log.segment_size, "log.max-size", config.log.max_size);
  at_most(broken, "log.memory", config.log.memory, "log.memory-hard", config.log.memory_hard);
  at_most(broken, "limits.request-size-unauthenticated", config.limits.request_size_unauthenticated,
          "limits.request-size", config.limits.request_size);
  if (config.upstream.backoff_min > config.upstream.backoff_max) {
    broken.push_back({"upstream.backoff-min", "upstream.backoff-max",
                      format_duration(config.upstream.backoff_min) +
                          " is longer than upstream.backoff-max (" +
                          format_duration(config.upstream.backoff_max) + ")"});
  }
  check_upstream_tls(broken, config.upstream);
  check_listen_tls(broken, config.listen);
  // Where replicas connect.
  std::vector<std::pair<std::string_view, std::uint16_t>> doors;
  if (config.listen.plain) doors.emplace_back("listen.port", config.listen.port);
  if (config.listen.tls_port != 0) doors.emplace_back("listen.tls-port", config.listen.tls_port);
  for (const auto& [key, port] : doors) {
    if (config.http.port != 0 && config.http.port == port &&
        config.http.address == config.listen.address) {
      broken.push_back(
          {"http.port", key,
           std::to_string(port) + " is the port for replicas too (" + std::string(key) + ")"});
    }
    if (config.upstream.sentinels.empty() && port == config.upstream.port &&
        config.listen.address == config.upstream.host) {
      broken.push_back({"upstream.port", key,
                        config.upstream.host + ":" + std::to_string(port) +
                            " is where the relay itself listens (" + std::string(key) + ")"});
    }
  }
  const Config::Admin& admin = config.admin;
  if (!admin.address.empty() && admin.token.empty()) {
    broken.push_back(
        {"admin.address", "admin.token-file",
         "over TCP the admin listener needs admin.token-file: whoever reaches it could "
         "read all data"});
  }
  if (!admin.address.empty() && admin.port != 0) {
    std::vector<std::tuple<std::string_view, std::string, std::uint16_t>> others = {
        {"http.port", config.http.address, config.http.port}};
    for (const auto& [key, port] : doors) others.emplace_back(key, config.listen.address, port);
    for (const auto& [key, address, port] : others) {
      if (admin.port != port || admin.address != address) continue;
      broken.push_back(
          {"admin.port", key,
           std::to_string(port) + " is another port of the relay's (" + std::string(key) + ")"});
    }
  }
  return broken;
}

std::vector<std::string> cautions(const Config& config) {
  std::vector<std::string> found;
  const Config::Upstream& upstream = config.upstream;
  if (upstream.timeout <= kMastersPing) {
    found.push_back(
        "upstream.timeout: " + format_duration(upstream.timeout) +
        " is not longer than a master's PING period (10s); a quiet master's link would be closed "
        "again and again");
  }
  if (!upstream.username.empty() && upstream.password.empty()) {
    found.emplace_back("upstream.username: without upstream.password no AUTH is sent");
  }
  if (upstream.tls && upstream.tls_skip_verify) {
    found.emplace_back(
        "upstream.tls-skip-verify: whoever gets between the relay and the master reads the "
        "password "
        "and all data");
  }
  if (upstream.send_fack && config.log.fsync == FsyncPolicy::kNo) {
    found.emplace_back(
        "upstream.send-fack: with log.fsync no, what WAITAOF counts as synced may be lost with the "
        "machine");
  }
  if (upstream.ack.kind == AckPolicy::Kind::kDurable && config.log.fsync == FsyncPolicy::kNo) {
    found.emplace_back(
        "upstream.ack: with log.fsync no, what is acknowledged as durable may be lost with the "
        "machine");
  }
  if (!config.admin.address.empty() && !is_loopback(config.admin.address)) {
    found.push_back("admin.address: " + config.admin.address +
                    " is open to other machines, and the token crosses the network in clear");
  }
  if (config.listen.password.empty() && !is_loopback(config.listen.address)) {
    found.push_back("listen.address: " + config.listen.address +
                    " is open to other machines and there is no listen.password; who reaches it "
                    "can read all data");
  }
  return found;
}

}  // namespace relay
