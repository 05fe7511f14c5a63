// The relay in an operator's hands: what the HTTP API asks of it, and has it do.
#include "common/base/logging.h"
#include "proxy/config/config_keys.h"
#include "proxy/control/admin_routes.h"
#include "proxy/control/routes.h"
#include "proxy/relay_parts.h"

#include <algorithm>

namespace relay {
namespace {

using std::chrono::steady_clock;

// Two snapshots of a master that nobody writes to have the same place and, as a rule, the same size,
// and yet not the same bytes; the same one has the same tag after a restart.
std::string tag_of(const Snapshot& snapshot) {
  return snapshot.id().str() + "-" + std::to_string(snapshot.offset().bytes()) + "-" +
         std::to_string(snapshot.received()) + "-" + std::to_string(snapshot.checksum());
}

// A piece of a snapshot, read on a reader's thread.
asio::awaitable<Result<std::string>> read_piece(asio::any_io_executor readers,
                                                std::shared_ptr<File> file, std::uint64_t at,
                                                std::size_t most) {
  auto work = [&file, at, most]() -> Result<std::string> {
    std::string piece(most, '\0');
    const Result<std::size_t> n = file->read_at(at, piece);
    if (!n) return n.error();
    piece.resize(*n);
    return piece;
  };
  co_return co_await offload(readers, work);
}

// "a,b": a and b.
std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

ReloadOutcome outcome_of(const ReloadResult& result) {
  ReloadOutcome outcome;
  outcome.applied = result.applied;
  outcome.restart_required = result.restart_required;
  outcome.warnings = result.warnings;
  for (const ConfigError& error : result.errors) {
    outcome.errors.push_back((error.where.empty() ? "" : error.where + ": ") + error.message);
  }
  return outcome;
}

}  // namespace

std::vector<Route> Relay::Parts::routes_for(PageAudience audience) {
  std::vector<Route> routes = make_routes(*this, audience);
  for (Route& route : make_admin_routes(*this)) routes.push_back(std::move(route));
  return routes;
}

Door Relay::Parts::door(PageAudience audience) const {
  Door door;
  door.admin = audience == PageAudience::kAdmins;
  door.host_names = [this] { return names_in(config.admin.allowed_hosts); };
  return door;
}

Door Relay::Parts::tcp_door() const {
  Door with_token = door(PageAudience::kAdmins);
  with_token.token = [this] { return config.admin.token; };
  with_token.asks_everybody_for_the_name = true;
  return with_token;
}

LogDetail Relay::Parts::log_detail() const {
  LogDetail detail;
  const GenerationPtr& held = generations.current();
  if (!held) return detail;
  for (const SegmentInfo& segment : held->log.segments()) {
    const std::string path = held->log.path_of(segment.base);
    detail.files.push_back(
        {path.substr(path.rfind('/') + 1), segment.base, segment.end, segment.file_bytes});
  }
  detail.histories.push_back({held->history.id(), std::nullopt});
  for (const History::Former& former : held->history.former()) {
    detail.histories.push_back({former.id, former.until});
  }
  return detail;
}

std::vector<ShownKey> Relay::Parts::shown_config() const {
  static const Config kDefaults;
  std::vector<ShownKey> keys;
  for (const ConfigKey& key : config_keys()) {
    ShownKey shown;
    shown.key = std::string(key.path);
    shown.value = key.shown(config);
    shown.default_value = key.shown(kDefaults);
    const auto source = reloading.sources().find(key.path);
    shown.source = source == reloading.sources().end() ? "default" : source->second.place;
    shown.reloadable = key.reloadable;
    keys.push_back(std::move(shown));
  }
  return keys;
}

std::string Relay::Parts::recent_series() const { return series.json(); }

std::vector<std::string> Relay::Parts::stuck_loops() const {
  return feeders.stuck(steady_clock::now());
}

std::optional<SnapshotFile> Relay::Parts::snapshot_file() const {
  const GenerationPtr& held = generations.current();
  if (!held || !held->snapshot || !held->snapshot->is_whole()) return std::nullopt;
  // It stays open, whatever becomes of its name, until the last piece is sent.
  const SnapshotPtr snapshot = held->snapshot;
  SnapshotFile file;
  file.name = snapshot_name(snapshot->offset());
  file.tag = tag_of(*snapshot);
  file.size = snapshot->received();
  file.read = [readers = generations.readers(), snapshot](std::uint64_t at, std::size_t most) {
    return read_piece(readers, snapshot->file(), at, most);
  };
  return file;
}

std::string Relay::Parts::reconnect() {
  link.reconnect("an operator asked for it");
  return {};
}

std::string Relay::Parts::resync() {
  if (stopping) return "the relay is stopping";
  link.resync("an operator asked for everything");
  return {};
}

std::string Relay::Parts::refresh_snapshot() {
  return refresher.request("an operator asked for it");
}

bool Relay::Parts::disconnect(std::uint64_t replica) { return listener.disconnect(replica); }

std::string Relay::Parts::drain(std::optional<std::chrono::milliseconds> timeout) {
  if (stopping) return "the relay is stopping";
  const auto limit = timeout.value_or(config.shutdown_timeout);
  drain_until = steady_clock::now() + limit;
  log_info("relay.draining", {{"replicas", listener.replica_count()},
                              {"timeout_ms", limit.count()},
                              {"effect", "replicas are sent away and refused until undrain"}});
  generations.changed().wake_all();
  go_on_draining();
  return {};
}

std::string Relay::Parts::undrain() {
  if (stopping) return "the relay is stopping";
  if (!drain_until) return "it is not being drained";
  drain_until.reset();
  log_info("relay.undrained");
  return {};
}

void Relay::Parts::go_on_draining() {
  if (!drain_until) return;
  const bool time_is_up = steady_clock::now() >= *drain_until;
  listener.send_away(time_is_up);
}

void Relay::Parts::shut_down() {
  if (stopping) return hurry(0);  // the second time it is meant to be at once
  stopping = true;
  wake.wake_all();
}

asio::awaitable<ReloadOutcome> Relay::Parts::reload() {
  const ReloadResult result = co_await reloading.reload("the API");
  co_return outcome_of(result);
}

asio::awaitable<ReloadOutcome> Relay::Parts::check_config(std::string text) {
  const ReloadResult result = co_await reloading.check(std::move(text));
  co_return outcome_of(result);
}

}  // namespace relay
