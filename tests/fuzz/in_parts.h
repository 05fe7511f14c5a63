// What the targets share: an input is observed whole and in parts of several sizes, and must be
// understood the same.
//
// The size of the parts is no part of the input, so that a file of the corpus is a plain sample of
// what the parser reads.
#pragma once

#include "common/base/check.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// read(input, part size) returns what was understood, something comparable.
template <typename Read>
void check_that_parts_do_not_matter(std::string_view input, Read read) {
  const auto whole = read(input, input.size() + 1);
  constexpr std::array<std::size_t, 4> kSizes = {1, 2, 7, 41};
  for (const std::size_t size : kSizes) {
    const bool same = read(input, size) == whole;
    RELAY_CHECK(same);
  }
}

}  // namespace relay
