// The relay's own program, as an operator runs it.
//
//  (1) Its two ports and its data directory stay the same over restarts.
//  (2) Its log is read from its standard error. A sanitizer's report in it fails the test that ran
//      it.
//
// Threading: the test's main thread.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/http_client.h"
#include "tests/support/pod_network.h"
#include "tests/support/redis_client.h"
#include "tests/support/reserved_port.h"
#include "tests/support/temp_dir.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay::test {

struct RelayOptions {
  std::uint16_t upstream_port = 0;  // 0: the settings say who the master is
  std::string upstream_address = "127.0.0.1";
  std::vector<std::string> settings = {};   // for --set: "log.max-size=16mb"
  std::vector<std::string> arguments = {};  // as they are, after the others
  // what clients must give, if listen.password is among the settings
  std::string password = {};
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::optional<std::uint64_t> disk_bytes = {};  // the data directory is a file system of this size
  const Pod* pod = nullptr;                      // runs in it, and listens on its address
  bool plain = true;  // false: listen.plain is no, and nothing can be asked on its Redis port
};

// The program and how to start it; gives the path of the binary under test.
std::string relay_binary();

class RelayProcess {
 public:
  // Starts it and waits until it listens, which does not wait for its master.
  explicit RelayProcess(RelayOptions options);
  ~RelayProcess();

  std::uint16_t port() const { return port_.number(); }
  std::uint16_t http_port() const { return http_port_.number(); }
  std::string address() const { return options_.pod ? options_.pod->address() : "127.0.0.1"; }
  Endpoint endpoint() const { return {address(), port()}; }
  ChildProcess& process() { return *process_; }
  std::filesystem::path data_dir() const { return dir_ / "data"; }
  // Where data_dir() is seen from outside when it is a file system of its own.
  std::filesystem::path data_dir_from_outside() const;
  std::filesystem::path log_file() const { return dir_ / "log"; }
  std::filesystem::path directory() const { return dir_.path(); }
  RelayOptions& options() { return options_; }  // for the next start
  std::vector<std::string> command_line() const;

  void start();
  void kill();        // SIGKILL
  void lose_data();   // its volume is gone, and it gets a new one; while it does not run
  ExitStatus stop();  // SIGTERM, and waits
  void wait_until_streaming();
  void wait_until_durable();  // up to the end that it has now

  RedisClient client() const {
    return RedisClient(port(), options_.password, kPatience, address());
  }
  Reply command(const Words& words);  // on a connection that is kept; throws on an error reply
  InfoFields info();
  std::string info_field(const std::string& name);  // throws if INFO does not have it
  std::uint64_t info_number(const std::string& name) { return std::stoull(info_field(name)); }
  std::uint64_t offset() { return info_number("master_repl_offset"); }
  void follow(std::uint16_t port);

  HttpAnswer get(const std::string& path) const { return http_get(http_port(), path, address()); }
  // Throws if there is no such metric.
  double metric(const std::string& name, const Labels& labels = {}) const;

  unsigned count_in_log(std::string_view text) const;
  bool is_in_log(std::string_view text) const { return count_in_log(text) > 0; }
  void wait_for_log(std::string_view text) const;

 private:
  void check_for_sanitizer_reports() const;

  RelayOptions options_;
  TempDir dir_;
  ReservedPort port_;
  ReservedPort http_port_;
  std::unique_ptr<ChildProcess> process_;
  std::optional<RedisClient> kept_;
};

}  // namespace relay::test
