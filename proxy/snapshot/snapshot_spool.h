// The spool: writes one arriving snapshot to disk and finds out whether it is what the master meant
// to send.
//
//  (1) A snapshot's name without ".partial" exists only when all of it is stored, synced and
//      verified: framing, CRC64 where the master wrote one, and the id and offset in its own AUX
//      fields against those of the +FULLRESYNC line. A replica that restarts continues from its AUX
//      fields, so they must be true.
//  (2) What is written is synced as it goes, so that the last sync is short and the page cache
//      holds little that is dirty.
//  (3) A failure fails the Snapshot (its readers leave) and removes the file.
//
// Used by one transfer; write(), finish() and fail() one at a time. Threading: the control
// executor; the work is done on the disk thread.
#pragma once

#include "common/io/offload.h"
#include "proxy/log/storage_health.h"
#include "proxy/snapshot/rdb_verifier.h"
#include "proxy/snapshot/snapshot.h"

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace relay {

// The transfer cannot go on. `stage` is the metric's: receive, verify, write.
struct SpoolError : std::runtime_error {
  SpoolError(std::string_view at_stage, const std::string& what)
      : std::runtime_error(what), stage(at_stage) {}
  std::string_view stage;
};

std::string snapshot_name(Offset offset);  // "snapshot-<offset>.rdb"
// The offset in such a name, none for any other name.
std::optional<Offset> parse_snapshot_name(std::string_view name);

class SnapshotSpool {
 public:
  // `check_aux`: false for a stream under ids of our own, which the master's AUX fields know
  // nothing of.
  SnapshotSpool(asio::any_io_executor disk, FileSystem& fs, StorageHealth& health,
                std::string directory, SnapshotPtr snapshot, bool check_aux);

  asio::awaitable<void> open();
  // Stores these pieces, one behind the other. The bytes must stay where they are until it returns.
  asio::awaitable<void> write(std::span<const std::string_view> pieces);
  asio::awaitable<void> finish();
  asio::awaitable<void> fail(std::string why);

  const SnapshotPtr& snapshot() const { return snapshot_; }
  std::string path() const { return directory_ + "/" + snapshot_name(snapshot_->offset()); }

 private:
  Result<void> store(std::span<const std::string_view> pieces);
  Result<void> name_it();
  std::string verify();
  std::string aux_fault() const;

  const asio::any_io_executor disk_;
  FileSystem& fs_;
  StorageHealth& health_;
  const std::string directory_;
  const SnapshotPtr snapshot_;
  const bool check_aux_;

  // The disk thread's, while a call runs.
  RdbVerifier verifier_;
  std::uint64_t stored_ = 0;
  std::uint64_t unsynced_ = 0;
  bool checksum_disabled_ = false;
  std::uint64_t checksum_ = 0;
  bool named_ = false;
};

// Reads a whole snapshot file and says what is wrong with it; empty if nothing is. For files found
// at start-up. On a disk thread.
struct SnapshotAudit {
  std::string fault;
  std::uint64_t size = 0;
  bool checksum_disabled = false;
  std::uint64_t checksum = 0;
  // What it says of itself; whether that is what its name says is the caller's to judge.
  std::optional<ReplId> repl_id;
  std::optional<Offset> repl_offset;
  std::optional<std::uint32_t> taken;  // seconds since 1970
};
SnapshotAudit audit_snapshot(File& file);

}  // namespace relay
