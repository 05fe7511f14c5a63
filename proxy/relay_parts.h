// The relay's parts, in the order in which they are built; they are destroyed in the reverse of it.
// For relay.cc and the relay_*.cc beside it alone.
#pragma once

#include "common/io/directory_lock.h"
#include "common/io/offload.h"
#include "common/io/passed_sockets.h"
#include "common/io/supervisor.h"
#include "common/io/task_group.h"
#include "proxy/config_reload.h"
#include "proxy/control/control_host.h"
#include "proxy/control/http_server.h"
#include "proxy/control/page.h"
#include "proxy/control/recent_series.h"
#include "proxy/downstream/replica_listener.h"
#include "proxy/history/generations.h"
#include "proxy/relay.h"
#include "proxy/status/warnings.h"
#include "proxy/upstream/sentinels.h"
#include "proxy/upstream/snapshot_refresher.h"
#include "proxy/upstream/upstream_link.h"
#include "proxy/upstream_choice.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <optional>
#include <set>

namespace relay {

Address upstream_of(const Config::Upstream& upstream);

struct Relay::Parts final : ControlHost {
  Parts(Config with, FileSystem& disk);

  Situation situation() const;
  // What an operator sees and does (relay_control.cc).
  Status status() const override;
  LogDetail log_detail() const override;
  std::vector<ShownKey> shown_config() const override;
  std::string recent_series() const override;
  std::vector<std::string> stuck_loops() const override;
  std::optional<SnapshotFile> snapshot_file() const override;
  std::string follow(const std::string& host, std::uint16_t port) override;
  void recall_master();
  std::string follow_command(const std::string& host, std::uint16_t port);  // REPLICAOF
  asio::awaitable<std::optional<Address>> find_master();
  void master_is(const Address& master);  // as a Sentinel says
  std::string reconnect() override;
  std::string resync() override;
  std::string refresh_snapshot() override;
  bool disconnect(std::uint64_t replica) override;
  std::string drain(std::optional<std::chrono::milliseconds> timeout) override;
  std::string undrain() override;
  void shut_down() override;
  asio::awaitable<ReloadOutcome> reload() override;
  asio::awaitable<ReloadOutcome> check_config(std::string text) override;

  void tell_warnings();
  LogStatus log_status() const;
  SnapshotStatus snapshot_status() const;

  std::string open_ports();
  void put_in(const Config& next);
  void look_at_certificates();
  std::uint16_t announced_port() const;
  asio::awaitable<void> reload_at_hangup();
  asio::awaitable<void> remember(UpstreamChoice choice);
  asio::awaitable<void> live();
  asio::awaitable<void> wind_down();
  asio::awaitable<void> leave_nobody_behind(std::chrono::steady_clock::time_point deadline);
  asio::awaitable<void> tick();
  void tell_supervisor();
  asio::awaitable<void> watch_space();
  asio::awaitable<void> await_signals();
  void log_status_line() const;
  std::vector<Route> routes_for(PageAudience audience);
  Door door(PageAudience audience) const;
  Door tcp_door() const;
  std::string open_admin();
  std::string open_tls();
  void go_on_draining();
  void hurry(int code);

  // Fixed after construction.
  FileSystem& fs;
  const ReplId run_id = ReplId::random();
  const WallTime started = std::chrono::system_clock::now();
  const Supervisor supervisor = Supervisor::of_environment();

  // The control executor's.
  Config config;
  Address configured_upstream;
  asio::io_context context{1};
  std::optional<DirectoryLock> lock;
  PassedSockets sockets;
  WorkerThreads disk_thread{1, "disk"};
  WorkerThreads config_thread{1, "config"};
  WorkerThreads reader_threads;
  StorageHealth health;
  Generations generations;
  Feeders feeders;
  TransferBudget budget;
  ReplicaCounters counters;
  Serving serving;
  Sentinels sentinels;
  UpstreamLink link;
  SnapshotRefresher refresher;
  ReplicaListener listener;
  HttpServer http;
  HttpServer admin_unix;
  HttpServer admin_tcp;
  RecentSeries series;
  ConfigReload reloading;
  asio::signal_set signals;
  Notifier wake;
  TaskGroup tasks;

  std::map<std::string, WallTime> certificate_expiry;
  Space space;
  std::set<std::string_view> warned_of;  // their codes
  std::string said_to_supervisor;
  std::optional<std::chrono::steady_clock::time_point>
      drain_until;         // set from drain to undrain; then the last replicas go too
  bool series_due = true;  // at every other tick
  bool stopping = false;
  bool stopped = false;  // the tickers may end
  int code = 0;
  std::string open_fault;
  int open_code = 0;
};

}  // namespace relay
