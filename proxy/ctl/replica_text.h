// Replicas of the API in text: a table of them, and one in full.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"
#include "proxy/ctl/text_table.h"

#include <string>
#include <vector>

namespace relay {

// A line of titles, then a line for each.
std::vector<std::string> replica_lines(const std::vector<JsonNode>& replicas, const Style& style);
// An answer of /v1/replicas or of several pages of it; `state`: what was asked for, "" for all.
std::string replicas_text(const std::vector<JsonNode>& replicas, const std::string& state,
                          const Style& style);
std::string replica_text(const JsonNode& replica, const Style& style);

}  // namespace relay
