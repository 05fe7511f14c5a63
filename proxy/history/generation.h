// A generation: one history with its log and its newest snapshot, in a directory of its own.
//
//     generation-<n>/history                   written last: the generation exists once this file does
//     generation-<n>/log/<base>.segment
//     generation-<n>/snapshot-<offset>.rdb     (+ .partial while it arrives)
//
// Replica sessions hold the generation they were let into, by pointer, until they end; a generation
// that is no longer the current one gets no more bytes.
//
// Threading: the control executor.
#pragma once

#include "proxy/history/history.h"
#include "proxy/log/replication_log.h"
#include "proxy/snapshot/snapshot.h"

#include <memory>
#include <string>

namespace relay {

struct Generation {
  Generation(unsigned n, std::string dir, History of, asio::any_io_executor home,
             asio::any_io_executor disk, FileSystem& fs, const Config::Log& settings,
             StorageHealth& health, LogStart start)
      : number(n),
        directory(std::move(dir)),
        history(std::move(of)),
        log(home, disk, fs, directory + "/log", settings, health, std::move(start)) {}

  const unsigned number;
  const std::string directory;
  History history;
  ReplicationLog log;
  SnapshotPtr
      // whole, or found at start-up and being verified; none: a full sync needs a new one
      snapshot;
};

using GenerationPtr = std::shared_ptr<Generation>;

}  // namespace relay
