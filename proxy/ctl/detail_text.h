// The smaller answers of the API in text: the log, the snapshots, the configuration, the version,
// what a reload did.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"
#include "proxy/ctl/text_table.h"

#include <string>

namespace relay {

std::string log_text(const JsonNode& log, const Style& style);
std::string snapshots_text(const JsonNode& snapshots, const Style& style);
std::string config_text(const JsonNode& config, const Style& style);
std::string version_text_of(const JsonNode& version);
// `checked`: nothing was done, it is what a reload would do.
std::string reload_text(const JsonNode& result, bool checked, const Style& style);

// The transfer that is arriving, with a bar of this width; "" if there is none.
std::string transfer_text(const JsonNode& transfer, unsigned bar_width);

}  // namespace relay
