// /v1/status in text, as `ctl status` prints it and `ctl top` begins: what an operator looks at
// first, above what explains it.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"
#include "proxy/ctl/text_table.h"

#include <string>
#include <vector>

namespace relay {

// Bytes per second; absent where there is nothing to count from yet.
struct StreamRates {
  std::optional<double> received;
  std::optional<double> sent;
};

// Title, warnings, and a paragraph for each part; the replicas counted, not listed.
std::vector<std::string> status_lines(const JsonNode& status, const StreamRates& rates,
                                      const Style& style);
std::string status_text(const JsonNode& status, const Style& style);

// What went through between two pictures of the same process.
StreamRates rates_between(const JsonNode& before, const JsonNode& after);

}  // namespace relay
