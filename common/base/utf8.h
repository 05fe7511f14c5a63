// What of a text is UTF-8. Whatever peers say of themselves passes here before it is shown.
//
// Threading: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay {

// How many bytes the UTF-8 sequence at `at` has; 0 if there is none: not UTF-8, too long a form, a
// surrogate, out of range.
inline std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const std::uint8_t second = byte(at + 1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool not_a_character = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || not_a_character ? 0 : length;
}

}  // namespace relay
