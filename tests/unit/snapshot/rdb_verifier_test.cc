// The verifier on the snapshot that a Redis 7.0.15 sent, whole, in every split, damaged at every
// bit, and on made-up ones.
#include "proxy/snapshot/rdb_verifier.h"

#include "common/base/crc64.h"
#include "proxy/snapshot/rdb_string.h"
#include "tests/support/every_split.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace relay {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

const std::string kRedis70 = from_hex(
    "524544495330303130fa0972656469732d76657206372e302e3135fa0a72656469732d62697473c040fa056374696d"
    "65"
    "c2ca95006bfa08757365642d6d656dc240ec0e00fa0e7265706c2d73747265616d2d6462c000fa077265706c2d6964"
    "28"
    "64363462366639343637396237333961343462653231616333303731346362393435306535613666fa0b7265706c2d"
    "6f"
    "6666736574c000fa08616f662d62617365c000fe00fb02001201"
    "6c0102161600000006008161028162028163020101020103"
    "01ff00016b0176ff7b1cbd37f60144e2");
const std::string kRedis70Id = "d64b6f94679b739a44be21ac30714cb9450e5a6f";

std::string sealed(std::string bytes) {
  bytes += '\xff';
  const std::uint64_t crc = crc64(0, bytes);
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(crc >> (8 * i));
  return bytes;
}

std::string plain(std::string_view text) {
  EXPECT_LT(text.size(), 64U);
  return static_cast<char>(text.size()) + std::string(text);
}

std::string aux(std::string_view name, std::string_view stored) {
  return '\xfa' + plain(name) + std::string(stored);
}

RdbVerifier::Verdict verdict_of(std::string_view bytes) {
  RdbVerifier verifier;
  verifier.observe(bytes);
  return verifier.finish();
}

TEST(RdbVerifier, ASnapshotOfRedisIsWhole) {
  const RdbVerifier::Verdict verdict = verdict_of(kRedis70);
  EXPECT_TRUE(verdict.ok) << verdict.text;
  EXPECT_FALSE(verdict.checksum_disabled);
  EXPECT_EQ(verdict.version, 10);
  EXPECT_EQ(verdict.size, 210U);
  EXPECT_EQ(verdict.repl_id, ReplId::parse(kRedis70Id));
  EXPECT_EQ(verdict.repl_offset, Offset::of_bytes(0));
}

TEST(RdbVerifier, AnySplitYieldsTheSameVerdict) {
  const auto check = [](const RdbVerifier& verifier) {
    const RdbVerifier::Verdict verdict = verifier.finish();
    EXPECT_TRUE(verdict.ok) << verdict.text;
    EXPECT_EQ(verdict.repl_id, ReplId::parse(kRedis70Id));
    EXPECT_EQ(verdict.repl_offset, Offset::of_bytes(0));
  };
  for_each_split(kRedis70, [&](std::string_view head, std::string_view tail) {
    RdbVerifier verifier;
    verifier.observe(head);
    verifier.observe(tail);
    check(verifier);
  });
  for (std::size_t size = 1; size < 30; ++size) {
    RdbVerifier verifier;
    in_parts_of(size, kRedis70, [&](std::string_view part) { verifier.observe(part); });
    check(verifier);
  }
}

TEST(RdbVerifier, NoPrefixIsWhole) {
  for (std::size_t size = 0; size < kRedis70.size(); ++size) {
    const RdbVerifier::Verdict verdict = verdict_of(std::string_view(kRedis70).substr(0, size));
    EXPECT_FALSE(verdict.ok) << size;
    EXPECT_NE(verdict.text, "");
  }
}

TEST(RdbVerifier, AFlippedBitAnywhereIsFound) {
  for (std::size_t bit = 0; bit < kRedis70.size() * 8; ++bit) {
    std::string damaged = kRedis70;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(verdict_of(damaged).ok) << "bit " << bit;
  }
}

TEST(RdbVerifier, AByteTooManyIsFound) { EXPECT_FALSE(verdict_of(kRedis70 + "\n").ok); }

