// Makes a Config from where configuration comes from: defaults, a file, the environment, flags.
//
//  (1) Flags win over the environment, the environment over the file, the file over the default,
//      key by key.
//  (2) Either the whole configuration is right, or there are errors: all of them, of every source,
//      at once.
//  (3) A password comes from its key or from its -file, never from both; the file is read here, and
//      so again by a reload.
//  (4) Neither errors nor warnings nor sources hold a secret.
//
// Threading: blocks on reading files; at the start and on a reload.
#pragma once

#include "proxy/config/config.h"
#include "proxy/config/config_error.h"
#include "proxy/config/setting.h"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace relay {

// One key set on the command line.
struct FlagSetting {
  std::string flag;  // as an error names it: "--listen", "--set"
  std::string path;
  std::string text;
  bool operator==(const FlagSetting&) const = default;
};

struct ConfigSources {
  std::optional<std::string> file;
  Environment
      environment;  // all of it: PSYNC_RELAY_ variables are settings, any may be put into values
  std::vector<FlagSetting> flags;
};

struct LoadedConfig {
  Config config;
  KeySources sources;
  std::vector<std::string> warnings;
};

using ConfigLoad = boost::system::result<LoadedConfig, ConfigErrors>;

ConfigLoad load_config(const ConfigSources& sources);

}  // namespace relay
