// A TCP proxy between two servers, that records what passes and can make the network bad.
//
//  (1) Bytes pass unchanged and in order, in both directions, and are recorded per connection
//      before they are passed on.
//  (2) What is bad about the network is set for all connections, present and future, until it is
//      set otherwise.
//
// Direction is named from the side of the one who connects (the replica): `down` is from the target
// (the master) to it.
//
// Threading: two threads per connection inside; every member may be called from the test's thread.
#pragma once

#include "tests/support/socket.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace relay::test {

class TapProxy {
 public:
  struct Recording {
    std::string up;    // what the replica said
    std::string down;  // what the master said
    bool is_open = true;
  };

  explicit TapProxy(std::uint16_t target_port);
  ~TapProxy();

  std::uint16_t port() const { return listener_.port(); }
  void set_target(std::uint16_t port) { target_port_ = port; }  // for future connections
  // Off by default where large transfers pass: a recording is kept in memory.
  void record(bool on) { is_recording_ = on; }
  std::vector<Recording> recordings() const;
  unsigned connections() const;      // ever accepted
  std::uint64_t down_bytes() const;  // of the newest connection

  void stall(bool on) { is_stalled_ = on; }  // downwards: accepts, but passes nothing more
  void stall_after(std::optional<std::uint64_t> bytes);  // of one connection, downwards
  void cut_after(std::optional<std::uint64_t>
                     bytes);  // of one connection, downwards: then both ends are closed
  void cut();                 // every connection that is open now
  void refuse(bool on) { is_refusing_ = on; }  // closes new connections at once
  void throttle(std::uint64_t bytes_per_second) { rate_ = bytes_per_second; }  // downwards; 0: not

 private:
  struct Connection {
    Connection(Socket from, Socket to) : replica(std::move(from)), master(std::move(to)) {}
    Socket replica;
    Socket master;
    std::atomic<std::uint64_t> down_bytes = 0;
    std::atomic<bool> is_open = true;
    mutable std::mutex mutex;
    Recording recording;  // guarded by mutex
    std::thread up_thread;
    std::thread down_thread;
    void close();
  };

  void accept_loop();
  void pass_up(Connection& connection);
  void pass_down(Connection& connection);
  // How many bytes may pass now; waits while there are none. None: cut the connection.
  std::optional<std::size_t> wait_for_leave(const Connection& connection) const;
  void rest(std::chrono::nanoseconds most, const Connection& connection) const;  // or to its end

  ListeningSocket listener_;
  std::atomic<std::uint16_t> target_port_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> is_recording_ = true;
  std::atomic<bool> is_stalled_ = false;
  std::atomic<bool> is_refusing_ = false;
  std::atomic<std::uint64_t> stall_after_;
  std::atomic<std::uint64_t> cut_after_;
  std::atomic<std::uint64_t> rate_ = 0;
  mutable std::mutex resting_;
  mutable std::condition_variable ended_;
  mutable std::mutex mutex_;
  std::list<std::unique_ptr<Connection>> connections_;  // guarded by mutex_; none is removed
  std::thread accept_thread_;
};

}  // namespace relay::test