TEST(RdbVerifier, ATrailerOfZerosMeansThatTheMasterHasChecksumsOff) {
  std::string bytes = kRedis70;
  bytes.replace(bytes.size() - 8, 8, 8, '\0');
  const RdbVerifier::Verdict verdict = verdict_of(bytes);
  EXPECT_TRUE(verdict.ok);
  EXPECT_TRUE(verdict.checksum_disabled);
  bytes[bytes.size() - 9] = '\xfe';
  EXPECT_FALSE(verdict_of(bytes).ok);
}

TEST(RdbVerifier, ValkeyHasAMagicOfItsOwn) {
  const RdbVerifier::Verdict verdict =
      verdict_of(sealed("VALKEY080" + aux("repl-offset", plain("7"))));
  EXPECT_TRUE(verdict.ok) << verdict.text;
  EXPECT_EQ(verdict.version, 80);
  EXPECT_EQ(verdict.repl_offset, Offset::of_bytes(7));
}

TEST(RdbVerifier, AnUnknownMagicIsRefusedAtOnce) {
  for (const std::string magic :
       {"VCS000001", "REDIS00x1", "REDIS0000", "VALKEY-01", "REDIS+001", "redis0009",
        "\x1f\x8b"
        "gzipped"}) {
    RdbVerifier verifier;
    verifier.observe(magic);
    EXPECT_NE(verifier.error(), "") << magic;
    EXPECT_FALSE(verdict_of(sealed(magic)).ok) << magic;
  }
}

TEST(RdbVerifier, OldVersionsHaveNoTrailer) {
  RdbVerifier::Verdict verdict = verdict_of("REDIS0004\xfe" + std::string(1, 0) + "\xff");
  EXPECT_TRUE(verdict.ok) << verdict.text;
  EXPECT_TRUE(verdict.checksum_disabled);
  EXPECT_TRUE(verdict_of("REDIS0004\xff").ok);
  EXPECT_FALSE(verdict_of("REDIS0004").ok);
  EXPECT_FALSE(verdict_of("REDIS0004\xfe").ok);
  EXPECT_FALSE(verdict_of("REDIS0005\xff").ok);
  EXPECT_TRUE(verdict_of(sealed("REDIS0005")).ok);
}

TEST(RdbVerifier, AuxValuesMayBeIntegersOfEachWidth) {
  const auto offset_of = [](const std::string& stored) {
    return verdict_of(sealed("REDIS0011" + aux("repl-offset", stored))).repl_offset;
  };
  EXPECT_EQ(offset_of("\xc0\x7f"), Offset::of_bytes(127));
  EXPECT_EQ(offset_of("\xc1\x34\x12"), Offset::of_bytes(0x1234));
  EXPECT_EQ(offset_of("\xc2\x78\x56\x34\x12"), Offset::of_bytes(0x12345678));
  EXPECT_EQ(offset_of(plain("1234567890123")), Offset::of_bytes(1234567890123));
  EXPECT_FALSE(offset_of("\xc0\xff"));
  EXPECT_FALSE(offset_of(plain("12x")));
  EXPECT_FALSE(offset_of(plain("")));
}

TEST(RdbVerifier, AuxFieldsAreReadOnlyBeforeTheFirstOtherOpcode) {
  const std::string id = aux("repl-id", plain(kRedis70Id));
  EXPECT_TRUE(verdict_of(sealed("REDIS0011" + id)).repl_id);
  RdbVerifier verifier;
  verifier.observe(sealed("REDIS0011" + aux("ctime", "\xc0\x01") + "\xf7" + id));
  EXPECT_TRUE(verifier.aux_is_read());
  EXPECT_TRUE(verifier.finish().ok);
  EXPECT_FALSE(verifier.finish().repl_id);
}

