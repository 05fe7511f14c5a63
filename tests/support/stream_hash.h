// A running hash of a stream, the same whatever the pieces it comes in: 300 MB are compared with
// 300 MB without keeping either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::test {

class StreamHash {
 public:
  void add(std::string_view bytes);
  std::uint64_t value() const;  // of all bytes so far; counts their number too
  std::uint64_t bytes() const { return bytes_; }

 private:
  static std::uint64_t mixed(std::uint64_t state, std::uint64_t word);

  std::uint64_t state_ = 0x9e3779b97f4a7c15ULL;
  std::uint64_t bytes_ = 0;
  std::uint64_t partial_ = 0;  // the bytes after the last whole word, first byte lowest
};

}  // namespace relay::test
