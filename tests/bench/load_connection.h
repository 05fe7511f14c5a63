// One connection that writes SETs to the master, many in flight.
//
// Whole blocks of commands are sent, and a block more once the replies to enough of those before are
// here: the master is kept busy, and what waits in its input stays small.
//
// Threading: one thread.
#pragma once

#include "tests/bench/loopback.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace relay::bench {

// SETs of values of one size, put together once; keys go round, so that the dataset stays small.
struct LoadBlock {
  std::string bytes;
  std::size_t commands = 0;
};
LoadBlock make_block(std::size_t value_bytes, std::size_t block_bytes);

class LoadConnection {
 public:
  LoadConnection(std::uint16_t port, const LoadBlock& block);

  const Socket& socket() const { return socket_; }
  bool may_begin_block() const { return !is_sending() && unanswered_ <= most_unanswered_; }
  bool is_sending() const { return sent_ < block_->bytes.size(); }
  bool is_done() const { return !is_sending() && unanswered_ == 0; }
  void begin_block();
  void send_some();
  void read_replies();  // throws at an error reply

 private:
  const LoadBlock* block_;
  std::size_t most_unanswered_;  // commands, where another block may follow
  Socket socket_;
  std::size_t sent_;  // of the block
  std::size_t unanswered_ = 0;
};

}  // namespace relay::bench
