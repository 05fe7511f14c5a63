// Replicas that have left, as they were when they did: so that what is shown of one does not vanish
// with its connection, just when somebody wants to know.
//
//  (1) A replica is known by the address that it announces, since each connection of it has another
//      port. One that is here, on whatever connection, has not departed.
//  (2) At most kMost are kept, the last to leave; older ones give way.
//
// Plain data, the clock is passed in. Threading: the control executor.
#pragma once

#include "proxy/config/config.h"
#include "proxy/status/status.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace relay {

class DepartedReplicas {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMost = 1000;

  // Each call of come() is followed by one of leave(), or of forget() where nobody is to miss it.
  void come(const std::string& ip, std::uint16_t port);
  void leave(ReplicaStatus last, Time now, WallTime wall_now);
  void forget(const std::string& ip, std::uint16_t port);

  // Those that left less than `linger` ago, the last one first.
  std::vector<DepartedReplica> since(Duration linger, Time now) const;

 private:
  using Address = std::pair<std::string, std::uint16_t>;
  struct Departed {
    DepartedReplica what;
    Time left;
  };

  bool is_last_here(const Address& address);
  void drop(const Address& address);

  std::map<Address, unsigned> here_;  // connections
  std::deque<Departed> departed_;     // the last one first
};

}  // namespace relay
