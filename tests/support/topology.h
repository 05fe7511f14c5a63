// Master, relay, replicas: what it means that they agree.
#pragma once

#include "tests/support/redis_server.h"
#include "tests/support/relay_process.h"

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

}  // namespace relay::test
