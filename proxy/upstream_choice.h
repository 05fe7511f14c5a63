// Which master the link follows at the start: the configured one, or the one that a REPLICAOF named
// later.
//
//  (1) REPLICAOF outlives a restart, for a failover does not end with our process.
//  (2) It is forgotten as soon as the configured upstream itself changes: then the operator has
//      spoken last.
//
// Kept in the data directory as "upstream": the configured address it overrides, and the address in
// force. Threading: blocking; at start-up, and on the disk thread.
#pragma once

#include "common/io/file.h"
#include "proxy/config/addresses.h"

#include <string>

namespace relay {

struct UpstreamChoice {
  Address configured;
  Address in_force;
};

std::string encode(const UpstreamChoice& choice);
// The address in force, or `configured` where nothing is kept, or what is kept overrides another
// one, or cannot be read.
Address recall_upstream(FileSystem& fs, const std::string& data_dir, const Address& configured);
Result<void> remember_upstream(FileSystem& fs, const std::string& data_dir,
                               const UpstreamChoice& choice);

}  // namespace relay
