// The Status as the API says it: the shapes of openapi.yaml.
//
//  (1) A time is RFC 3339, a duration in seconds, a size in bytes, a place a replication offset.
//  (2) What is not known, or not there now, is null; a member is never left out.
//  (3) Replicas come in the order of who is in most trouble: not online before online, and by lag.
//
// Pure. Threading: any.
#pragma once

#include "proxy/metrics/process_status.h"
#include "proxy/status/log_detail.h"
#include "proxy/status/status.h"

#include <cstddef>
#include <string>
#include <vector>

namespace relay {

std::string status_json(const Status& status, const ProcessStatus& process,
                        std::size_t most_replicas);
std::string log_json(const Status& status, const LogDetail& detail);
std::string snapshots_json(const Status& status);

// "relay-0:6479": the machine, and the port of replicas.
std::string instance_of(const Status& status);
std::string replica_json(const ReplicaStatus& replica);
// `next`: the id of the last one, where there are more; 0: there are not.
std::string replicas_json(std::size_t total, const std::vector<const ReplicaStatus*>& page,
                          std::uint64_t next);

}  // namespace relay
