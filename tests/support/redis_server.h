// A real server: redis-server, or what PSYNC_TEST_REDIS_SERVER names (a valkey-server, another
// version).
//
//  (1) It listens on a port of its own, which it keeps over restarts, with a directory of its own.
//  (2) By default it saves nothing: killed, it comes back empty and with a new replication id.
//      "save" options change that.
//  (3) DEBUG is allowed; full syncs start without the usual delay and without a disk; snapshots are
//      not compressed.
//
// Threading: the test's main thread, but for what client() returns.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/pod_network.h"
#include "tests/support/redis_client.h"
#include "tests/support/reserved_port.h"
#include "tests/support/temp_dir.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay::test {

struct RedisOptions {
  std::vector<std::string> config = {};  // lines of redis.conf: "repl-diskless-sync no"
  std::string password = {};             // requirepass
  const Pod* pod = nullptr;              // runs in it, and listens on its address
};

class RedisServer {
 public:
  // Starts it and waits until it answers. `name` is for messages: "master", "replica 2".
  explicit RedisServer(std::string name, RedisOptions options = {});
  ~RedisServer();

  const std::string& name() const { return name_; }
  std::uint16_t port() const { return port_.number(); }
  std::string address() const { return options_.pod ? options_.pod->address() : "127.0.0.1"; }
  ChildProcess& process() { return *process_; }
  std::filesystem::path log_file() const { return dir_ / "output"; }
  std::filesystem::path directory() const { return dir_.path(); }
  RedisOptions& options() { return options_; }  // for the next start

  void start(const std::vector<std::string>& more_config = {});
  void kill();                // SIGKILL
  void shut_down(bool save);  // SHUTDOWN SAVE or NOSAVE
  void pause();               // SIGSTOP
  void resume();

  RedisClient client() const {
    return RedisClient(port(), options_.password, kPatience, address());
  }
  Reply command(const Words& words);  // on a connection that is kept; throws on an error reply
  InfoFields info();
  std::string info_field(const std::string& name);  // throws if INFO does not have it
  std::uint64_t info_number(const std::string& name) { return std::stoull(info_field(name)); }
  std::uint64_t offset() { return info_number("master_repl_offset"); }
  // Full syncs this server has been asked for and has begun, since it was started.
  std::uint64_t full_syncs_given() { return info_number("sync_full"); }
  std::uint64_t forks() { return info_number("total_forks"); }
  // How often this server, as a replica, has taken a full sync, over all its starts.
  unsigned full_syncs_taken() const;
  std::string digest();  // of the whole dataset
  // Writes so many keys "<prefix>:<n>" with values of that size, through the replication stream as
  // any write.
  void populate(const std::string& prefix, unsigned keys, std::size_t value_bytes);

  void follow(std::uint16_t port, const std::string& address = "127.0.0.1");
  void follow_nobody();
  bool is_linked();  // as a replica: its link is up

 private:
  std::string name_;
  RedisOptions options_;
  TempDir dir_;
  ReservedPort port_;
  std::unique_ptr<ChildProcess> process_;
  std::optional<RedisClient> kept_;
};

}  // namespace relay::test
