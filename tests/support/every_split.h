// The sweep that every parser of bytes must survive: the same input in two parts, cut at each place
// there is, and in parts of each small size. What a parser says must not depend on how the network
// cut its input.
//
// Header only, so that tests of a single library need no other.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>

namespace relay {

// check(head, tail) for each of the size + 1 ways to cut `input` in two, empty parts included.
template <typename Check>
void for_each_split(std::string_view input, Check check) {
  for (std::size_t at = 0; at <= input.size(); ++at) {
    SCOPED_TRACE(::testing::Message() << "cut after byte " << at << " of " << input.size());
    check(input.substr(0, at), input.substr(at));
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// take(part) for the consecutive parts of `input` that are `size` bytes long; the last may be
// shorter.
template <typename Take>
void in_parts_of(std::size_t size, std::string_view input, Take take) {
  for (std::size_t at = 0; at < input.size(); at += size) take(input.substr(at, size));
}

}  // namespace relay
