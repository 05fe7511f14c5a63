// Master, relay, replicas: what it means that they agree, and what Kubernetes does to several relays.
#pragma once

#include "tests/support/pod_network.h"
#include "tests/support/redis_server.h"
#include "tests/support/relay_process.h"

#include <functional>
#include <memory>
#include <vector>

namespace relay::test {

// Returns when every replica (and the relay, if one is given) shows the master's replication id and
// offset, and every replica the digest of the master's dataset. The write load must have been
// stopped. Throws, saying who differs.
void wait_until_in_sync(RedisServer& master, const std::vector<RedisServer*>& replicas,
                        RelayProcess* relay = nullptr,
                        std::chrono::milliseconds timeout = kPatience);

// Offsets alone.
void wait_until_caught_up(RedisServer& master, const std::vector<RedisServer*>& replicas,
                          RelayProcess* relay = nullptr,
                          std::chrono::milliseconds timeout = kPatience);

// Replicas in pods of their own, "replica 1" and so on. One that hears nothing gives its link up, as it
// would after a minute by default.
class ReplicasInPods {
 public:
  ReplicasInPods(PodNetwork& network, unsigned count);
  void follow(const Service& service);
  const std::vector<RedisServer*>& all() const { return all_; }
  RedisServer& operator[](std::size_t i) { return *all_[i]; }

 private:
  std::vector<std::unique_ptr<Pod>> pods_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<RedisServer*> all_;
};

// How often each of them was sent everything, over all its starts.
void expect_full_syncs_of_each(const std::vector<RedisServer*>& replicas, unsigned count);

void wait_until_ready(RelayProcess& relay);
std::vector<Endpoint> endpoints_of(const std::vector<RelayProcess*>& relays);

// The rolling update of a StatefulSet: each relay leaves the service, is told to stop, and starts
// again on its volume; the next one's turn comes when it is ready and listed. `meanwhile` is called
// while one is away.
void update_one_after_the_other(Service& service, const std::vector<RelayProcess*>& relays,
                                const std::function<void()>& meanwhile);

}  // namespace relay::test
