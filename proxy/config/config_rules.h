// What must hold between the values of a configuration, beyond what each must be by itself, and
// what is allowed and unwise. Pure functions over a Config.
#pragma once

#include "proxy/config/config.h"

#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct BrokenRule {
  std::string_view key;    // the sentence begins with this one
  std::string_view other;  // and this one is the other side of it
  std::string complaint;
};

std::vector<BrokenRule> broken_rules(const Config& config);

// Sentences for the log at the start and for --check-config; each begins with its key.
std::vector<std::string> cautions(const Config& config);

}  // namespace relay
