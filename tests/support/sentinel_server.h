// A real Sentinel that watches one master, called "fleet". Alone it is its own quorum. It is slow to
// judge until it is told otherwise, so that a busy machine is not taken for a dead master.
//
// Threading: the test's main thread.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/redis_client.h"
#include "tests/support/reserved_port.h"
#include "tests/support/temp_dir.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace relay::test {

class SentinelServer {
 public:
  explicit SentinelServer(std::uint16_t master, const std::string& password = "");

  std::uint16_t port() const { return port_.number(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }
  ChildProcess& process() { return *process_; }
  RedisClient client() const { return RedisClient(port(), password_); }

  void start();  // again; what it has learnt is in its file
  void kill() { process_->kill(); }
  void judge_quickly() const;
  std::string master_port() const;                 // where it says that the master is
  std::vector<std::string> replica_ports() const;  // of the replicas that it knows

 private:
  TempDir dir_;
  ReservedPort port_;
  std::string password_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace relay::test
