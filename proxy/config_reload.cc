#include "proxy/config_reload.h"

#include "common/base/logging.h"
#include "common/io/offload.h"

#include <utility>

namespace relay {
namespace {

using std::chrono::steady_clock;

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
  return list.empty() ? "nothing" : list;
}

std::string first_of(const ConfigErrors& errors) {
  const ConfigError& first = errors.front();
  std::string text = first.where.empty() ? first.message : first.where + ": " + first.message;
  if (errors.size() > 1) text += " (and " + std::to_string(errors.size() - 1) + " more)";
  return text;
}

}  // namespace

ConfigReload::ConfigReload(asio::any_io_executor home, asio::any_io_executor worker,
                           Surroundings around)
    : ConfigReload(home, worker, std::move(around), Pace{}) {}

ConfigReload::ConfigReload(asio::any_io_executor home, asio::any_io_executor worker,
                           Surroundings around, Pace pace)
    : worker_(std::move(worker)),
      around_(std::move(around)),
      pace_(pace),
      files_(home),
      wake_(home),
      children_(home) {
  status_.at = std::chrono::system_clock::now();
}

void ConfigReload::read_with(ConfigReader reader, ConfigReading first) {
  reader_ = std::move(reader);
  tried_ = std::move(first.files);
  if (first.load) sources_ = std::move(first.load->sources);
}

asio::awaitable<ReloadResult> ConfigReload::reload(std::string by) {
  if (!reader_) {
    ReloadResult none;
    none.errors.push_back({"", "there is nothing that the configuration was read from", ""});
    co_return none;
  }
  auto work = [this] { return reader_->read_again(); };
  ++reading_;
  ConfigReading read = co_await offload(worker_, work);
  --reading_;
  tried_ = std::move(read.files);
  ReloadPlan plan = plan_reload(around_.config(), sources_, read.load);
  ReloadResult result = plan.result;
  take(std::move(plan), by);
  co_return result;
}

asio::awaitable<ReloadResult> ConfigReload::check(std::string text) {
  if (!reader_) co_return ReloadResult{};
  auto work = [this, &text] { return reader_->try_text(std::move(text)); };
  ++reading_;
  const ConfigLoad load = co_await offload(worker_, work);
  --reading_;
  co_return plan_reload(around_.config(), sources_, load).result;
}

void ConfigReload::take(ReloadPlan plan, const std::string& by) {
  const ReloadResult& result = plan.result;
  status_.successful = result.is_good();
  if (!result.is_good()) {
    status_.error = first_of(result.errors);
    for (const ConfigError& error : result.errors) {
      log_error("config.refused", {{"where", error.where},
                                   {"text", error.message},
                                   {"by", by},
                                   {"effect", "the configuration in force stays"}});
    }
    return;
  }
  ++status_.generation;
  status_.at = std::chrono::system_clock::now();
  status_.error.clear();
  status_.restart_required = result.restart_required;
  sources_ = std::move(plan.sources);
  around_.put_in(plan.config);
  log_info("config.reloaded", {{"by", by},
                               {"changed", list_of(result.applied)},
                               {"needs_restart", list_of(result.restart_required)}});
  for (const std::string& warning : result.warnings)
    log_warn("config.warning", {{"text", warning}});
  // There may be other files now, or none to be watched.
  wake_.wake_all();
  files_.wake();
}

asio::awaitable<void> ConfigReload::run() {
  children_.spawn(watch());
  children_.spawn(read_password_again());
  co_await children_.join();
}

void ConfigReload::stop() {
  stopping_ = true;
  wake_.wake_all();
  files_.wake();
}

bool ConfigReload::is_watching() const {
  return reader_ && !tried_.empty() && around_.config().reload.watch;
}

asio::awaitable<void> ConfigReload::watch() {
  while (!stopping_) {
    if (!is_watching()) {
      co_await wake_.wait();
      continue;
    }
    ConfigFiles found = co_await look();
    if (found != tried_) {
      found = co_await settled(std::move(found));
      if (!stopping_ && is_watching() && found != tried_) {
        co_await reload("file");
        continue;  // it may name other files
      }
    }
    if (!stopping_) co_await files_.wait_for(pace_.poll);
  }
}

// The watch is set first: what changes from there on wakes us.
asio::awaitable<ConfigFiles> ConfigReload::look() {
  const ConfigFiles before = tried_;
  std::vector<std::string> paths = before.paths();
  ++reading_;
  co_await files_.arm(worker_, paths);
  auto work = [&before] { return before.looked_at_again(); };
  ConfigFiles found = co_await offload(worker_, work);
  --reading_;
  say_how_it_is_watched(paths);
  co_return found;
}

// Two looks that see the same, with the time between them that a writer may take.
asio::awaitable<ConfigFiles> ConfigReload::settled(ConfigFiles found) {
  while (!stopping_ && found != tried_) {
    settling_ = true;
    const auto until = steady_clock::now() + pace_.settle;
    while (!stopping_ && steady_clock::now() < until) co_await wake_.wait_until(until);
    settling_ = false;
    if (stopping_) break;
    ConfigFiles again = co_await look();
    const bool stood_still = again == found;
    found = std::move(again);
    if (stood_still) break;
  }
  co_return found;
}

void ConfigReload::say_how_it_is_watched(const std::vector<std::string>& paths) {
  if (paths != said_paths_) {
    said_paths_ = paths;
    log_info("config.watched", {{"files", list_of(paths)}});
  }
  const std::string& fault = files_.fault();
  if (!fault.empty() && said_fault_.empty()) {
    said_fault_ = fault;
    log_warn("config.watched_by_looking",
             {{"reason", fault},
              {"effect",
               "a change is noticed within " + std::to_string(pace_.poll.count() / 1000) + " s"}});
  }
}

void ConfigReload::password_refused() {
  password_wanted_ = true;
  wake_.wake_all();
}

asio::awaitable<void> ConfigReload::read_password_again() {
  while (!stopping_) {
    if (!std::exchange(password_wanted_, false)) {
      co_await wake_.wait();
      continue;
    }
    const std::string path = around_.config().upstream.password_file;
    if (path.empty()) continue;
    auto work = [&path] {
      ConfigFiles files;
      return read_password_file(path, files);
    };
    ++reading_;
    const PasswordRead read = co_await offload(worker_, work);
    --reading_;
    if (!read.fault.empty()) {
      if (std::exchange(said_password_fault_, read.fault) == read.fault) continue;
      log_warn("upstream.password_unread",
               {{"reason", read.fault}, {"effect", "the password in force stays"}});
      continue;
    }
    said_password_fault_.clear();
    Config next = around_.config();
    if (next.upstream.password_file != path || next.upstream.password == read.password) continue;
    next.upstream.password = read.password;
    log_info("upstream.password_read",
             {{"file", path}, {"reason", "the master refused the one in force"}});
    around_.put_in(next);
  }
}

}  // namespace relay
