#include "proxy/config/config_rules.h"

#include "common/base/bytes.h"
#include "common/base/duration.h"

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
  if (config.http.port != 0 && config.http.port == config.listen.port &&
      config.http.address == config.listen.address) {
    broken.push_back(
        {"http.port", "listen.port",
         std::to_string(config.http.port) + " is the port for replicas too (listen.port)"});
  }
  if (config.listen.port == config.upstream.port && config.listen.address == config.upstream.host) {
    broken.push_back({"upstream.port", "listen.port",
                      config.upstream.host + ":" + std::to_string(config.upstream.port) +
                          " is where the relay itself listens (listen.port)"});
  }
  const Config::Admin& admin = config.admin;
  if (!admin.address.empty() && admin.token.empty()) {
    broken.push_back(
        {"admin.address", "admin.token-file",
         "over TCP the admin listener needs admin.token-file: whoever reaches it could "
         "read all data"});
  }
  if (!admin.address.empty() && admin.port != 0) {
    for (const auto& [key, address, port] :
         {std::tuple("http.port", config.http.address, config.http.port),
          std::tuple("listen.port", config.listen.address, config.listen.port)}) {
      if (admin.port != port || admin.address != address) continue;
      broken.push_back({"admin.port", key,
                        std::to_string(port) + " is another port of the relay's (" + key + ")"});
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
