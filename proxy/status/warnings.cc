#include "proxy/status/warnings.h"

#include <algorithm>

namespace relay {
namespace {

// Of the window; a replica beyond it has little time left.
constexpr double kNearlyAll = 0.8;

std::string replicas(unsigned n) { return std::to_string(n) + (n == 1 ? " replica" : " replicas"); }

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

std::optional<Warning> min_replicas(const UpstreamStatus& upstream) {
  const auto& demand = upstream.demand;
  if (!demand) return std::nullopt;
  // One is what the relay itself is for the master.
  if (demand->wanted < 2 || demand->good.value_or(0) >= demand->wanted) return std::nullopt;
  std::string counted = " and counts the relay as one, however many are behind it";
  if (demand->good) counted = " and counts " + std::to_string(*demand->good) + ", the relay as one";
  return Warning{"min_replicas", "the master wants " + replicas(demand->wanted) +
                                     " before it accepts a write (min-replicas-to-write)" +
                                     counted +
                                     ": set it to 0 or 1 there, or let further replicas follow the "
                                     "master itself"};
}

std::optional<Warning> disk_degraded(const LogStatus& log) {
  if (!log.disk_degraded) return std::nullopt;
  const std::string why = log.disk_error.empty() ? "" : " (" + log.disk_error + ")";
  return Warning{"disk_degraded",
                 "the disk does not take the log" + why +
                     ", which is kept in memory only: replicas that fall behind it, and a restart, "
                     "will cost full syncs. Free space or repair the volume; the relay tries again "
                     "each second"};
}

std::optional<Warning> full_resync_loop(const UpstreamStatus& upstream) {
  const std::string within = " within " + std::to_string(kFullResyncWindow.count()) + " minutes";
  if (upstream.recent_full_syncs <= kManyFullResyncs) {
    if (upstream.recent_refreshes <= kManyFullResyncs) return std::nullopt;
    return Warning{"full_resync_loop",
                   "the snapshot has been fetched " + std::to_string(upstream.recent_refreshes) +
                       " times beside the stream" + within +
                       ", each a fork of the master's. Raise snapshot.refresh-min-interval, or "
                       "log.max-size if the log outgrows the snapshot as fast as this"};
  }
  std::string why;
  if (!upstream.last_error.empty())
    why = " The link was lost last by: " + upstream.last_error + ".";
  return Warning{"full_resync_loop",
                 std::to_string(upstream.recent_full_syncs) + " full syncs with the master" +
                     within + ", each a fork there." + why +
                     " Raise repl-backlog-size on the master if it cannot continue after a short "
                     "loss, and its client-output-buffer-limit for replicas if it closes the link"};
}

std::optional<Warning> window_short(const Status& status) {
  const std::uint64_t window = log_window(status.log);
  const std::uint64_t lag = slowest_of(status.downstream.replicas).lag_bytes;
  if (window == 0 || static_cast<double>(lag) <= kNearlyAll * static_cast<double>(window)) {
    return std::nullopt;
  }
  return Warning{"window_short",
                 "the slowest replica is " + mebibytes(lag) + " behind, of the " +
                     mebibytes(window) +
                     " that the log holds: once it falls out of it, it needs a full sync. Find out "
                     "why it is slow, or raise log.max-size, which a reload takes over"};
}

std::optional<Warning> no_sentinel(const UpstreamStatus& upstream) {
  const auto& sentinel = upstream.sentinel;
  if (!sentinel || !sentinel->listening_to.empty() || sentinel->fault.empty()) return std::nullopt;
  return Warning{"no_sentinel", "no Sentinel says who the master is (" + sentinel->fault +
                                    "): the one known last is followed, and a failover would not "
                                    "be noticed. See upstream.sentinels"};
}

}  // namespace

std::uint64_t log_window(const LogStatus& log) {
  if (!log.exists || log.end < log.begin) return 0;
  const std::uint64_t held = log.end.since(log.begin);
  return log.trimmed_bytes > 0 ? held : std::max(held, log.limit_bytes);
}

std::vector<Warning> warnings(const Status& status) {
  std::vector<Warning> list;
  for (auto& found :
       {min_replicas(status.upstream), disk_degraded(status.log), full_resync_loop(status.upstream),
        window_short(status), no_sentinel(status.upstream)}) {
    if (found) list.push_back(*found);
  }
  return list;
}

}  // namespace relay
