// Makes a Config from where configuration comes from: defaults, a file, the environment, flags.
//
//  (1) Flags win over the environment, the environment over the file, the file over the default,
//      key by key.
//  (2) Either the whole configuration is right, or there are errors: all of them, of every source,
//      at once.
//  (3) A password comes from its key or from its -file, never from both; the file is read here, and
//      so again by a reload.
//  (4) Neither errors nor warnings nor sources hold a secret.
//  (5) An empty file means the defaults at the start. At a reload it is an error: it is what a write
//      that failed leaves behind, and would take the passwords away.
//
// Threading: blocks on reading files; at the start and on a reload.
#pragma once

#include "proxy/config/config.h"
#include "proxy/config/config_error.h"
#include "proxy/config/config_files.h"
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
  std::optional<std::string> text = {};  // instead of the file's contents
  bool is_reload = false;
};

struct LoadedConfig {
  Config config;
  KeySources sources;
  std::vector<std::string> warnings;
};

using ConfigLoad = boost::system::result<LoadedConfig, ConfigErrors>;

ConfigLoad load_config(const ConfigSources& sources);
// `files` is given all that was read for it.
ConfigLoad load_config(const ConfigSources& sources, ConfigFiles& files);

}  // namespace relay
