// A replica that keeps nothing: one connection, from the handshake to the stream.
//
//  (1) Stream and snapshot are dropped in the kernel (MSG_TRUNC) and only counted, so that the
//      program that feeds the sinks is the one that is measured. A snapshot that ends in a mark
//      has to be read to find it.
//  (2) offset() is what a replica's would be: it is acknowledged, and a sink that has lost its link
//      asks for the bytes from there on.
//  (3) A Redis that has sent a snapshot up to a mark begins to stream at the first ack after it has
//      noticed that its child has ended. It is acknowledged more often until the first byte is
//      there: a second of waiting would be measured as a latency.
//  (4) Lines of the handshake are taken one by one and never a byte too much (take_line).
//  (5) In TLS all of it is read and decrypted, as a replica has to.
//
// Whoever owns it says when the socket is readable and watches state(). Threading: one thread.
#pragma once

#include "common/tls/tls_channel.h"
#include "tests/bench/loopback.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace relay::bench {

// What a sink asks for: everything, or to go on in a history.
struct Position {
  std::string id = "?";
  std::uint64_t offset = 0;
  bool is_known() const { return id != "?"; }
};

struct SinkTotals {
  std::uint64_t stream_bytes = 0;
  std::uint64_t snapshot_bytes = 0;
  std::uint64_t full_syncs = 0;
  std::uint64_t partial_syncs = 0;
  std::uint64_t lost_links = 0;
  std::string last_refusal;
};

class Sink {
 public:
  enum class State {
    kClosed,
    kConnecting,
    kShakingHands,
    kGreeting,
    kSizeOfSnapshot,
    kSnapshot,
    kSnapshotToMark,
    kStreaming
  };

  // `tls`, which outlives it: in TLS. Null: not.
  Sink(SinkTotals& totals, Position position, const TlsContext* tls)
      : totals_(&totals), position_(std::move(position)), context_(tls) {}

  State state() const { return state_; }
  const Socket& socket() const { return socket_; }
  std::uint64_t offset() const { return position_.offset; }

  // False where the peer's backlog is full or it is not there.
  bool begin(std::uint16_t port, unsigned index);
  void connected();  // or it has failed to be
  void readable();
  void acknowledge();
  bool is_impatient() const { return eager_acks_ > 0; }  // wants acknowledge() out of turn
  void close();

  // The stream is somebody else's to read from now on (the probe's): it says what it has read.
  void count(std::uint64_t stream_bytes);

 private:
  void shake_hands();
  void begin_greeting();
  void read_decrypted();
  void take(std::string_view bytes);
  void take_line_of(std::string_view& bytes);
  void meet(const std::string& line);
  void greet(const std::string& line);
  void answer_to_psync(const std::string& line);
  void size_of_snapshot(const std::string& line);
  void snapshot();
  void take_of_snapshot(std::size_t n);
  void snapshot_to_mark();
  void take_towards_mark(std::string_view bytes);
  void stream();
  void begin_streaming();
  void lines();
  void say(std::string_view bytes);

  SinkTotals* totals_;
  Position position_;
  const TlsContext* context_;
  Socket socket_;
  std::unique_ptr<TlsChannel> channel_;
  std::string line_;  // of what was decrypted, the beginning of one
  State state_ = State::kClosed;
  unsigned step_ = 0;       // of the greeting
  std::uint64_t left_ = 0;  // of the snapshot
  std::string mark_;
  std::string tail_;  // the last bytes read before a mark
  unsigned eager_acks_ = 0;
};

}  // namespace relay::bench
