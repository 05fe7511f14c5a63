#include "proxy/config/config_changes.h"

#include "proxy/config/config_keys.h"

namespace relay {

std::vector<ConfigChange> changes_between(const Config& old_config, const Config& new_config) {
  std::vector<ConfigChange> changes;
  for (const ConfigKey& key : config_keys()) {
    if (key.same(old_config, new_config)) continue;
    changes.push_back({key.path, key.reloadable, key.instead});
  }
  return changes;
}

Config with_reloadable(const Config& old_config, const Config& new_config) {
  Config config = old_config;
  for (const ConfigKey& key : config_keys()) {
    if (key.reloadable) key.copy(new_config, config);
  }
  return config;
}

}  // namespace relay
