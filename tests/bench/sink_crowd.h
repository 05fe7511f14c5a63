// All the sinks of one program, on one epoll: connected in their order, fed, acknowledged, connected
// again.
//
// The probe is the sink in the middle of the order, read by a ProbeReader. Acks go out each second
// and sink, spread over the second.
//
// Threading: one thread.
#pragma once

#include "tests/bench/probe_reader.h"
#include "tests/bench/sink.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace relay::bench {

struct CrowdOptions {
  std::uint16_t port = 0;
  unsigned sinks = 1;
  unsigned in_flight = 512;  // handshakes and snapshots at a time
  Position position;
  bool reconnects = false;
  bool has_probe = false;  // not in TLS
  bool in_tls = false;
};

class SinkCrowd {
 public:
  explicit SinkCrowd(CrowdOptions options);

  // One round: waits for what happens, at most `milliseconds`.
  void turn(int milliseconds);
  // Closes every link at once, and connects again, also where sinks do not do that by themselves.
  void drop_all();

  bool all_are_streaming() const { return streaming_ == sinks_.size(); }
  std::uint64_t streaming() const { return streaming_; }
  std::uint64_t all_streaming_since() const { return all_streaming_since_; }  // nanoseconds
  std::uint64_t begun_at() const { return begun_at_; }
  std::uint64_t least_offset() const;
  std::uint64_t most_offset() const;
  const SinkTotals& totals() const { return totals_; }
  ProbeReader* probe() { return probe_.get(); }

 private:
  void connect_some();
  void serve(unsigned index);
  void lost(unsigned index, Sink::State before);
  void watch(unsigned index, int operation, std::uint32_t events);
  void acknowledge_some();
  void read_probe();
  bool is_probe(unsigned index) const { return options_.has_probe && index == sinks_.size() / 2; }

  const CrowdOptions options_;
  const std::unique_ptr<const TlsContext> context_;  // null: not in TLS
  Socket epoll_;
  SinkTotals totals_;
  std::vector<Sink> sinks_;
  std::unique_ptr<ProbeReader> probe_;
  std::uint64_t probe_bytes_ = 0;  // of the reader's, already counted for the sink
  std::vector<unsigned> waiting_;  // to be connected, the next one last
  std::uint64_t not_before_ = 0;   // nanoseconds, after a refused connection
  unsigned handshakes_ = 0;
  std::uint64_t streaming_ = 0;
  std::uint64_t begun_at_ = 0;
  std::uint64_t all_streaming_since_ = 0;
  std::uint64_t next_acks_ = 0;
  unsigned ack_slice_ = 0;
};

}  // namespace relay::bench
