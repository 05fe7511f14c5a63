// The relay inside the test's own process, on a disk that fails when the test says so: a real
// directory below a FaultyFileSystem, so that every call of every part of it meets the plan.
//
//  (1) Its two ports and its data directory stay the same over restarts.
//  (2) start() and stop() run the relay from recovery to the drained end. A fault that is still set
//      when it stops would be met by the stop as well; the destructor takes all faults back first.
//  (3) Its log is read from a file of its own. One relay at a time: the log is the process's.
//
// Threading: the relay runs on a thread of its own; the members are for the test's main thread, and
// talk to it over its ports, as anybody does.
#pragma once

#include "common/io/posix_file.h"
#include "proxy/config/config.h"
#include "proxy/relay.h"
#include "tests/support/disk/faulty_file_system.h"
#include "tests/support/http_client.h"
#include "tests/support/redis_client.h"
#include "tests/support/redis_server.h"
#include "tests/support/reserved_port.h"
#include "tests/support/temp_dir.h"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace relay::test {

class RelayInProcess {
 public:
  using Settings = std::function<void(Config&)>;

  // The configuration is the relay's defaults, impatient, with a log small enough to meet its
  // limits in a test; `settings` changes it further. start() comes after the faults of its first
  // moments have been set.
  explicit RelayInProcess(std::uint16_t upstream_port, const Settings& settings = nullptr);
  ~RelayInProcess();

  FaultPlan& faults() { return faults_; }
  Config& config() { return config_; }  // for the next start

  void start();
  void stop();

  std::uint16_t port() const { return port_.number(); }
  std::filesystem::path data_dir() const { return dir_ / "data"; }
  // The current generation's files, by name: "segment" for its log's, "rdb" for its snapshots.
  std::vector<std::filesystem::path> files(const std::string& extension) const;

  InfoFields info() const;
  std::string info_field(const std::string& name) const;  // throws if INFO does not have it
  std::uint64_t info_number(const std::string& name) const { return std::stoull(info_field(name)); }
  std::uint64_t offset() const { return info_number("relay_log_end_offset"); }
  HttpAnswer get(const std::string& path) const { return http_get(http_port_.number(), path); }
  // Throws if there is no such metric.
  double metric(const std::string& name, const Labels& labels = {}) const;

  unsigned count_in_log(std::string_view text) const;
  void wait_for_log(std::string_view text) const;

  void wait_until_serving() const;  // a replica that has nothing would not be told to wait
  void wait_until_degraded() const;
  // The disk works again, and has all of the log.
  void wait_until_recovered() const;
  void wait_until_durable() const;  // up to the end that it has now

 private:
  std::filesystem::path log_file() const { return dir_ / "log"; }

  TempDir dir_;
  ReservedPort port_;
  ReservedPort http_port_;
  FaultPlan faults_;
  PosixFileSystem disk_;
  FaultyFileSystem faulty_disk_{disk_, faults_};
  Config config_;
  int log_output_;
  std::unique_ptr<Relay> relay_;
  std::thread thread_;
  std::exception_ptr failure_;
};

// Returns when master, relay and replicas show the same id and offset, and all servers the same
// dataset. The write load must have been stopped. Throws, saying who differs.
void wait_until_in_sync(RedisServer& master, const std::vector<RedisServer*>& replicas,
                        const RelayInProcess& relay);

// Changes one byte of a file.
void flip_byte(const std::filesystem::path& file, std::uint64_t position);

}  // namespace relay::test
