// Content coding of HTTP answers.
#pragma once

#include <string>
#include <string_view>

namespace relay {

// Whether an Accept-Encoding header lets us answer with gzip: named (or "*") with a weight above 0.
bool accepts_gzip(std::string_view accept_encoding);

// The fastest level: answers are made on the executor that also carries the stream, and text
// shrinks tenfold even so.
std::string gzip(std::string_view plain);

}  // namespace relay
