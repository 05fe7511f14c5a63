// One value given to one key, and where: what the file, the environment and the flags are all
// turned into before any of it is applied.
#pragma once

#include "proxy/config/config_error.h"
#include "proxy/config/config_keys.h"

#include <map>
#include <string>
#include <vector>

namespace relay {

// In the order in which they win: a later one over an earlier.
enum class ConfigSource { kDefault, kFile, kEnvironment, kCommandLine };

struct KeySource {
  ConfigSource source = ConfigSource::kDefault;
  std::string place;  // "relay.yaml:12", "PSYNC_RELAY_LOG__FSYNC", "--listen"; "" for a default
  bool operator==(const KeySource&) const = default;
};

// Of each key that was set; a key that is absent has its default. By the key's path.
using KeySources = std::map<std::string, KeySource, std::less<>>;

using Environment = std::map<std::string, std::string, std::less<>>;

struct Setting {
  const ConfigKey* key;
  std::string text;
  KeySource source;
  std::string where;    // as an error names the place: with the column, where there is one
  std::string excerpt;  // as an error shows it

  ConfigError error(const std::string& complaint) const {
    return {where, std::string(key->path) + ": " + complaint, excerpt};
  }
};

struct Settings {
  std::vector<Setting> settings;          // each key once
  std::vector<const ConfigKey*> refused;  // keys that are there with an error instead
  ConfigErrors errors;
  std::vector<std::string> warnings;
};

}  // namespace relay
