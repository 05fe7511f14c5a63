#include "tests/support/topology.h"

#include <gtest/gtest.h>

namespace relay::test {

namespace {

struct Place {
  std::string id;
  std::string offset;
  bool operator==(const Place&) const = default;
  std::string str() const { return id + ":" + offset; }
};

Place place_in(const InfoFields& info) {
  return {info.at("master_replid"), info.at("master_repl_offset")};
}

// Empty if they agree, or who does not.
std::string who_differs(RedisServer& master, const std::vector<RedisServer*>& replicas,
                        RelayProcess* relay) {
  const auto expected = place_in(master.info());
  if (relay != nullptr) {
    const auto place = place_in(relay->info());
    if (place != expected) return "the relay is at " + place.str() + ", not " + expected.str();
  }
  for (auto* replica : replicas) {
    const auto info = replica->info();
    if (info.at("role") != "slave" || info.at("master_link_status") != "up") {
      return replica->name() + " has no link";
    }
    if (place_in(info) != expected) {
      return replica->name() + " is at " + place_in(info).str() + ", not " + expected.str();
    }
  }
  return "";
}

std::string whose_digest_differs(RedisServer& master, const std::vector<RedisServer*>& replicas) {
  const auto expected = master.digest();
  for (auto* replica : replicas) {
    if (replica->digest() != expected) return "the dataset of " + replica->name() + " differs";
  }
  return "";
}

}  // namespace

void wait_until_caught_up(RedisServer& master, const std::vector<RedisServer*>& replicas,
                          RelayProcess* relay, std::chrono::milliseconds timeout) {
  std::string difference;
  wait_until([&] { return (difference = who_differs(master, replicas, relay)).empty(); }, timeout,
             [&] { return "equal offsets (" + difference + ")"; });
}

void wait_until_in_sync(RedisServer& master, const std::vector<RedisServer*>& replicas,
                        RelayProcess* relay, std::chrono::milliseconds timeout) {
  std::string difference;
  // Keys may still expire, and the master's pings move the offsets: both are tried again until a
  // quiet moment is met.
  wait_until(
      [&] {
        difference = who_differs(master, replicas, relay);
        if (difference.empty()) difference = whose_digest_differs(master, replicas);
        return difference.empty();
      },
      timeout, [&] { return "agreement (" + difference + ")"; });
}

ReplicasInPods::ReplicasInPods(PodNetwork& network, unsigned count) {
  for (unsigned i = 1; i <= count; ++i) {
    pods_.push_back(std::make_unique<Pod>(network));
    servers_.push_back(std::make_unique<RedisServer>(
        "replica " + std::to_string(i),
        RedisOptions{.config = {"repl-timeout 5"}, .pod = pods_.back().get()}));
    all_.push_back(servers_.back().get());
  }
}

void ReplicasInPods::follow(const Service& service) {
  for (auto* replica : all_) replica->follow(service.port(), service.address());
}

void expect_full_syncs_of_each(const std::vector<RedisServer*>& replicas, unsigned count) {
  for (const auto* replica : replicas) {
    EXPECT_EQ(replica->full_syncs_taken(), count) << replica->name();
  }
}

void wait_until_ready(RelayProcess& relay) {
  wait_until([&] { return relay.get("/readyz").status == 200; }, kPatience, "a ready relay");
}

std::vector<Endpoint> endpoints_of(const std::vector<RelayProcess*>& relays) {
  std::vector<Endpoint> all;
  for (const RelayProcess* relay : relays) all.push_back(relay->endpoint());
  return all;
}

void update_one_after_the_other(Service& service, const std::vector<RelayProcess*>& relays,
                                const std::function<void()>& meanwhile) {
  for (RelayProcess* updated : relays) {
    std::vector<RelayProcess*> others = relays;
    std::erase(others, updated);
    service.set_endpoints(endpoints_of(others));
    EXPECT_EQ(updated->stop(), (ExitStatus{0, 0}));
    meanwhile();
    updated->start();
    wait_until_ready(*updated);
    service.set_endpoints(endpoints_of(relays));
  }
}

}  // namespace relay::test
