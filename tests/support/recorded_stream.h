// The master's stream as a tap has seen it pass, put together from all the connections to one
// replica.
#pragma once

#include "tests/support/tap_proxy.h"

#include <cstdint>
#include <string>

namespace relay::test {

struct RecordedStream {
  std::string id;           // of the history, as the master named it last
  std::uint64_t begin = 0;  // the offset of the first byte
  std::string bytes;
  std::string snapshot;  // of the (only) full sync
  unsigned full_syncs = 0;
  unsigned continuations = 0;

  std::uint64_t end() const { return begin + bytes.size(); }
};

// Bytes that came twice must be the same both times, and none may be missing: throws otherwise. A
// second full sync starts afresh.
RecordedStream stream_seen_by(const TapProxy& tap);

}  // namespace relay::test
