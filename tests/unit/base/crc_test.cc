// The two checksums against their published check values, against a bit-by-bit reference, and over
// every split.
#include "common/base/crc32c.h"
#include "common/base/crc64.h"
#include "tests/support/every_split.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace relay {
namespace {

std::uint64_t bit_by_bit(std::uint64_t crc, std::string_view bytes, std::uint64_t polynomial) {
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
  }
  return crc;
}

std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(Crc64, HasTheCheckValueOfRdb) {
  EXPECT_EQ(crc64(0, "123456789"), 0xe9c6d914c4b8d9ca);
  EXPECT_EQ(crc64_portable(0, "123456789"), 0xe9c6d914c4b8d9ca);
}

TEST(Crc64, OfNothingIsTheValueBefore) { EXPECT_EQ(crc64(42, ""), 42U); }

TEST(Crc64, AgreesWithTheBitByBitReferenceAtEveryLength) {
  std::mt19937_64 random(64);
  const std::string bytes = random_bytes(random, 700);
  const std::uint64_t before = random();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view part = std::string_view(bytes).substr(0, size);
    const std::uint64_t expected = bit_by_bit(before, part, 0x95ac9329ac4bc9b5);
    ASSERT_EQ(crc64(before, part), expected) << size;
    ASSERT_EQ(crc64_portable(before, part), expected) << size;
  }
}

TEST(Crc64, AnySplitYieldsTheSame) {
  std::mt19937_64 random(65);
  const std::string bytes = random_bytes(random, 600);
  const std::uint64_t whole = crc64(0, bytes);
  for_each_split(bytes, [&](std::string_view head, std::string_view tail) {
    EXPECT_EQ(crc64(crc64(0, head), tail), whole);
  });
}

TEST(Crc32c, HasThePublishedCheckValue) {
  EXPECT_EQ(crc32c(0, "123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c_portable(0, "123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(0, std::string(32, '\0')), 0x8a9136aaU);  // RFC 3720, B.4
}

TEST(Crc32c, AgreesWithTheBitByBitReferenceAtEveryLength) {
  std::mt19937_64 random(32);
  const std::string bytes = random_bytes(random, 300);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view part = std::string_view(bytes).substr(0, size);
    const auto expected = ~static_cast<std::uint32_t>(bit_by_bit(0xffffffff, part, 0x82f63b78));
    ASSERT_EQ(crc32c(0, part), expected) << size;
    ASSERT_EQ(crc32c_portable(0, part), expected) << size;
  }
}

// Long ones are taken in lanes of 1024 bytes, three at a time.
TEST(Crc32c, AgreesWithTheReferenceAroundTheLengthsOfItsLanes) {
  std::mt19937_64 random(34);
  const std::string bytes = random_bytes(random, 70'000);
  for (const std::size_t size : {1023U, 1024U, 3071U, 3072U, 3073U, 3080U, 6143U, 6144U, 6145U,
                                 9215U, 9216U, 65536U, 65552U, 70'000U}) {
    const std::string_view part = std::string_view(bytes).substr(bytes.size() - size);
    for (const std::uint32_t before : {0U, 1U, 0xdeadbeefU, 0xffffffffU}) {
      const auto expected = ~static_cast<std::uint32_t>(
          bit_by_bit(static_cast<std::uint32_t>(~before), part, 0x82f63b78));
      ASSERT_EQ(crc32c(before, part), expected) << size << " after " << before;
      ASSERT_EQ(crc32c_portable(before, part), expected) << size << " after " << before;
    }
  }
}

TEST(Crc32c, AnySplitYieldsTheSame) {
  std::mt19937_64 random(33);
  const std::string bytes = random_bytes(random, 100);
  const std::uint32_t whole = crc32c(0, bytes);
  for_each_split(bytes, [&](std::string_view head, std::string_view tail) {
    EXPECT_EQ(crc32c(crc32c(0, head), tail), whole);
  });
}

}  // namespace
}  // namespace relay
