// The relay's parts put together, started, and stopped in the order that is written here.
#include "proxy/relay.h"

#include "common/base/logging.h"
#include "common/io/deadline.h"
#include "common/io/file_limit.h"
#include "common/io/processors.h"
#include "proxy/config/exit_codes.h"
#include "proxy/config/tls_terms.h"
#include "proxy/metrics/process_status.h"
#include "proxy/relay_parts.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <csignal>
#include <sstream>

namespace relay {
namespace {

using std::chrono::steady_clock;

constexpr std::uint64_t kFilesOfOurOwn = 256;
// The last segment is read, whole: long only on a disk that hardly answers.
constexpr auto kLongestRecovery = std::chrono::minutes(10);
// Nothing is lost with one that is not read to its end.
constexpr auto kPatienceWithFiles = std::chrono::seconds(1);

unsigned sending_threads(const Config& config) {
  return config.threads > 0 ? config.threads : usable_processors();
}

using FindMaster = decltype(LinkSurroundings::find_master);

std::string in_words(const asio::ip::tcp::endpoint& endpoint) {
  std::ostringstream text;
  text << endpoint;
  return text.str();
}

}  // namespace

Relay::Parts::Parts(Config with, FileSystem& disk)
    : fs(disk),
      config(std::move(with)),
      configured_upstream{upstream_of(config.upstream)},
      reader_threads(std::max(2U, sending_threads(config)), "reader"),
      generations(context.get_executor(), disk_thread.executor(), reader_threads.executor(), fs,
                  config, health),
      feeders(context.get_executor(), sending_threads(config)),
      serving{generations,
              feeders,
              budget,
              counters,
              [this]() -> const Config& { return config; },
              [this] { return situation(); },
              [this] { refresher.replica_waits(); },
              [this] { return listener.replica_count(); },
              [this] { link.replica_acked(); }},
      sentinels(
          context.get_executor(), [this]() -> const Config& { return config; },
          [this](const Address& master) { master_is(master); }),
      link(
          context.get_executor(),
          LinkSurroundings{
              generations, run_id, [this]() -> const Config& { return config; },
              [this] { return announced_port(); }, [this] { feeders.wake(); },
              [this] { return listener.online_acks(); }, [this] { refresher.give_up(); },
              [this] { reloading.password_refused(); },
              sentinels.are_wanted() ? FindMaster([this] { return find_master(); }) : FindMaster()},
          sentinels.are_wanted() ? "" : config.upstream.host, config.upstream.port),
      refresher(context.get_executor(), generations, link, run_id,
                [this]() -> const Config& { return config; }),
      listener(context.get_executor(),
               ListenerSurroundings{[this]() -> const Config& { return config; },
                                    [this] { return status(); },
                                    [this](const std::string& host, std::uint16_t port) {
                                      return follow_command(host, port);
                                    },
                                    [this] { return link.relay_chain(); }},
               serving),
      http(context.get_executor(), routes_for(PageAudience::kReaders),
           door(PageAudience::kReaders)),
      admin_unix(context.get_executor(), routes_for(PageAudience::kAdmins),
                 door(PageAudience::kAdmins)),
      admin_tcp(context.get_executor(), routes_for(PageAudience::kAdmins), tcp_door()),
      reloading(context.get_executor(), config_thread.executor(),
                ConfigReload::Surroundings{[this]() -> const Config& { return config; },
                                           [this](const Config& next) { put_in(next); }}),
      signals(context),
      wake(context.get_executor()),
      tasks(context.get_executor()) {
  budget.set_limits(config.limits.full_sync_concurrency, config.limits.full_sync_rate);
  budget.on_turn = [this](std::uint64_t who) { listener.take_turn(who); };
  refresher.on_password_refused = [this] { reloading.password_refused(); };
  look_at_certificates();
  generations.on_history_change = [this](const Generation& which, bool ended) {
    listener.history_changed(which, ended);
  };
}

void Relay::Parts::look_at_certificates() {
  certificate_expiry.clear();
  const auto ours = expiry_of(config.upstream.tls_cert_file.text);
  if (config.upstream.tls && ours) certificate_expiry["upstream"] = *ours;
  const auto shown = expiry_of(config.listen.tls_cert_file.text);
  if (config.listen.tls_port != 0 && shown) certificate_expiry["replica"] = *shown;
}

void Relay::Parts::put_in(const Config& next) {
  const bool introduces_itself_anew = config.upstream.username != next.upstream.username ||
                                      config.upstream.password != next.upstream.password ||
                                      config.upstream.tls != next.upstream.tls ||
                                      tls_terms(config.upstream) != tls_terms(next.upstream);
  config = next;
  look_at_certificates();
  set_log_level(config.logging.level);
  set_log_format(config.logging.format);
  budget.set_limits(config.limits.full_sync_concurrency, config.limits.full_sync_rate);
  link.reconfigure();
  if (introduces_itself_anew) link.retry_now();
  generations.reconfigure(config);
}

asio::awaitable<void> Relay::Parts::reload_at_hangup() {
  supervisor.reloading();
  co_await reloading.reload("SIGHUP");
  supervisor.ready();
}

// Start: the data directory first, so that the first replica to connect is served from it; then all
// at once. Each has returned before live() does.
asio::awaitable<void> Relay::Parts::live() {
  tasks.spawn(generations.run());
  tasks.spawn(feeders.run());
  tasks.spawn(listener.run());
  tasks.spawn(link.run());
  tasks.spawn(sentinels.run());
  tasks.spawn(refresher.run());
  tasks.spawn(http.run());
  tasks.spawn(admin_unix.run());
  tasks.spawn(admin_tcp.run());
  tasks.spawn(reloading.run());
  tasks.spawn(tick());
  tasks.spawn(watch_space());
  while (!stopping) co_await wake.wait();
  co_await wind_down();
}

// Stop: the source first, so that the end stands still; then the replicas, when they have reached
// it; then the disk, when it has all; the HTTP port last, so that what happens can be watched.
asio::awaitable<void> Relay::Parts::wind_down() {
  log_info("relay.stopping",
           {{"replicas", listener.replica_count()}, {"delay_ms", config.shutdown_delay.count()}});
  supervisor.stopping();
  // As before, but that /readyz tells those who send replicas here that they should not.
  const auto begins = steady_clock::now() + config.shutdown_delay;
  while (steady_clock::now() < begins) co_await wake.wait_until(begins);
  const auto deadline = steady_clock::now() + config.shutdown_timeout;
  sentinels.stop();
  link.stop();
  refresher.stop();
  listener.drain();
  generations.changed().wake_all();
  while (listener.replica_count() > 0 && steady_clock::now() < deadline) {
    co_await wake.wait_for(std::chrono::milliseconds(20));
    listener.drain();
  }
  if (listener.replica_count() > 0) {
    log_warn("relay.replicas_left",
             {{"replicas", listener.replica_count()}, {"reason", "shutdown-timeout is over"}});
  }
  listener.stop();
  feeders.stop();
  generations.changed().wake_all();
  generations.stop();
  while (generations.is_running() && steady_clock::now() < deadline) {
    co_await wake.wait_for(std::chrono::milliseconds(10));
  }
  if (generations.is_running()) {
    log_warn("relay.disk_left",
             {{"reason", "shutdown-timeout is over, and the disk is not done"},
              {"effect", "as after a crash: nothing is damaged, the tail is asked for again"}});
    co_return hurry(0);
  }
  reloading.stop();
  const auto files_deadline = steady_clock::now() + kPatienceWithFiles;
  while (reloading.is_reading() && steady_clock::now() < files_deadline) {
    co_await wake.wait_for(std::chrono::milliseconds(10));
  }
  if (reloading.is_reading()) {
    log_warn("relay.config_left", {{"reason", "a file of the configuration does not answer"}});
    co_return hurry(0);
  }
  http.stop();
  admin_unix.stop();
  admin_tcp.stop();
  stopped = true;
  wake.wake_all();
  co_await leave_nobody_behind(std::max(deadline, steady_clock::now() + kPatienceWithFiles));
}

// What is cancelled returns at once; not so what asks a disk: its space, a name to be changed, a
// piece of a snapshot. Signals are heard to the last: whoever is tired of waiting sends another.
asio::awaitable<void> Relay::Parts::leave_nobody_behind(steady_clock::time_point deadline) {
  while (!tasks.empty() && steady_clock::now() < deadline) {
    co_await wake.wait_for(std::chrono::milliseconds(10));
  }
  if (!tasks.empty()) {
    log_warn("relay.tasks_left",
             {{"tasks", tasks.size()},
              {"reason", "shutdown-timeout is over, and a disk does not answer"},
              {"effect", "none: what was to be stored is"}});
    co_return hurry(0);
  }
  signals.cancel();
}

void Relay::Parts::hurry(int with) {
  code = with;
  context.stop();
}

asio::awaitable<void> Relay::Parts::tick() {
  auto next = steady_clock::now();
  constexpr auto kPace = std::chrono::seconds(1);
  while (!stopped) {
    // Where we stood still (SIGSTOP, a frozen machine), the seconds that went by are not made up.
    next = std::max(next, steady_clock::now() - kPace) + kPace;
    while (!stopped && steady_clock::now() < next) co_await wake.wait_until(next);
    link.tick();
    listener.tick();
    refresher.tick();
    generations.tick(refresher.is_busy());
    tell_supervisor();
    feeders.look_after(steady_clock::now());
    go_on_draining();
    for (HttpServer* server : {&http, &admin_unix, &admin_tcp}) server->tick(steady_clock::now());
    if (std::exchange(series_due, !series_due)) series.add(status(), read_process_status());
    tell_warnings();
  }
}

// Said from the executor that everything depends on: whoever watches us sees it hang.
void Relay::Parts::tell_supervisor() {
  if (!supervisor.is_there()) return;
  supervisor.alive();
  const std::size_t replicas = listener.replica_count();
  std::string text = std::string(name_of(link.state())) + ", " + std::to_string(replicas) +
                     (replicas == 1 ? " replica" : " replicas");
  if (health.is_degraded()) text += ", the disk fails";
  if (stopping) text += ", stopping";
  if (text == said_to_supervisor) return;
  said_to_supervisor = text;
  supervisor.status(text);
}

asio::awaitable<void> Relay::Parts::watch_space() {
  while (!stopped) {
    auto work = [this] { return fs.space(config.data_dir); };
    const auto now = co_await offload(reader_threads.executor(), work);
    if (now) space = *now;
    const auto next = steady_clock::now() + std::chrono::seconds(5);
    while (!stopped && steady_clock::now() < next) co_await wake.wait_until(next);
  }
}

void Relay::Parts::log_status_line() const {
  const Status now = status();
  log_info("relay.status", {{"upstream", name_of(now.upstream.state)},
                            {"replid", now.log.id},
                            {"begin", now.log.begin},
                            {"durable", now.log.durable},
                            {"end", now.log.end},
                            {"disk_degraded", now.log.disk_degraded},
                            {"snapshot", now.snapshot.offset ? "whole" : "none"},
                            {"replicas", now.downstream.replicas.size()},
                            {"clients", now.downstream.clients}});
}

asio::awaitable<void> Relay::Parts::await_signals() {
  while (true) {
    boost::system::error_code error;
    const int signal =
        co_await signals.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (signal == SIGHUP) {
      tasks.spawn(reload_at_hangup());
    } else if (signal == SIGUSR1) {
      log_status_line();
    } else if (signal == SIGUSR2) {
      const bool debug = log_level() == LogLevel::kDebug;
      set_log_level(debug ? config.logging.level : LogLevel::kDebug);
      log_info("relay.log_level", {{"debug", !debug}, {"reason", "SIGUSR2"}});
    } else if (signal == SIGQUIT || stopping) {
      log_warn("relay.stopping_now", {{"reason", "a second signal"}});
      hurry(0);
    } else {
      stopping = true;
      wake.wake_all();
    }
  }
}

Relay::Relay(Config config, FileSystem& fs)
    : parts_(std::make_unique<Parts>(std::move(config), fs)) {}
Relay::~Relay() = default;

std::string Relay::open() {
  Parts& p = *parts_;
  const std::string& dir = p.config.data_dir;
  const auto fail = [&](ExitCode code, std::string text) {
    p.open_code = relay::status(code);
    return text;
  };
  if (auto made = p.fs.make_directory(dir); !made) {
    return fail(ExitCode::kDataDirIo,
                "cannot make the data directory " + dir + ": " + made.error().message());
  }
  auto lock = DirectoryLock::take(dir);
  if (!lock) {
    if (lock.error() == boost::system::errc::operation_would_block) {
      return fail(ExitCode::kDataDirLocked,
                  "the data directory " + dir + " is in use: " + DirectoryLock::holder(dir));
    }
    return fail(ExitCode::kDataDirIo,
                "cannot lock the data directory " + dir + ": " + lock.error().message());
  }
  p.lock.emplace(std::move(*lock));
  // A replica may have a second descriptor, its feeder's, and in TLS a third, its channel's. Beside
  // them: the log's and the snapshots' files, the HTTP port's connections, our own.
  std::uint64_t for_each = 1;
  if (p.feeders.threads() > 1) ++for_each;
  if (p.config.listen.tls_port != 0) ++for_each;
  const std::uint64_t files = for_each * p.config.limits.clients + kFilesOfOurOwn;
  if (const std::uint64_t allowed = raise_file_limit(files); allowed < files) {
    log_warn("relay.file_limit", {{"allowed", allowed},
                                  {"wanted", files},
                                  {"effect", "fewer clients than limits.clients can connect"}});
  }
  p.supervisor.patience(kLongestRecovery);
  p.supervisor.status("recovering what is on disk");
  if (auto recovered = p.generations.recover(); !recovered) {
    return fail(ExitCode::kDataDirIo,
                "cannot use the data directory " + dir + ": " + recovered.error().message());
  }
  p.recall_master();
  if (std::string fault = p.open_ports(); !fault.empty()) {
    return fail(ExitCode::kFatal, std::move(fault));
  }
  return {};
}

int Relay::exit_code() const { return parts_->open_code; }

int Relay::run() {
  Parts& p = *parts_;
  log_info("relay.started", {{"version", RELAY_VERSION},
                             {"listen", in_words(p.listener.endpoint())},
                             {"http", in_words(p.http.endpoint())},
                             {"upstream", p.link.host() + ":" + std::to_string(p.link.port())},
                             {"data_dir", p.config.data_dir},
                             {"threads", p.feeders.threads()},
                             {"run_id", p.run_id}});
  p.supervisor.ready();
  std::exception_ptr failure;
  const auto done = [&failure](std::exception_ptr error) { failure = error; };
  asio::co_spawn(p.context, p.live(), done);
  asio::co_spawn(p.context, p.await_signals(), done);
  p.context.run();
  if (failure) std::rethrow_exception(failure);
  log_info("relay.stopped", {{"code", p.code}});
  return p.code;
}

void Relay::stop() { parts_->shut_down(); }

void Relay::post(std::function<void()> work) { asio::post(parts_->context, std::move(work)); }

std::uint16_t Relay::listen_port() const { return parts_->listener.port(); }
std::uint16_t Relay::http_port() const { return parts_->http.port(); }

std::string Relay::refresh_snapshot(const std::string& why) {
  return parts_->refresher.request(why);
}

void Relay::listen_on(PassedSockets sockets) { parts_->sockets = std::move(sockets); }

void Relay::read_config_with(ConfigReader reader, ConfigReading first) {
  parts_->reloading.read_with(std::move(reader), std::move(first));
}

void Relay::handle_signals() {
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2})
    parts_->signals.add(signal);
}

}  // namespace relay
