// Long because: each way a generation begins, changes or ends is an order of steps that a crash may
// cut anywhere, and the orders are read side by side.
#include "proxy/history/generations.h"

#include "common/base/logging.h"
#include "proxy/log/segment_recovery.h"

#include <algorithm>
#include <charconv>

namespace relay {
namespace {

constexpr std::string_view kPrefix = "generation-";
constexpr std::string_view kHistory = "history";

std::string generation_name(unsigned number) {
  return std::string(kPrefix) + std::to_string(number);
}

}  // namespace

std::optional<unsigned> parse_generation_name(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

std::string misplaced_snapshot(const SnapshotAudit& audit, const History& history, Offset offset) {
  if (history.own_ids()) return {};
  const Offset says = audit.repl_offset.value_or(offset);
  if (says == offset && history.holds(audit.repl_id.value_or(history.id()), says)) return {};
  return "it belongs to another history, or to another place of this one";
}

Generations::Generations(asio::any_io_executor home, asio::any_io_executor disk,
                         asio::any_io_executor readers, FileSystem& fs, const Config& config,
                         StorageHealth& health)
    : home_(home),
      disk_(disk),
      readers_(readers),
      fs_(fs),
      data_dir_(config.data_dir),
      health_(health),
      log_settings_(config.log),
      changed_(home),
      tasks_(home) {}

Result<void> Generations::recover() {
  if (auto made = fs_.make_directory(data_dir_); !made) return made;
  auto names = fs_.list(data_dir_);
  if (!names) return names.error();
  std::vector<unsigned> numbers;
  for (const std::string& name : *names) {
    if (const auto number = parse_generation_name(name)) numbers.push_back(*number);
  }
  std::sort(numbers.rbegin(), numbers.rend());
  if (!numbers.empty()) next_number_ = numbers.front() + 1;

  // The newest sound one is used. An older one beside it was about to be dropped when the process
  // ended.
  for (const unsigned number : numbers) {
    const std::string directory = data_dir_ + "/" + generation_name(number);
    if (!current_) {
      auto generation = load(number, directory);
      if (!generation) return generation.error();
      if (*generation) adopt(std::move(*generation));
      continue;
    }
    if (auto removed = fs_.remove_tree(directory); !removed) {
      log_warn("generation.leftover", {{"path", directory}, {"reason", removed.error()}});
    }
  }
  return {};
}

// Null where the directory holds nothing that can be served, which was said: it is set aside where
// it was damaged, removed where it never was whole.
Result<GenerationPtr> Generations::load(unsigned number, const std::string& directory) {
  const auto set_aside = [&](std::string_view why) -> GenerationPtr {
    const std::string aside = directory + ".damaged";
    log_error("generation.damaged",
              {{"path", directory},
               {"reason", why},
               {"effect", "set aside as .damaged; the master is asked for a full sync"}});
    (void)fs_.remove_tree(aside);
    (void)fs_.rename(directory, aside);
    return nullptr;
  };
  const auto of_a_later_version = [&]() -> Result<GenerationPtr> {
    log_error("generation.unsupported",
              {{"path", directory}, {"reason", "a later version of the relay wrote it"}});
    return make_error_code(DataError::kUnsupported);
  };

  const auto text = read_file(fs_, directory + "/" + std::string(kHistory));
  if (!text) {
    if (text.error() == boost::system::errc::no_such_file_or_directory) {
      log_info(
          "generation.incomplete",
          {{"path", directory}, {"reason", "its snapshot was never whole"}, {"effect", "removed"}});
      if (auto removed = fs_.remove_tree(directory); !removed) {
        log_warn("generation.leftover", {{"path", directory}, {"reason", removed.error()}});
      }
      return GenerationPtr();
    }
    return set_aside("cannot read its history: " + text.error().message());
  }
  auto history = History::decode(*text);
  if (history.has_error() && history.error() == DataError::kUnsupported) {
    return of_a_later_version();
  }
  if (!history) return set_aside("its history is " + history.error().message());

  auto log = recover_log(fs_, directory + "/log");
  if (log.has_error() && log.error() == DataError::kUnsupported) return of_a_later_version();
  if (!log) return set_aside("cannot read its log: " + log.error().message());
  for (const std::string& incident : log->incidents) {
    log_warn("log.recovered", {{"path", directory}, {"incident", incident}});
  }
  const bool usable = !log->empty() && log->boundary >= log->begin;
  const SnapshotPtr snapshot =
      find_snapshot(directory, history->id(), usable ? log->begin : history->start());
  LogStart start;
  if (usable) {
    start = {log->boundary, log->segments};
  } else if (snapshot) {
    // The log is gone, but the snapshot says where it stood; the master is asked for the bytes from
    // there again.
    start = {snapshot->offset(), {}};
  } else {
    return set_aside("neither its log nor its snapshot can be used");
  }
  history->forget_before(usable ? log->begin : start.at);

  auto generation =
      std::make_shared<Generation>(number, directory, std::move(*history), home_, disk_, fs_,
                                   log_settings_, health_, std::move(start));
  generation->snapshot = snapshot;
  log_info("generation.recovered", {{"path", directory},
                                    {"replid", generation->history.id()},
                                    {"begin", generation->log.begin()},
                                    {"end", generation->log.end()},
                                    {"snapshot", snapshot ? "being verified" : "none"}});
  return generation;
}

SnapshotPtr Generations::find_snapshot(const std::string& directory, const ReplId& id,
                                       Offset log_begin) {
  const auto names = fs_.list(directory);
  if (!names) return nullptr;
  SnapshotPtr newest;
  for (const std::string& name : *names) {  // sorted, and the digits are of one length
    const auto offset = parse_snapshot_name(name);
    const bool ours = name.starts_with("snapshot-");
    if (!ours) continue;
    if (!offset || *offset < log_begin) {
      (void)fs_.remove(directory + "/" + name);
      continue;
    }
    auto file = fs_.open(directory + "/" + name);
    if (!file) {
      log_warn("snapshot.unreadable", {{"path", directory + "/" + name}, {"reason", file.error()}});
      continue;
    }
    if (newest) (void)fs_.remove(directory + "/" + snapshot_name(newest->offset()));
    newest = std::make_shared<Snapshot>(home_, id, *offset, Snapshot::State::kVerifying);
    newest->opened(std::move(*file));
  }
  return newest;
}

void Generations::adopt(GenerationPtr generation) {
  current_ = std::move(generation);
  if (current_->snapshot) current_->log.pin(current_->snapshot->offset());
  if (running_) tasks_.spawn(follow(current_));
}

asio::awaitable<void> Generations::run() {
  running_ = true;
  if (current_) {
    tasks_.spawn(follow(current_));
    if (current_->snapshot) tasks_.spawn(verify_found(current_));
  }
  while (!stopping_) co_await changed_.wait();
  co_await tasks_.join();
  running_ = false;
}

void Generations::stop() {
  stopping_ = true;
  if (current_) current_->log.stop();
  changed_.wake_all();
}

asio::awaitable<void> Generations::follow(GenerationPtr generation) {
  co_await generation->log.run();
}

// A file that was whole when it was named may have rotted since, or have been taken past a place
// where the history then changed (a crash came before it was removed). Until it has been read
// through once, nobody is served from it.
asio::awaitable<void> Generations::verify_found(GenerationPtr generation) {
  const SnapshotPtr snapshot = generation->snapshot;
  const std::shared_ptr<File> file = snapshot->file();
  auto work = [file] { return audit_snapshot(*file); };
  SnapshotAudit audit = co_await offload(readers_, work);
  if (audit.fault.empty()) {
    audit.fault = misplaced_snapshot(audit, generation->history, snapshot->offset());
  }
  if (audit.fault.empty()) {
    const auto taken = audit.taken ? std::chrono::system_clock::from_time_t(*audit.taken)
                                   : std::chrono::system_clock::now();
    snapshot->complete(audit.size, audit.checksum_disabled, taken, audit.checksum);
    log_info("snapshot.verified", {{"offset", snapshot->offset()}, {"bytes", audit.size}});
  } else {
    ++failures_["verify"];
    log_error("snapshot.damaged",
              {{"offset", snapshot->offset()},
               {"reason", audit.fault},
               {"effect", "removed; a fresh one is fetched when it is needed"}});
    snapshot->fail(audit.fault);
    if (generation->snapshot == snapshot) {  // else the name may be another's by now
      generation->snapshot.reset();
      generation->log.pin(std::nullopt);
      co_await remove_file(generation->directory + "/" + snapshot_name(snapshot->offset()));
    }
  }
  changed_.wake_all();
}

asio::awaitable<void> Generations::remove_file(std::string path) {
  auto work = [this, &path] { return fs_.remove(path); };
  const auto removed = co_await offload(disk_, work);
  if (!removed) log_warn("snapshot.leftover", {{"path", path}, {"reason", removed.error()}});
}

void Generations::tick(bool refresh_is_coming) {
  if (arriving_)
    arriving_->pace.note(arriving_->snapshot->received(), std::chrono::steady_clock::now());
  if (!current_ || !current_->log.is_pinned_over_budget()) return;
  // A transfer that is under way will move the pin; it is given a quarter of the budget more to get
  // there.
  const bool hopeless = current_->log.disk_bytes() > log_settings_.max_size / 4 * 5;
  if ((arriving_ || refresh_is_coming) && !hopeless) return;
  if (current_->snapshot && !stopping_) {
    drop_snapshot("the log after it has outgrown log.max-size");
  }
}

void Generations::drop_snapshot(std::string_view why) {
  const SnapshotPtr dropped = std::exchange(current_->snapshot, nullptr);
  log_warn("snapshot.dropped", {{"offset", dropped->offset()},
                                {"reason", why},
                                {"effect", "the next full sync needs a new one from the master"}});
  tasks_.spawn(remove_file(current_->directory + "/" + snapshot_name(dropped->offset())));
  current_->log.pin(std::nullopt);
  changed_.wake_all();
}

void Generations::reconfigure(const Config& config) {
  log_settings_.max_size = config.log.max_size;
  log_settings_.max_age = config.log.max_age;
  log_settings_.fsync = config.log.fsync;
  log_settings_.fsync_interval = config.log.fsync_interval;
  if (current_) {
    current_->log.set_limits(config.log.max_size, config.log.max_age, config.log.fsync,
                             config.log.fsync_interval);
  }
}

asio::awaitable<void> Generations::begin_arrival(ReplId id, Offset offset, bool new_history,
                                                 bool own_ids) {
  RELAY_CHECK(!arriving_);
  auto arrival = std::make_unique<Arrival>();
  arrival->pace.begin(std::chrono::steady_clock::now());
  arrival->new_history = new_history;
  arrival->own_ids = own_ids;
  arrival->generation = new_history ? next_number_++ : current_->number;
  arrival->directory =
      new_history ? data_dir_ + "/" + generation_name(arrival->generation) : current_->directory;
  arrival->snapshot = std::make_shared<Snapshot>(home_, id, offset, Snapshot::State::kArriving);
  arrival->spool = std::make_unique<SnapshotSpool>(disk_, fs_, health_, arrival->directory,
                                                   arrival->snapshot, !own_ids);
  arriving_ = std::move(arrival);
  changed_.wake_all();
  co_await arriving_->spool->open();
}

asio::awaitable<void> Generations::complete_arrival() {
  Arrival& arrival = *arriving_;
  const SnapshotPtr snapshot = arrival.snapshot;
  const GenerationPtr before = current_;

  if (!arrival.new_history) {
    // The link may have moved to another history meanwhile; then this snapshot belongs to nobody.
    const auto still_ours = [&] {
      return current_ == before && current_->number == arrival.generation &&
             current_->history.holds(snapshot->id(), snapshot->offset()) &&
             snapshot->offset() >= current_->log.begin();
    };
    if (!still_ours()) throw SpoolError("receive", "the history changed while it arrived");
    co_await arrival.spool->finish();
    if (!still_ours()) throw SpoolError("receive", "the history changed while it arrived");
    const SnapshotPtr old = std::exchange(current_->snapshot, snapshot);
    current_->log.pin(snapshot->offset());
    ++refreshes_;
    if (old && old->offset() != snapshot->offset()) {
      tasks_.spawn(remove_file(current_->directory + "/" + snapshot_name(old->offset())));
    }
  } else {
    // The order that makes it safe: the snapshot whole under its name, then the history file, by
    // which the generation exists, then the old generation's end. A crash before the history file
    // leaves the old one; after it, the new one.
    co_await arrival.spool->finish();
    History history(snapshot->id(), snapshot->offset(), arrival.own_ids);
    auto commit = [this, &arrival, &history]() -> Result<void> {
      if (auto synced = fs_.sync_directory(data_dir_); !synced) return synced;
      return replace_file(fs_, arrival.directory, std::string(kHistory), history.encode());
    };
    const auto committed = co_await offload(disk_, commit);
    if (!committed) {
      health_.count("rename");
      throw SpoolError("write", "cannot store the history: " + committed.error().message());
    }
    auto generation = std::make_shared<Generation>(
        arrival.generation, arrival.directory, std::move(history), home_, disk_, fs_, log_settings_,
        health_, LogStart{snapshot->offset(), {}});
    generation->snapshot = snapshot;
    const GenerationPtr old = current_;
    adopt(std::move(generation));
    if (stopping_) current_->log.stop();
    if (old) {
      old->log.abandon();
      tasks_.spawn(retire(old));
      if (on_history_change) on_history_change(*old, true);
    }
  }
  log_info(
      "snapshot.whole",
      {{"replid", snapshot->id()},
       {"offset", snapshot->offset()},
       {"bytes", snapshot->received()},
       {"checksum", snapshot->checksum_disabled() ? "switched off by the master" : "verified"}});
  arriving_.reset();
  changed_.wake_all();
}

asio::awaitable<void> Generations::retire(GenerationPtr generation) {
  // Its log's last job may still be running; the directory goes after it, since the disk thread
  // takes things in order.
  auto work = [this, &generation] { return fs_.remove_tree(generation->directory); };
  while (generation->log.is_running()) co_await generation->log.progress().wait();
  const auto removed = co_await offload(disk_, work);
  if (!removed) {
    log_warn("generation.leftover", {{"path", generation->directory}, {"reason", removed.error()}});
  }
}

asio::awaitable<void> Generations::abandon_arrival(std::string stage, std::string why) {
  if (!arriving_) co_return;
  ++failures_[stage];
  const std::unique_ptr<Arrival> arrival = std::move(arriving_);
  log_warn("snapshot.failed", {{"stage", stage},
                               {"reason", why},
                               {"received", arrival->snapshot->received()},
                               {"effect", current_ ? "what is held goes on being served"
                                                   : "nothing can be served yet"}});
  arrival->snapshot->fail(why);
  changed_.wake_all();
  co_await arrival->spool->fail(why);
  if (arrival->new_history) {
    auto work = [this, &arrival] { return fs_.remove_tree(arrival->directory); };
    const auto removed = co_await offload(disk_, work);
    if (!removed) {
      log_warn("generation.leftover", {{"path", arrival->directory}, {"reason", removed.error()}});
    }
  }
}

void Generations::continue_as(const ReplId& id) {
  History& history = current_->history;
  ReplicationLog& log = current_->log;
  const Offset at = log.boundary();
  const ReplId before = history.id();
  const std::uint64_t torn = log.end().since(at);
  history.forget_before(log.begin());
  history.shift(id, at);
  const SnapshotPtr snapshot = current_->snapshot;
  const bool past_the_cut = snapshot && !history.holds(snapshot->id(), snapshot->offset());
  auto record = [this, directory = current_->directory, text = history.encode(),
                 obsolete = past_the_cut ? snapshot_name(snapshot->offset()) : std::string()] {
    // It goes first, for good: found beside the new id, it would pass for one of that history.
    if (!obsolete.empty()) {
      if (auto removed = fs_.remove(directory + "/" + obsolete); !removed) return removed;
      if (auto synced = fs_.sync_directory(directory); !synced) return synced;
    }
    return replace_file(fs_, directory, std::string(kHistory), text);
  };
  log.cut_back(at, record);
  log_info("history.continued", {{"replid", id},
                                 {"previous", before},
                                 {"at", at},
                                 {"torn_bytes", torn},
                                 {"effect", "replicas reconnect to learn the new id"}});
  if (past_the_cut) drop_snapshot("it was taken past the place where the history changed");
  if (on_history_change) on_history_change(*current_, false);
  changed_.wake_all();
}

void Generations::set_aside(const GenerationPtr& generation, Offset segment) {
  health_.count("read");
  generation->log.set_aside(segment);
  if (generation == current_ && current_->snapshot &&
      current_->snapshot->offset() < current_->log.begin()) {
    drop_snapshot("the log after it is damaged");
  }
  changed_.wake_all();
}

}  // namespace relay
