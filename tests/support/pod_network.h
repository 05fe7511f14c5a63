// Pods on one node: each a network namespace with an address of its own, whose containers share a
// loopback; and a service, one address for several pods.
//
//  (1) The node is a namespace too: nothing of the machine's own network is touched, and all of it
//      is gone with the test, however that ends. While a PodNetwork lives, the test's thread is on
//      the node: threads and programs that it starts are there as well, unless they are put into a
//      pod.
//  (2) Pods reach each other through the node alone, by routes: what a service does to an address
//      on the way is undone on the way back, as kube-proxy does it.
//  (3) It needs root. Where there is none, may_be_made() is false, and the test must say what it
//      has not tested.
//
// Threading: the test's main thread.
#pragma once

#include "tests/support/temp_dir.h"

#include <cstdint>
#include <string>
#include <vector>

namespace relay::test {

class PodNetwork {
 public:
  static bool may_be_made();
  PodNetwork();
  ~PodNetwork();
  PodNetwork(const PodNetwork&) = delete;
  PodNetwork& operator=(const PodNetwork&) = delete;

 private:
  friend class Pod;
  friend class Service;

  // Lines for `ip -batch`, here or in another namespace. Throws, saying what ip said.
  void configure(const std::string& lines, int network = -1) const;
  int descriptor() const { return node_; }
  unsigned next_number() { return ++pods_; }
  unsigned next_service() { return ++services_; }

  TempDir dir_;
  int machine_;  // where the test's thread came from, and goes back to
  int node_;
  unsigned pods_ = 1;
  unsigned services_ = 0;
};

class Pod {
 public:
  explicit Pod(PodNetwork& network);
  ~Pod();
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;

  const std::string& address() const { return address_; }
  int network() const { return network_; }  // for Program::network
  // As when the node's power fails: nothing comes out any more, not even the end of a connection.
  void cut();

 private:
  PodNetwork& node_;
  std::string interface_;
  std::string address_;
  int network_;
};

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

// A ClusterIP. New connections go to the endpoints in turn; those that exist stay where they are.
class Service {
 public:
  explicit Service(PodNetwork& network)
      : network_(network), number_(std::to_string(network.next_service())) {}

  std::string address() const { return "10.96.0." + number_; }
  std::uint16_t port() const { return 6479; }
  void set_endpoints(const std::vector<Endpoint>& endpoints);

 private:
  PodNetwork& network_;
  const std::string number_;
};

}  // namespace relay::test
