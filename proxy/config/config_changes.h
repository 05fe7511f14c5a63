// What differs between two configurations, for a reload: what can be taken over now, and what waits
// for a restart.
#pragma once

#include "proxy/config/config.h"

#include <string_view>
#include <vector>

namespace relay {

struct ConfigChange {
  std::string_view key;
  bool reloadable = false;
  std::string_view instead;  // where it is not: what to do
  bool operator==(const ConfigChange&) const = default;
};

// In the order of the keys. A password that was read from a file counts as changed when the file's
// contents did.
std::vector<ConfigChange> changes_between(const Config& old_config, const Config& new_config);

// The new configuration as far as a reload can take it: the values that only a restart can change
// are the old ones. Of two good configurations it may make a bad one (a new log.max-size below the
// old log.segment-size): ask broken_rules().
Config with_reloadable(const Config& old_config, const Config& new_config);

}  // namespace relay
