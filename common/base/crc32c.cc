#include "common/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace relay {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the slices below read words as they lie in memory");

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // mirrored: bit 31 is the power 0
constexpr std::size_t kSlices = 8;
using Table = std::array<std::uint32_t, 256>;

// tables[k][b]: what byte b adds to the checksum when k more bytes follow it.
constexpr std::array<Table, kSlices> make_tables() {
  std::array<Table, kSlices> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = tables[0][before & 0xff] ^ (before >> 8);
    }
  }
  return tables;
}

constexpr std::array<Table, kSlices> kTables = make_tables();

std::uint64_t word_at(const char* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

#if defined(__x86_64__)

// The instruction takes three cycles, and the next can begin in each of them: three lanes at a time
// are as fast as one. A lane's checksum is what it would be if zeros stood for the lanes behind it,
// once those zeros are passed; a checksum is linear, so that passing them is a look-up for each of
// its bytes.
constexpr std::size_t kLane = 1024;
constexpr int kDoublings = 10;  // from one zero to a lane of them
using Shift = std::array<Table, 4>;

// What becomes of each bit of a checksum when zeros follow.
using Passed = std::array<std::uint32_t, 32>;

constexpr Passed past_one_zero() {
  Passed passed{};
  for (std::size_t bit = 0; bit < passed.size(); ++bit) {
    const std::uint32_t crc = std::uint32_t{1} << bit;
    passed[bit] = kTables[0][crc & 0xff] ^ (crc >> 8);
  }
  return passed;
}

constexpr Passed twice(const Passed& once) {
  Passed passed{};
  for (std::size_t bit = 0; bit < passed.size(); ++bit) {
    for (std::size_t of = 0; of < once.size(); ++of) {
      if ((once[bit] >> of & 1) != 0) passed[bit] ^= once[of];
    }
  }
  return passed;
}

constexpr Shift make_shift(int doublings) {
  Passed passed = past_one_zero();
  for (int i = 0; i < doublings; ++i) passed = twice(passed);
  Shift shift{};
  for (std::size_t place = 0; place < shift.size(); ++place) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      for (std::size_t bit = 0; bit < 8; ++bit) {
        if ((byte >> bit & 1) != 0) shift[place][byte] ^= passed[8 * place + bit];
      }
    }
  }
  return shift;
}

static_assert(kLane == std::size_t{1} << kDoublings);
constexpr Shift kPastOneLane = make_shift(kDoublings);
constexpr Shift kPastTwoLanes = make_shift(kDoublings + 1);

std::uint32_t past(const Shift& zeros, std::uint64_t state) {
  return zeros[0][state & 0xff] ^ zeros[1][state >> 8 & 0xff] ^ zeros[2][state >> 16 & 0xff] ^
         zeros[3][state >> 24 & 0xff];
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_cpu(std::uint32_t crc,
                                                              std::string_view bytes) {
  std::uint64_t state = ~crc;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3 * kLane; left -= 3 * kLane, p += 3 * kLane) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kLane; i += 8) {
      state = _mm_crc32_u64(state, word_at(p + i));
      second = _mm_crc32_u64(second, word_at(p + i + kLane));
      third = _mm_crc32_u64(third, word_at(p + i + 2 * kLane));
    }
    state = past(kPastTwoLanes, state) ^ past(kPastOneLane, second) ^ third;
  }
  for (; left >= 8; left -= 8, p += 8) state = _mm_crc32_u64(state, word_at(p));
  auto last = static_cast<std::uint32_t>(state);
  for (; left > 0; --left, ++p) last = _mm_crc32_u8(last, static_cast<unsigned char>(*p));
  return ~last;
}

bool has_crc_instruction() {
  static const bool has = __builtin_cpu_supports("sse4.2") != 0;
  return has;
}

#endif

}  // namespace

std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view bytes) {
  crc = ~crc;
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kSlices; left -= kSlices, p += kSlices) {
    const std::uint64_t word = word_at(p) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < kSlices; ++i) {
      crc ^= kTables[kSlices - 1 - i][(word >> (8 * i)) & 0xff];
    }
  }
  for (; left > 0; --left, ++p) {
    crc = kTables[0][(crc ^ static_cast<unsigned char>(*p)) & 0xff] ^ (crc >> 8);
  }
  return ~crc;
}

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) {
#if defined(__x86_64__)
  if (has_crc_instruction()) return crc32c_by_cpu(crc, bytes);
#endif
  return crc32c_portable(crc, bytes);
}

}  // namespace relay
