// A place in a replication history: the number of its bytes that come before it.
//
//  (1) Offset N means "bytes 1..N are behind us". FULLRESYNC, ACK and INFO count so.
//  (2) PSYNC names the byte it wants, which is one more. That off-by-one is made here and nowhere
//      else.
//  (3) Offsets of different histories must not be compared: what travels between them is a Place
//      {id, offset}.
#pragma once

#include <compare>
#include <cstdint>

namespace relay {

class Offset {
 public:
  constexpr Offset() = default;
  static constexpr Offset of_bytes(std::uint64_t n) { return Offset(n); }
  // `next` is at least 1; a replica may name byte 0, which no history has: callers refuse that
  // first.
  static constexpr Offset from_psync(std::uint64_t next) { return Offset(next - 1); }

  constexpr std::uint64_t bytes() const { return bytes_; }
  constexpr std::uint64_t to_psync() const { return bytes_ + 1; }

  constexpr auto operator<=>(const Offset&) const = default;

  constexpr Offset operator+(std::uint64_t n) const { return Offset(bytes_ + n); }
  constexpr Offset& operator+=(std::uint64_t n) {
    bytes_ += n;
    return *this;
  }
  // The number of bytes between two places; `from` is not behind this one.
  constexpr std::uint64_t since(Offset from) const { return bytes_ - from.bytes_; }

 private:
  constexpr explicit Offset(std::uint64_t bytes) : bytes_(bytes) {}
  std::uint64_t bytes_ = 0;
};

}  // namespace relay
