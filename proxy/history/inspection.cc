#include "proxy/history/inspection.h"

#include "common/base/log_output.h"
#include "common/io/overlay_file_system.h"
#include "proxy/history/generations.h"
#include "proxy/log/storage_health.h"
#include "proxy/snapshot/snapshot_spool.h"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace relay {
namespace {

constexpr std::string_view kDamaged = ".damaged";
constexpr std::string_view kHistory = "/history";

// While it lives, nothing is logged.
class Silence {
 public:
  Silence() : nowhere_(::open("/dev/null", O_WRONLY | O_CLOEXEC)) { set_log_output(nowhere_); }
  ~Silence() {
    set_log_output(kLogToStandardError);
    ::close(nowhere_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  const int nowhere_;
};

Inspection::SnapshotFile look_at_snapshot(FileSystem& fs, const std::string& directory,
                                          const std::string& name, Offset offset,
                                          const std::optional<History>& history) {
  Inspection::SnapshotFile found;
  found.name = name;
  found.offset = offset;
  auto file = fs.open(directory + "/" + name);
  if (!file) {
    found.fault = file.error().message();
    return found;
  }
  const SnapshotAudit audit = audit_snapshot(**file);
  found.bytes = audit.size;
  found.fault = audit.fault;
  found.checksum_disabled = audit.checksum_disabled;
  if (found.fault.empty() && history) found.fault = misplaced_snapshot(audit, *history, offset);
  return found;
}

// Whether a start has anything to go on from: a log, or at least the place where one stood.
bool is_of_use(const Inspection::Generation& generation) {
  const RecoveredLog& log = generation.log;
  if (!log.empty() && log.boundary >= log.begin) return true;
  return std::any_of(generation.snapshots.begin(), generation.snapshots.end(),
                     [&](const Inspection::SnapshotFile& snapshot) {
                       return snapshot.offset >= generation.history->start();
                     });
}

Inspection::Generation look_at_generation(FileSystem& fs, const std::string& data_dir,
                                          const std::string& name) {
  Inspection::Generation found;
  found.name = name;
  const std::string directory = data_dir + "/" + name;
  const auto text = read_file(fs, directory + std::string(kHistory));
  found.is_incomplete =
      text.has_error() && text.error() == boost::system::errc::no_such_file_or_directory;
  if (text.has_error() && !found.is_incomplete) {
    found.fault = "its history cannot be read: " + text.error().message();
  }
  if (text) {
    auto history = History::decode(*text);
    if (history) {
      found.history = std::move(*history);
    } else {
      found.fault = "its history is " + history.error().message();
    }
  }
  // On an overlay of its own: recovery goes on behind what it has repaired.
  OverlayFileSystem overlay(fs);
  auto log = recover_log(overlay, directory + "/log", {.verify_all = true});
  if (log) {
    found.log = std::move(*log);
  } else if (found.fault.empty()) {
    found.fault = "its log cannot be read: " + log.error().message();
  }
  const auto files = fs.list(directory);
  if (!files) {
    found.fault = "it cannot be listed: " + files.error().message();
    return found;
  }
  for (const std::string& file : *files) {
    if (const auto offset = parse_snapshot_name(file)) {
      found.snapshots.push_back(look_at_snapshot(fs, directory, file, *offset, found.history));
    }
  }
  if (found.fault.empty() && found.history && !is_of_use(found)) {
    found.fault = "neither its log nor a snapshot can be used";
  }
  return found;
}

// Segments of a generation, by their names below the data directory.
void look_for_set_aside(FileSystem& fs, const std::string& data_dir,
                        Inspection::Generation& generation, Inspection& found) {
  const std::string log = generation.name + "/log";
  const auto names = fs.list(data_dir + "/" + log);
  if (names.has_error() && names.error() == boost::system::errc::no_such_file_or_directory) return;
  if (!names) {
    if (generation.fault.empty()) {
      generation.fault = "its log cannot be listed: " + names.error().message();
    }
    return;
  }
  for (const std::string& name : *names) {
    if (name.ends_with(kDamaged)) found.set_aside.push_back(log + "/" + name);
  }
}

// As a start does it, on a disk that keeps nothing of it.
void try_a_start(FileSystem& fs, const std::string& data_dir, Inspection& found) {
  OverlayFileSystem overlay(fs);
  boost::asio::io_context never_run;
  StorageHealth health;
  Config config;
  config.data_dir = data_dir;
  const auto home = never_run.get_executor();
  const Silence what_it_says_is_not_so;
  Generations generations(home, home, home, overlay, config, health);
  const auto recovered = generations.recover();
  found.start_changes = overlay.changes();
  if (!recovered) {
    found.start_fault = recovered.error().message();
    return;
  }
  found.start_asks = "PSYNC ? -1";
  if (const GenerationPtr& current = generations.current()) {
    found.start_uses = current->directory.substr(data_dir.size() + 1);
    if (!current->history.own_ids()) {
      found.start_asks = "PSYNC " + std::string(current->history.id().view()) + " " +
                         std::to_string(current->log.boundary().to_psync());
    }
  }
}

std::string range(const RecoveredLog& log) {
  return "offsets " + std::to_string(log.begin.bytes()) + " to " + std::to_string(log.end.bytes());
}

std::string in_words(std::uint64_t n, const std::string& thing) {
  return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

void add_line(std::string& text, std::string_view what, const std::string& said) {
  std::string line = "  " + std::string(what);
  line.resize(std::max<std::size_t>(line.size() + 1, 13), ' ');
  text += line + said + "\n";
}

std::string of_history(const History& history) {
  std::string text =
      std::string(history.id().view()) + " from offset " + std::to_string(history.start().bytes());
  if (history.own_ids()) text += ", an id of our own: the master knows no PSYNC";
  return text;
}

void describe_log(const RecoveredLog& log, std::string& text) {
  if (log.empty()) {
    add_line(text, "log", "none");
  } else {
    add_line(text, "log",
             range(log) + ", " + std::to_string(log.end.since(log.begin)) + " bytes in " +
                 in_words(log.segments.size(), "segment") +
                 ", every frame verified; last command border " +
                 std::to_string(log.boundary.bytes()));
  }
  for (const std::string& incident : log.incidents) add_line(text, "", incident);
}

void describe_generation(const Inspection::Generation& one, bool is_used, std::string& text) {
  text += one.name + (is_used ? ", which a start goes on with\n" : "\n");
  if (!one.fault.empty()) add_line(text, "UNUSABLE", one.fault);
  if (one.is_incomplete) add_line(text, "incomplete", "its snapshot was still arriving");
  if (one.history) {
    add_line(text, "history", of_history(*one.history));
    for (const History::Former& former : one.history->former()) {
      add_line(text, "",
               "before: " + std::string(former.id.view()) + " up to offset " +
                   std::to_string(former.until.bytes()));
    }
  }
  describe_log(one.log, text);
  for (const Inspection::SnapshotFile& snapshot : one.snapshots) {
    const std::string said = !snapshot.fault.empty() ? "DAMAGED: " + snapshot.fault
                             : snapshot.checksum_disabled
                                 ? "sound as far as can be said: the master "
                                   "writes no checksums"
                                 : "sound, its checksum is right";
    add_line(text, "snapshot",
             snapshot.name + ", " + std::to_string(snapshot.bytes) + " bytes, " + said);
  }
  if (one.snapshots.empty()) add_line(text, "snapshot", "none");
}

}  // namespace

bool Inspection::Generation::is_damaged() const {
  return !fault.empty() || log.is_damaged ||
         std::any_of(snapshots.begin(), snapshots.end(),
                     [](const SnapshotFile& one) { return !one.fault.empty(); });
}

bool Inspection::is_damaged() const {
  return !start_fault.empty() ||
         std::any_of(generations.begin(), generations.end(),
                     [](const Generation& one) { return one.is_damaged(); });
}

Result<Inspection> inspect(FileSystem& fs, const std::string& data_dir) {
  const auto names = fs.list(data_dir);
  if (!names) return names.error();
  Inspection found;
  std::vector<std::pair<unsigned, std::string>> generations;
  for (const std::string& name : *names) {
    if (const auto number = parse_generation_name(name)) {
      generations.emplace_back(*number, name);
    } else if (name.ends_with(kDamaged)) {
      found.set_aside.push_back(name);
    }
  }
  std::sort(generations.rbegin(), generations.rend());
  for (const auto& [number, name] : generations) {
    found.generations.push_back(look_at_generation(fs, data_dir, name));
    look_for_set_aside(fs, data_dir, found.generations.back(), found);
  }
  try_a_start(fs, data_dir, found);
  return found;
}

std::string describe(const Inspection& found) {
  std::string text;
  for (const Inspection::Generation& one : found.generations) {
    describe_generation(one, one.name == found.start_uses, text);
  }
  if (found.generations.empty()) text += "no generation: nothing is held here\n";
  for (const std::string& name : found.set_aside) {
    text += name + ", set aside by an earlier start; never read again, yours to remove\n";
  }
  text += "a start\n";
  if (!found.start_fault.empty()) add_line(text, "FAILS", found.start_fault);
  for (const std::string& change : found.start_changes) add_line(text, "would", change);
  // Of what is sealed a start reads the seal alone.
  const bool is_believed =
      std::any_of(found.generations.begin(), found.generations.end(), [&](const auto& one) {
        return one.name == found.start_uses && one.log.is_damaged && found.start_changes.empty();
      });
  if (is_believed) {
    add_line(text, "would", "not see what is damaged in the log before a replica reads there");
  }
  if (!found.start_asks.empty()) add_line(text, "would", "ask the master: " + found.start_asks);
  text += found.is_damaged() ? "there is damage\n" : "sound\n";
  return text;
}

}  // namespace relay
