#include "proxy/snapshot/rdb_string.h"

#include <cstdint>

namespace relay {
namespace {

using Outcome = RdbString::Outcome;

std::uint64_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value = (value << 8) | byte_at(bytes, i);
  return value;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = (value << 8) | byte_at(bytes, i - 1);
  return value;
}

// What stands before the bytes of a string: how many they are, or in which other form they are
// stored.
struct Prefix {
  Outcome outcome = Outcome::kUnreadable;
  bool is_form = false;
  std::uint64_t value = 0;
  std::size_t size = 0;
};

Prefix read_prefix(std::string_view bytes) {
  if (bytes.empty()) return {Outcome::kNeedMore};
  const std::uint64_t first = byte_at(bytes, 0);
  const std::uint64_t low = first & 0x3f;
  const auto following = [&](std::size_t count) -> Prefix {
    if (bytes.size() < 1 + count) return {Outcome::kNeedMore};
    return {Outcome::kWhole, false, big_endian(bytes.substr(1, count)), 1 + count};
  };
  switch (first >> 6) {
    case 0:
      return {Outcome::kWhole, false, low, 1};
    case 1: {
      Prefix prefix = following(1);
      prefix.value |= low << 8;
      return prefix;
    }
    case 2:
      if (first == 0x80) return following(4);
      if (first == 0x81) return following(8);
      return {Outcome::kUnreadable};
    default:
      return {Outcome::kWhole, true, low, 1};
  }
}

RdbString read_integer(std::string_view bytes, std::size_t at, std::size_t width) {
  if (bytes.size() < at + width) return {Outcome::kNeedMore, {}, 0};
  const std::uint64_t raw = little_endian(bytes.substr(at, width));
  const std::int64_t value = width == 1   ? static_cast<std::int8_t>(raw)
                             : width == 2 ? static_cast<std::int16_t>(raw)
                                          : static_cast<std::int32_t>(raw);
  return {Outcome::kWhole, std::to_string(value), at + width};
}

RdbString read_compressed(std::string_view bytes, std::size_t at, std::size_t limit) {
  const Prefix packed = read_prefix(bytes.substr(at));
  if (packed.outcome != Outcome::kWhole) return {packed.outcome, {}, 0};
  at += packed.size;
  const Prefix plain = read_prefix(bytes.substr(at));
  if (plain.outcome != Outcome::kWhole) return {plain.outcome, {}, 0};
  at += plain.size;
  if (packed.is_form || plain.is_form || packed.value > limit || plain.value > limit) return {};
  if (bytes.size() - at < packed.value) return {Outcome::kNeedMore, {}, 0};
  auto value = decompress_lzf(bytes.substr(at, packed.value), plain.value);
  if (!value) return {};
  return {Outcome::kWhole, *std::move(value), at + packed.value};
}

}  // namespace

RdbString read_rdb_string(std::string_view bytes, std::size_t limit) {
  const Prefix prefix = read_prefix(bytes);
  if (prefix.outcome != Outcome::kWhole) return {prefix.outcome, {}, 0};
  if (!prefix.is_form) {
    if (prefix.value > limit) return {};
    if (bytes.size() - prefix.size < prefix.value) return {Outcome::kNeedMore, {}, 0};
    return {Outcome::kWhole, std::string(bytes.substr(prefix.size, prefix.value)),
            prefix.size + static_cast<std::size_t>(prefix.value)};
  }
  switch (prefix.value) {
    case 0:
      return read_integer(bytes, prefix.size, 1);
    case 1:
      return read_integer(bytes, prefix.size, 2);
    case 2:
      return read_integer(bytes, prefix.size, 4);
    case 3:
      return read_compressed(bytes, prefix.size, limit);
    default:
      return {};
  }
}

std::optional<std::string> decompress_lzf(std::string_view packed, std::size_t size) {
  std::string plain;
  std::size_t at = 0;
  while (at < packed.size()) {
    const std::size_t control = byte_at(packed, at++);
    if (control < 32) {  // so many bytes, and one, as they are
      const std::size_t run = control + 1;
      if (run > packed.size() - at || run > size - plain.size()) return std::nullopt;
      plain.append(packed.substr(at, run));
      at += run;
      continue;
    }
    // A repetition of what is there already. It may overlap what it writes.
    std::size_t run = (control >> 5) + 2;
    if (run == 9) {
      if (at == packed.size()) return std::nullopt;
      run += byte_at(packed, at++);
    }
    if (at == packed.size()) return std::nullopt;
    const std::size_t back = ((control & 0x1f) << 8 | byte_at(packed, at++)) + 1;
    if (back > plain.size() || run > size - plain.size()) return std::nullopt;
    for (; run > 0; --run) plain.push_back(plain[plain.size() - back]);
  }
  if (plain.size() != size) return std::nullopt;
  return plain;
}

}  // namespace relay
