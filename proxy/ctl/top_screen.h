// What `ctl top` shows: the status, then as many replicas as there is room for.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/json_node.h"
#include "proxy/ctl/status_text.h"
#include "proxy/ctl/terminal.h"

#include <string>
#include <vector>

namespace relay {

struct TopPicture {
  JsonNode status;  // the last that came
  StreamRates rates;
  std::string trouble;  // why no newer one came; "" if it is fresh
};

// As many lines as the screen has rows, at most.
std::vector<std::string> top_lines(const TopPicture& picture, const ScreenSize& size,
                                   const Style& style);

}  // namespace relay
