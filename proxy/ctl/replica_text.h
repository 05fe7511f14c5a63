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
// How much of the log a replica may miss: of the "log" in a status. Mirrors log_window() of warnings.h.
double log_window_of(const JsonNode& log);
// `window`: 0 where it is not known.
std::vector<std::string> replica_lines(const std::vector<JsonNode>& replicas, const Style& style,
                                       double window = 0);
// An answer of /v1/replicas or of several pages of it; `state`: what was asked for, "" for all.
std::string replicas_text(const std::vector<JsonNode>& replicas, const std::string& state,
                          const Style& style);
std::string replica_text(const JsonNode& replica, const Style& style);

}  // namespace relay
