// The header Content-Range of an answer: "bytes 100-199/1000", "bytes */1000".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace relay {

struct ContentRange {
  std::optional<std::uint64_t> first;  // none: no part could be given
  std::optional<std::uint64_t> total;  // none: "*"
  bool operator==(const ContentRange&) const = default;
};

std::optional<ContentRange> parse_content_range(std::string_view text);

}  // namespace relay
