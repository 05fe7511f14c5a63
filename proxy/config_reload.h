// Reads the configuration again while the relay runs: at SIGHUP, by the API, and by itself when one
// of the files has changed; and the upstream's password alone when the master refuses it.
//
//  (1) Files are read on a thread of their own. One that does not answer (a network file system)
//      holds up reloads, and nothing else.
//  (2) A changed file is taken when it has stood still for a while, so that nobody's half-written
//      file is. What was refused is not tried again until a file changes again.
//  (3) No change is missed: what is compared is what the last reading was made from, so also a
//      change between the start's reading and the first look is one.
//  (4) plan_reload() says what is taken; here it is done, said in the log, and kept for the status.
//
// Threading: the control executor; the files on the worker.
#pragma once

#include "common/io/file_watch.h"
#include "common/io/task_group.h"
#include "proxy/config/config_reader.h"
#include "proxy/config/reload_plan.h"
#include "proxy/status/status.h"

#include <functional>
#include <optional>
#include <string>

namespace relay {

class ConfigReload {
 public:
  struct Surroundings {
    std::function<const Config&()> config;      // in force
    std::function<void(const Config&)> put_in;  // into force
  };
  struct Pace {
    std::chrono::milliseconds settle = std::chrono::seconds(1);  // how long a file must stand still
    std::chrono::milliseconds poll = std::chrono::seconds(10);   // where nobody tells of changes
  };

  ConfigReload(asio::any_io_executor home, asio::any_io_executor worker, Surroundings around);
  ConfigReload(asio::any_io_executor home, asio::any_io_executor worker, Surroundings around,
               Pace pace);

  // Where from, and what it has been read from already. Before run(); without it nothing is ever
  // read again.
  void read_with(ConfigReader reader, ConfigReading first);

  // `by`: who wanted it, for the log.
  asio::awaitable<ReloadResult> reload(std::string by);
  // What reload() would do if the configuration file held this text. Changes nothing.
  asio::awaitable<ReloadResult> check(std::string text);
  // The master has refused the upstream's password: its file is read again, if it has one.
  void password_refused();

  asio::awaitable<void> run();  // returns after stop(), when no file is being read
  void stop();
  bool is_reading() const { return reading_ > 0; }
  bool is_settling() const { return settling_; }  // a file has changed, and may change further

  const ReloadStatus& status() const { return status_; }
  const KeySources& sources() const { return sources_; }  // of the values in force

 private:
  asio::awaitable<void> watch();
  asio::awaitable<ConfigFiles> look();
  asio::awaitable<ConfigFiles> settled(ConfigFiles found);
  asio::awaitable<void> read_password_again();
  bool is_watching() const;
  void take(ReloadPlan plan, const std::string& by);
  void say_how_it_is_watched(const std::vector<std::string>& paths);

  // Fixed after construction.
  const asio::any_io_executor worker_;
  const Surroundings around_;
  const Pace pace_;

  // The control executor's.
  std::optional<ConfigReader> reader_;  // fixed once run() has begun
  ConfigFiles tried_;                   // what the last reading was made from
  KeySources sources_;
  ReloadStatus status_;
  FileWatch files_;
  Notifier wake_;
  TaskGroup children_;
  int reading_ = 0;
  bool settling_ = false;
  bool password_wanted_ = false;
  bool stopping_ = false;
  std::string said_fault_;  // of the watch, and of the password file: once each
  std::string said_password_fault_;
  std::vector<std::string> said_paths_;
};

}  // namespace relay
