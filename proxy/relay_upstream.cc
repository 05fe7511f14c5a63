// Whom the relay follows: the configured master, the one that a REPLICAOF or an operator has named, or
// the one that the Sentinels name; and what of that outlives a restart.
#include "common/base/logging.h"
#include "proxy/relay_parts.h"

namespace relay {

// What a remembered choice overrides. With Sentinels it is what they said last, of that name.
Address upstream_of(const Config::Upstream& upstream) {
  if (!upstream.sentinels.empty()) return {"sentinel:" + upstream.sentinel_master, 1};
  return {upstream.host, upstream.port};
}

void Relay::Parts::recall_master() {
  const Address master = recall_upstream(fs, config.data_dir, configured_upstream);
  if (master == configured_upstream) return;
  using By = UpstreamLink::ChosenBy;
  link.follow(master.host, master.port, sentinels.are_wanted() ? By::kSentinel : By::kCommand);
}

// Masters that speak TLS tell Sentinels, which do too, where we are.
std::uint16_t Relay::Parts::announced_port() const {
  const bool in_tls = config.upstream.tls && listener.tls_port() != 0;
  return in_tls ? listener.tls_port() : listener.port();
}

std::string Relay::Parts::follow(const std::string& host, std::uint16_t port) {
  if (sentinels.are_wanted()) {
    return "the Sentinels say who the master is (upstream.sentinels), and would undo it: use "
           "SENTINEL FAILOVER";
  }
  return follow_command(host, port);
}

// Sentinel itself sends it.
std::string Relay::Parts::follow_command(const std::string& host, std::uint16_t port) {
  const Address next{host, port};
  using By = UpstreamLink::ChosenBy;
  link.follow(host, port, next != configured_upstream ? By::kCommand : By::kConfiguration);
  tasks.spawn(remember(UpstreamChoice{configured_upstream, next}));
  return {};
}

asio::awaitable<std::optional<Address>> Relay::Parts::find_master() {
  auto finding = sentinels.find();
  std::optional<Address> found = co_await std::move(finding);
  if (found && (found->host != link.host() || found->port != link.port()) && !stopping) {
    tasks.spawn(remember(UpstreamChoice{configured_upstream, {found->host, found->port}}));
  }
  co_return found;
}

void Relay::Parts::master_is(const Address& master) {
  if (stopping || (master.host == link.host() && master.port == link.port())) return;
  link.follow(master.host, master.port, UpstreamLink::ChosenBy::kSentinel);
  tasks.spawn(remember(UpstreamChoice{configured_upstream, {master.host, master.port}}));
}

asio::awaitable<void> Relay::Parts::remember(UpstreamChoice choice) {
  auto work = [this, &choice] { return remember_upstream(fs, config.data_dir, choice); };
  const auto kept = co_await offload(disk_thread.executor(), work);
  if (!kept) {
    health.count("rename");
    log_error("upstream.choice_not_kept",
              {{"reason", kept.error()},
               {"effect", "after a restart the configured upstream is followed"}});
  }
}

}  // namespace relay
