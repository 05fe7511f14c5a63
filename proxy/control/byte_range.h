// The Range header of a download: one range of bytes, as RFC 9110 has it.
//
//  (1) What is not understood (another unit, several ranges) is as good as no header: the whole is
//      sent.
//  (2) A range that begins behind the end cannot be satisfied.
//
// Threading: pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace relay {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

struct RangeAnswer {
  bool is_unsatisfiable = false;
  std::optional<ByteRange> part;  // none: the whole
};

RangeAnswer range_of(std::string_view header, std::uint64_t size);

}  // namespace relay
