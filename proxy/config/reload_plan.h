// What a reload would do: decided here, done by ConfigReload. A pure function over the configuration
// in force and what was read.
//
//  (1) All of it is right, or nothing is taken and `errors` says why, all of it.
//  (2) What only a restart can change keeps its value, and is named.
//  (3) Nothing in a ReloadResult is a secret: it is for logs and answers.
#pragma once

#include "proxy/config/load_config.h"

#include <string>
#include <vector>

namespace relay {

struct ReloadResult {
  std::vector<std::string> applied;           // keys whose new value is in force
  std::vector<std::string> restart_required;  // keys whose new value waits for a restart
  std::vector<std::string> warnings;
  ConfigErrors errors;  // not empty: nothing was taken

  bool is_good() const { return errors.empty(); }
};

struct ReloadPlan {
  ReloadResult result;
  Config config;       // where the result is good: what is in force from then on,
  KeySources sources;  // and where each of its values comes from
};

ReloadPlan plan_reload(const Config& in_force, const KeySources& sources_in_force,
                       const ConfigLoad& read);

}  // namespace relay
