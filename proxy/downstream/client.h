// What the relay knows of one connection to its Redis port: who it says it is, what it may do, and,
// if it means to become a replica, how it introduced itself. Plain data: the connection owns it,
// the commands fill it.
#pragma once

#include "proxy/status/status.h"

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace relay {

// What REPLCONF has told us before a PSYNC or SYNC.
struct ReplicaIntroduction {
  std::uint16_t listening_port = 0;
  std::string ip_address;
  std::string version;
  bool capa_eof = false;
  bool capa_psync2 = false;
  bool is_relay = false;  // announced our own capa: it wants to know the chain it would join
  bool rdb_only = false;
};

struct Client {
  std::uint64_t id = 0;
  std::string peer;   // address:port
  std::string local;  // address:port
  std::string name, lib_name, lib_version;
  bool authenticated = false;
  int protocol = 2;
  bool no_evict = false;
  std::chrono::steady_clock::time_point connected, last_command;
  std::string last_command_name;
  std::uint64_t commands = 0;
  bool is_replica = false;  // PSYNC or SYNC was accepted
  bool is_encrypted = false;

  std::set<std::string, std::less<>> channels;
  bool in_multi = false;
  bool multi_failed = false;
  std::vector<std::vector<std::string>> queued;
  std::size_t queued_bytes = 0;

  ReplicaIntroduction introduction;
};

}  // namespace relay
