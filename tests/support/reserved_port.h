// A TCP port on 127.0.0.1 that nobody else on the machine is given while this lives.
//
//  (1) The kernel picks it, so tests run side by side.
//  (2) Our socket stays bound and never listens, and has SO_REUSEADDR: a server that sets it too
//      (all do) may bind and listen on the same port, and may be restarted on it, while neither
//      another reservation nor an outgoing connection can take it meanwhile.
#pragma once

#include <cstdint>

namespace relay::test {

class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  int fd_;
  std::uint16_t number_ = 0;
};

}  // namespace relay::test
