// What a data directory holds, all of it verified, and what a start would do with it. Nothing is
// changed: `psync-relay inspect DIR`.
//
//  (1) Every frame of every segment is read, and every snapshot: where a start believes what is
//      sealed until somebody reads it, this does not.
//  (2) What a start would do is found out by starting, on an OverlayFileSystem.
//  (3) A tear at the end of the log is what a kill leaves, and no damage.
//
// Threading: blocking; one thread.
#pragma once

#include "common/base/replid.h"
#include "common/io/file.h"
#include "proxy/history/history.h"
#include "proxy/log/segment_recovery.h"

#include <optional>
#include <string>
#include <vector>

namespace relay {

struct Inspection {
  struct SnapshotFile {
    std::string name;
    Offset offset;  // by its name
    std::uint64_t bytes = 0;
    std::string fault;               // empty: it is what it says it is
    bool checksum_disabled = false;  // only its framing could be checked
  };
  struct Generation {
    std::string name;
    std::string fault;           // of the whole: it cannot be served. Empty: see the parts.
    bool is_incomplete = false;  // its snapshot was never whole; it was arriving
    std::optional<History> history;
    RecoveredLog log;
    std::vector<SnapshotFile> snapshots;

    bool is_damaged() const;
  };

  std::vector<Generation> generations;     // the newest first
  std::vector<std::string> set_aside;      // *.damaged, of earlier starts: generations, segments
  std::vector<std::string> start_changes;  // what a start would do to the files, in order
  std::string start_fault;                 // why a start would fail
  std::string start_uses;                  // the generation that it would go on with; empty: none
  std::string start_asks;                  // its PSYNC, from the master

  bool is_damaged() const;
};

// An error: the directory cannot be read at all.
Result<Inspection> inspect(FileSystem& fs, const std::string& data_dir);

// For people.
std::string describe(const Inspection& found);

}  // namespace relay
