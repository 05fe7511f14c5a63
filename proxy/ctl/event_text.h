// Events of the API: in text, a line each, and which of them are asked for.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"
#include "proxy/ctl/text_table.h"

#include <string>
#include <string_view>

namespace relay {

// "    12  2026-11-26T05:00:00.123Z  warn   upstream.lost  reason="..." port=6379"
std::string event_line(const JsonNode& event, const Style& style);
// Whether it is of this level or worse; "" asks for all.
bool is_at_least(const JsonNode& event, std::string_view level);

}  // namespace relay
