// Reads the stream of one replica and finds the probes in it: SETs whose value is the time at which
// bench_load has written them to the master. What lies between is the latency.
//
// A thread of its own, which waits for nothing but this socket: hundreds of other sinks that are
// being drained at the same moment do not add to the figure.
//
// Threading: the reading thread, and whoever asks for bytes() and takes the samples.
#pragma once

#include "tests/bench/loopback.h"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace relay::bench {

constexpr std::string_view kProbeKey = "bench:probe";
constexpr std::size_t kProbeDigits = 20;

std::string probe_command(std::uint64_t written_at);

class ProbeReader {
 public:
  // `socket` belongs to somebody else, who outlives this and does not read from it any more.
  explicit ProbeReader(const Socket& socket);
  ~ProbeReader();
  ProbeReader(const ProbeReader&) = delete;
  ProbeReader& operator=(const ProbeReader&) = delete;

  std::uint64_t bytes() const { return bytes_; }
  bool has_ended() const { return has_ended_; }
  // Nanoseconds, sorted; those since the last call.
  std::vector<std::uint64_t> take_latencies();

 private:
  void run();
  void find(std::string_view bytes, std::uint64_t arrived_at);

  const int fd_;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<bool> has_ended_ = false;
  std::mutex mutex_;
  std::vector<std::uint64_t> latencies_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace relay::bench
