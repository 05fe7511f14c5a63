#include "tests/support/stream_hash.h"

#include <bit>
#include <cstring>

namespace relay::test {

std::uint64_t StreamHash::mixed(std::uint64_t state, std::uint64_t word) {
  return std::rotl((state ^ word) * 0xff51afd7ed558ccdULL, 29);
}

void StreamHash::add(std::string_view bytes) {
  std::size_t i = 0;
  const auto add_byte = [&] {
    partial_ |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (bytes_ % 8 * 8);
    ++i;
    if (++bytes_ % 8 == 0) {
      state_ = mixed(state_, partial_);
      partial_ = 0;
    }
  };
  while (i < bytes.size() && bytes_ % 8 != 0) add_byte();
  for (; i + 8 <= bytes.size(); i += 8, bytes_ += 8) {
    std::uint64_t word;  // little endian, as everything we run on
    std::memcpy(&word, bytes.data() + i, 8);
    state_ = mixed(state_, word);
  }
  while (i < bytes.size()) add_byte();
}

std::uint64_t StreamHash::value() const { return mixed(mixed(state_, partial_), bytes_); }

}  // namespace relay::test