TEST(RdbVerifier, OddAuxFieldsEndTheirReadingAndNothingElse) {
  const std::string huge_length("\x80\xff\xff\xff\xff", 5);
  const std::string large_value = std::string("\x80\x00\x01\x00\x00", 5) + std::string(65536, 'x');
  for (const std::string& stored :
       {std::string("\xc7"), std::string("\x82"), huge_length, large_value, "\xc3" + plain("x")}) {
    const std::string snapshot =
        sealed("REDIS0011" + aux("repl-offset", plain("5")) + aux("lua", stored));
    RdbVerifier verifier;
    in_parts_of(1000, snapshot, [&](std::string_view part) { verifier.observe(part); });
    const RdbVerifier::Verdict verdict = verifier.finish();
    EXPECT_TRUE(verdict.ok) << verdict.text;
    EXPECT_EQ(verdict.repl_offset, Offset::of_bytes(5));
  }
}

TEST(RdbVerifier, LargeSnapshotsAreVerifiedInAnyParts) {
  std::mt19937 random(7);
  std::string bytes = "REDIS0011" + aux("repl-id", plain(kRedis70Id)) + "\xfe";
  for (int i = 0; i < 300000; ++i) bytes += static_cast<char>(random());
  bytes = sealed(bytes);
  RdbVerifier verifier;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = 1 + random() % (random() % 2 == 0 ? 12 : 9000);
    verifier.observe(std::string_view(bytes).substr(at, size));
    at += size;
  }
  EXPECT_TRUE(verifier.finish().ok);
}

TEST(RdbString, ReadsWhatRedisCompressed) {
  std::string expected;
  for (int i = 0; i < 20; ++i) expected += "abcabcabc0123456789";
  const std::string stored = from_hex("c31f417c0361626361600209303132333435363738") + "9" +
                             from_hex("800f2005e0ff12e14d09013839");
  const RdbString read = read_rdb_string(stored, 4096);
  EXPECT_EQ(read.outcome, RdbString::Outcome::kWhole);
  EXPECT_EQ(read.value, expected);
  EXPECT_EQ(read.consumed, stored.size());

  const std::string zeros = from_hex(
      "c309280130"
      "30e01b00013031");
  EXPECT_EQ(read_rdb_string(zeros, 4096).value, std::string(39, '0') + "1");
}

TEST(RdbString, WaitsForEveryMissingByte) {
  for (const std::string& stored :
       {from_hex("c309280130"
                 "30e01b00013031"),
        from_hex("c201020304"), from_hex("4003") + "abc", from_hex("8000000003") + "abc",
        from_hex("810000000000000003") + "abc", plain("abc")}) {
    for (std::size_t size = 0; size < stored.size(); ++size) {
      const RdbString read = read_rdb_string(std::string_view(stored).substr(0, size), 4096);
      EXPECT_EQ(read.outcome, RdbString::Outcome::kNeedMore) << size;
    }
    EXPECT_EQ(read_rdb_string(stored + "more", 4096).consumed, stored.size());
  }
}

TEST(RdbString, WhatIsLongerThanTheLimitIsNotWaitedFor) {
  EXPECT_EQ(read_rdb_string(plain("abcd"), 4).outcome, RdbString::Outcome::kWhole);
  EXPECT_EQ(read_rdb_string(plain("abcde"), 4).outcome, RdbString::Outcome::kUnreadable);
  EXPECT_EQ(read_rdb_string(from_hex("c309ffff"), 4096).outcome, RdbString::Outcome::kUnreadable);
}

TEST(RdbString, ACompressedStringThatLiesIsUnreadable) {
  EXPECT_FALSE(
      decompress_lzf("\x02"
                     "abc",
                     4));
  EXPECT_FALSE(
      decompress_lzf("\x02"
                     "abc",
                     2));
  EXPECT_FALSE(
      decompress_lzf("\x02"
                     "ab",
                     3));
  EXPECT_FALSE(decompress_lzf(std::string("\x00"
                                          "a\x20\x05",
                                          4),
                              4));  // from before the beginning
  EXPECT_FALSE(decompress_lzf(std::string("\x00"
                                          "a\x20",
                                          3),
                              4));
  EXPECT_FALSE(decompress_lzf(std::string("\x00"
                                          "a\xe0",
                                          3),
                              4));
  EXPECT_EQ(decompress_lzf(std::string("\x00"
                                       "a\x20\x00",
                                       4),
                           4),
            "aaaa");
}

}  // namespace
}  // namespace relay
