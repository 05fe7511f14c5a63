// What replica sessions need from the rest of the relay, and the counters they share.
//
// Threading: the control executor.
#pragma once

#include "common/base/repeats.h"
#include "proxy/config/config.h"
#include "proxy/downstream/departed_replicas.h"
#include "proxy/downstream/feeders.h"
#include "proxy/downstream/transfer_budget.h"
#include "proxy/history/generations.h"
#include "proxy/history/resync_decision.h"
#include "proxy/status/duration_histogram.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace relay {

// Why a replica's connection ended: the label of psync_relay_replica_disconnects_total.
enum class Ended {
  kEof,
  kReset,
  kTimeout,  // a transfer without progress
  kAckTimeout,
  kLogTrimmed,  // retention passed it
  kProtocol,    // it lied, or spoke no protocol
  kHistory,     // it must learn a new replication id
  kSnapshot,    // the snapshot it was being sent failed
  kStorage,     // what it needed could not be read
  kAdmin,
  kShutdown,
  kComplete,  // it wanted a snapshot alone, and has it
  kRefused,
};
const char* name_of(Ended reason);
Ended ended_by(const ErrorCode& error);  // what a failed read or write means

struct ReplicaCounters {
  std::uint64_t connects = 0;
  std::uint64_t full_syncs = 0;
  std::uint64_t full_syncs_spared = 0;  // those beyond the first from one snapshot
  std::uint64_t partial_syncs = 0;
  std::map<std::string, std::uint64_t> refusals;     // all known reasons are there from the start
  std::map<std::string, std::uint64_t> disconnects;  // likewise
  std::uint64_t sent_rdb_bytes = 0;
  std::uint64_t sent_cold_bytes = 0;  // of the stream; the feeders count the others
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_reply_bytes = 0;
  std::uint64_t failed_handshakes = 0;  // of TLS
  DurationHistogram full_sync_durations{kFullSyncBounds};
  DepartedReplicas departed;
  Repeats<std::pair<std::string, std::string>> refused_syncs;  // by replica and reason
  ReplicaCounters();
};

struct Serving {
  Generations& generations;
  Feeders& feeders;
  TransferBudget& budget;
  ReplicaCounters& counters;
  std::function<const Config&()> config;
  // What is held and what may still come, for the decision.
  std::function<Situation()> situation;
  // A replica waits for a snapshot that nobody is fetching.
  std::function<void()> want_snapshot;
  // How many sessions there are, for limits.replicas.
  std::function<std::size_t()> replica_count;
  // A replica's ack moved.
  std::function<void()> acked;
};

}  // namespace relay
