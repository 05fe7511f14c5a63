// A page of a program that watches: Prometheus, an exporter. Asked for as HTTP/1.0, so that it comes
// in one piece and not in chunks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relay::test {

// The body of the answer, which must be a 200; else throws, with what was said.
std::string http_page(std::uint16_t port, const std::string& path);

// Text as a part of a query: everything but letters and digits as %XX.
std::string query_escaped(std::string_view text);

}  // namespace relay::test
