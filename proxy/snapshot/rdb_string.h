// One string as an RDB holds it: plain, a small integer, or compressed with LZF. The AUX fields at
// the front of a snapshot are pairs of these.
//
//  (1) A string that is not whole yet consumes nothing; one longer than `limit` is not waited for.
//  (2) Lengths in the bytes are claims: nothing is allocated beyond `limit`.
//
// Inner ring. Threading: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

struct RdbString {
  enum class Outcome {
    kWhole,
    kNeedMore,
    kUnreadable,  // no string, or one beyond the limit
  };
  Outcome outcome = Outcome::kUnreadable;
  std::string value;         // integers as their decimal text
  std::size_t consumed = 0;  // kWhole: how many bytes it took
};

RdbString read_rdb_string(std::string_view bytes, std::size_t limit);

// The `size` bytes that were compressed into `packed`; nothing if it does not hold exactly so many.
std::optional<std::string> decompress_lzf(std::string_view packed, std::size_t size);

}  // namespace relay
