// What yardstick and sendfile server have in common: they accept replicas, answer their handshake up
// to PSYNC, and drop what replicas say from then on.
//
// The derived class says what a replica gets. Threading: one thread.
#pragma once

#include "common/resp/request_parser.h"
#include "tests/bench/loopback.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace relay::bench {

struct Replica {
  explicit Replica(Socket s) : socket(std::move(s)) {}

  Socket socket;
  RequestParser requests{65536};
  bool is_fed = false;       // PSYNC has been answered
  bool is_waiting = false;   // for room in its socket
  std::string header;        // what is still to be sent of the answer to PSYNC
  std::uint64_t offset = 0;  // into the log or the file
};

class ReplicaServer {
 public:
  explicit ReplicaServer(std::uint16_t port);
  virtual ~ReplicaServer() = default;
  ReplicaServer(const ReplicaServer&) = delete;
  ReplicaServer& operator=(const ReplicaServer&) = delete;

  std::uint16_t port() const { return port_of(listener_); }
  void turn(int milliseconds);

 protected:
  // The answer to PSYNC; sets where the replica begins.
  virtual std::string begin(Replica& replica) = 0;
  // Sends what there is until the socket is full: then, and only then, it returns false.
  virtual bool feed(Replica& replica) = 0;
  // A descriptor that was given to watch() is readable.
  virtual void other_is_readable() {}

  void watch(const Socket& other);
  void feed_all();
  std::map<int, std::unique_ptr<Replica>>& replicas() { return replicas_; }

 private:
  void accept_some();
  void read(Replica& replica);
  void feed_one(Replica& replica);
  void arm(const Replica& replica, std::uint32_t events);

  Socket listener_;
  Socket epoll_;
  int other_ = -1;
  std::map<int, std::unique_ptr<Replica>> replicas_;  // by descriptor
};

// False where the socket is full, or broken: its end will be read.
bool send_some(const Socket& socket, std::string_view bytes, std::size_t& sent);

}  // namespace relay::bench
