#include "common/base/crc64.h"

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

// Bit 63 is the power 0: the polynomial 0xad93d23594c935a9 mirrored.
constexpr std::uint64_t kPolynomial = 0x95ac9329ac4bc9b5;

constexpr std::uint64_t times_x(std::uint64_t value) {
  return (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
}

constexpr std::size_t kSlices = 16;
using Table = std::array<std::uint64_t, 256>;

// tables[k][b]: what byte b adds to the checksum when k more bytes follow it.
constexpr std::array<Table, kSlices> make_tables() {
  std::array<Table, kSlices> tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = times_x(crc);
    tables[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t before = tables[slice - 1][byte];
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

template <std::size_t kFirstSlice>
std::uint64_t eight_bytes(std::uint64_t word) {
  std::uint64_t crc = 0;
  for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[kFirstSlice - i][(word >> (8 * i)) & 0xff];
  return crc;
}

#if defined(__x86_64__)

constexpr std::uint64_t power_of_x(unsigned exponent) {
  std::uint64_t value = std::uint64_t{1} << 63;
  for (unsigned i = 0; i < exponent; ++i) value = times_x(value);
  return value;
}

constexpr std::size_t kLane = 16;
constexpr std::size_t kLanes = 4;
constexpr std::size_t kFolded = kLane * kLanes;

// Moving 128 bits forward by n bits multiplies their first half by x^(n+64) and their second by
// x^n. The product of two mirrored words comes out one power too high, hence the -1.
__attribute__((target("pclmul"))) __m128i factors(std::uint64_t first, std::uint64_t second) {
  return _mm_set_epi64x(static_cast<long long>(second), static_cast<long long>(first));
}

__attribute__((target("pclmul"))) __m128i fold(__m128i value, __m128i by, __m128i onto) {
  const __m128i first = _mm_clmulepi64_si128(value, by, 0x00);
  const __m128i second = _mm_clmulepi64_si128(value, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(first, second), onto);
}

__attribute__((target("pclmul"))) __m128i lane_at(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

// Folds all whole 64-byte blocks (at least one) into 16 bytes that have the same checksum.
__attribute__((target("pclmul"))) std::uint64_t crc64_folding(std::uint64_t crc, const char* p,
                                                              std::size_t blocks) {
  constexpr std::uint64_t kFar1 = power_of_x(kFolded * 8 + 64 - 1);
  constexpr std::uint64_t kFar2 = power_of_x(kFolded * 8 - 1);
  constexpr std::uint64_t kNear1 = power_of_x(kLane * 8 + 64 - 1);
  constexpr std::uint64_t kNear2 = power_of_x(kLane * 8 - 1);
  const __m128i far = factors(kFar1, kFar2);
  const __m128i near = factors(kNear1, kNear2);

  __m128i a = _mm_xor_si128(lane_at(p), _mm_cvtsi64_si128(static_cast<long long>(crc)));
  __m128i b = lane_at(p + kLane);
  __m128i c = lane_at(p + 2 * kLane);
  __m128i d = lane_at(p + 3 * kLane);
  for (std::size_t block = 1; block < blocks; ++block) {
    p += kFolded;
    a = fold(a, far, lane_at(p));
    b = fold(b, far, lane_at(p + kLane));
    c = fold(c, far, lane_at(p + 2 * kLane));
    d = fold(d, far, lane_at(p + 3 * kLane));
  }
  b = fold(a, near, b);
  c = fold(b, near, c);
  d = fold(c, near, d);
  std::array<char, kLane> rest{};
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest.data()), d);
  return crc64_portable(0, {rest.data(), rest.size()});
}

bool has_carryless_multiplication() {
  static const bool has = __builtin_cpu_supports("pclmul") != 0;
  return has;
}

#endif

}  // namespace

std::uint64_t crc64_portable(std::uint64_t crc, std::string_view bytes) {
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= kSlices; left -= kSlices, p += kSlices) {
    crc = eight_bytes<15>(crc ^ word_at(p)) ^ eight_bytes<7>(word_at(p + 8));
  }
  for (; left > 0; --left, ++p) {
    crc = kTables[0][(crc ^ static_cast<unsigned char>(*p)) & 0xff] ^ (crc >> 8);
  }
  return crc;
}

std::uint64_t crc64(std::uint64_t crc, std::string_view bytes) {
#if defined(__x86_64__)
  if (bytes.size() >= 2 * kFolded && has_carryless_multiplication()) {
    const std::size_t blocks = bytes.size() / kFolded;
    crc = crc64_folding(crc, bytes.data(), blocks);
    bytes.remove_prefix(blocks * kFolded);
  }
#endif
  return crc64_portable(crc, bytes);
}

}  // namespace relay
