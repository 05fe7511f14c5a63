// Fetches a fresh snapshot of the current history on a connection of its own, without touching the
// stream.
//
//  (1) One at a time, and never while the link itself receives one.
//  (2) `rdb-only` where the master has it; before Redis 6.2 it is a second full replica that leaves
//      after the snapshot.
//  (3) A snapshot of another history than ours (the master changed sides meanwhile) is refused.
//  (4) When it is made follows the cost model (refresh_policy.h): a replica that waits for one, or
//      a log after the last that grew too long. request() is for an operator, and asks the model
//      nothing.
//
// Threading: the control executor.
#pragma once

#include "common/io/notifier.h"
#include "common/io/stream.h"
#include "proxy/config/config.h"
#include "proxy/history/generations.h"
#include "proxy/snapshot/refresh_policy.h"
#include "proxy/status/status.h"

#include <deque>
#include <functional>
#include <string>

namespace relay {

class UpstreamLink;

class SnapshotRefresher {
 public:
  SnapshotRefresher(asio::any_io_executor home, Generations& generations, const UpstreamLink& link,
                    ReplId run_id, std::function<const Config&()> config);

  asio::awaitable<void> run();  // returns after stop()
  void stop();

  // A replica waits for a snapshot and none is arriving.
  void replica_waits();
  // Fetch one now, whatever the cost model says. Empty, or why it cannot be.
  std::string request(std::string why);
  void tick();                                       // each second: asks the cost model
  bool is_busy() const { return !wanted_.empty(); }  // one is on its way
  void give_up();                                    // the link needs the place
  bool may_refresh_for_a_replica() const;
  bool is_snapshot_outgrown() const;
  // A refresh costs the master what a full sync does: its counters stand beside the link's.
  void count_into(UpstreamStatus& status) const;

  std::function<void()> on_password_refused;  // by the master; set before run()

 private:
  using Time = std::chrono::steady_clock::time_point;

  RefreshAnswer ask(bool replica_is_waiting) const;
  asio::awaitable<void> fetch();
  asio::awaitable<void> transfer();
  std::string fault_of_place() const;

  // Fixed after construction.
  Generations& generations_;
  const UpstreamLink& link_;
  const ReplId run_id_;
  const std::function<const Config&()> config_;

  // The control executor's.
  Stream stream_;
  TlsContextCache tls_;
  bool stopping_ = false;
  std::string wanted_;  // why a refresh is due; empty: none is
  bool given_up_ = false;
  std::optional<Time> last_attempt_;
  unsigned failures_ = 0;
  Time last_io_{};
  Notifier wake_;

  std::uint64_t begun_ = 0;   // refreshes that the master agreed to
  std::uint64_t broken_ = 0;  // of these
  std::uint64_t received_bytes_ = 0;
  DurationHistogram durations_{kFullSyncBounds};
  std::deque<Time> recent_;  // when they began, within kFullResyncWindow
};

}  // namespace relay
