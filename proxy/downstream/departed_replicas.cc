#include "proxy/downstream/departed_replicas.h"

#include <algorithm>

namespace relay {

void DepartedReplicas::come(const std::string& ip, std::uint16_t port) {
  const Address address{ip, port};
  ++here_[address];
  drop(address);
}

void DepartedReplicas::leave(ReplicaStatus last, Time now, WallTime wall_now) {
  const Address address{last.ip, last.port};
  if (!is_last_here(address)) return;
  drop(address);
  departed_.push_front({{std::move(last), wall_now}, now});
  if (departed_.size() > kMost) departed_.pop_back();
}

void DepartedReplicas::forget(const std::string& ip, std::uint16_t port) {
  (void)is_last_here({ip, port});
}

std::vector<DepartedReplica> DepartedReplicas::since(Duration linger, Time now) const {
  std::vector<DepartedReplica> list;
  for (const Departed& one : departed_) {
    if (now - one.left >= linger) break;
    list.push_back(one.what);
  }
  return list;
}

// One connection less. True if it was the address's last.
bool DepartedReplicas::is_last_here(const Address& address) {
  const auto found = here_.find(address);
  if (found == here_.end()) return true;
  if (--found->second > 0) return false;
  here_.erase(found);
  return true;
}

void DepartedReplicas::drop(const Address& address) {
  std::erase_if(departed_, [&](const Departed& one) {
    return one.what.last.port == address.second && one.what.last.ip == address.first;
  });
}

}  // namespace relay
