// The generations on disk and in memory: which one is current, which snapshot is arriving, and the
// few events that change either.
//
//  (1) The current generation changes only when the new one's snapshot is whole and its history
//      file is on disk. Until then the old one is served; a transfer that fails costs nobody
//      anything.
//  (2) At most one snapshot arrives at a time: for a new history (the link got +FULLRESYNC), or for
//      the current one (a refresh).
//  (3) +CONTINUE with a new id extends the current generation: cut back to the boundary, then the
//      new id on disk, then new bytes.
//  (4) Whatever is found at start-up is used as far as it is sound; what is not is set aside under
//      ".damaged" and said.
//
// Events go to whoever registered: sessions leave when their history has changed, waiting ones look
// again.
//
// Threading: the control executor; recover() before it runs.
#pragma once

#include "common/base/transfer_pace.h"
#include "common/io/notifier.h"
#include "common/io/offload.h"
#include "common/io/task_group.h"
#include "proxy/config/config.h"
#include "proxy/history/generation.h"
#include "proxy/snapshot/snapshot_spool.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace relay {

// A transfer from the master on its way to become a generation, or the current one's new snapshot.
struct Arrival {
  SnapshotPtr snapshot;
  TransferPace pace;
  std::unique_ptr<SnapshotSpool> spool;
  bool new_history = false;
  bool own_ids = false;
  unsigned generation = 0;
  std::string directory;
};

// The number in a name like "generation-12"; none for any other name.
std::optional<unsigned> parse_generation_name(std::string_view name);

// Why a snapshot that is sound in itself is none of this history at `offset`; empty if it is.
std::string misplaced_snapshot(const SnapshotAudit& audit, const History& history, Offset offset);

class Generations {
 public:
  Generations(asio::any_io_executor home, asio::any_io_executor disk, asio::any_io_executor readers,
              FileSystem& fs, const Config& config, StorageHealth& health);

  // What is in the data directory. Blocking; once, before anything runs. An error: the directory
  // cannot be used at all, or (kUnsupported) a later version wrote it, for which it is left as it
  // is.
  Result<void> recover();

  asio::awaitable<void> run();  // returns after stop(), when the log is stored
  void stop();
  bool is_running() const { return running_; }
  // Each second: retention that only the snapshot's pin prevents.
  void tick(bool refresh_is_coming);
  void reconfigure(const Config& config);

  const GenerationPtr& current() const { return current_; }
  const Arrival* arriving() const { return arriving_.get(); }

  // Transfers. A second one while one is arriving is a mistake of ours.
  asio::awaitable<void> begin_arrival(ReplId id, Offset offset, bool new_history, bool own_ids);
  Arrival& arrival() { return *arriving_; }
  asio::awaitable<void> complete_arrival();
  asio::awaitable<void> abandon_arrival(std::string stage, std::string why);

  // The master goes on from our boundary under another id.
  void continue_as(const ReplId& id);

  // A reader found a damaged place in the current log.
  void set_aside(const GenerationPtr& generation, Offset segment);

  // Woken by every change above: those who wait for something to serve look again.
  Notifier& changed() { return changed_; }
  // Called when the sessions of a generation must end, so that their replicas come back and learn
  // the new id: it goes on under another id, or (`ended`) it is no longer the current one.
  std::function<void(const Generation& which, bool ended)> on_history_change;

  const std::map<std::string, std::uint64_t>& snapshot_failures() const { return failures_; }
  // One that was asked for and did not even begin to arrive.
  void count_failure(const std::string& stage) { ++failures_[stage]; }
  std::uint64_t refreshes() const { return refreshes_; }
  FileSystem& file_system() { return fs_; }
  asio::any_io_executor disk() const { return disk_; }
  asio::any_io_executor readers() const { return readers_; }
  StorageHealth& health() { return health_; }

 private:
  Result<GenerationPtr> load(unsigned number, const std::string& directory);
  SnapshotPtr find_snapshot(const std::string& directory, const ReplId& id, Offset log_begin);
  void adopt(GenerationPtr generation);
  asio::awaitable<void> follow(GenerationPtr generation);
  asio::awaitable<void> retire(GenerationPtr generation);
  asio::awaitable<void> verify_found(GenerationPtr generation);
  asio::awaitable<void> remove_file(std::string path);
  void drop_snapshot(std::string_view why);

  // Fixed after construction.
  const asio::any_io_executor home_;
  const asio::any_io_executor disk_;
  const asio::any_io_executor readers_;
  FileSystem& fs_;
  const std::string data_dir_;
  StorageHealth& health_;

  // The control executor's.
  Config::Log log_settings_;
  GenerationPtr current_;
  std::unique_ptr<Arrival> arriving_;
  unsigned next_number_ = 1;
  bool running_ = false;
  bool stopping_ = false;
  std::map<std::string, std::uint64_t> failures_ = {{"receive", 0}, {"verify", 0}, {"write", 0}};
  std::uint64_t refreshes_ = 0;
  Notifier changed_;
  TaskGroup tasks_;
};

}  // namespace relay
