// The keys of the configuration, one row each: its name, how its value is read, checked and
// printed, whether it is a secret, and whether a running relay can take a new value. Everything
// that goes over "all keys" (the file, the environment, the flags, the printed configuration, the
// comparison at a reload, the reference file's test) goes over this table.
//
//  (1) A path is kebab-case, "group.name" or a "name" at the top level; its default is the Config's
//      own.
//  (2) Names that Redis and Valkey give to the same thing are other names of the key, at the top
//      level ("masterauth") and within the key's group ("upstream.masterauth").
//  (3) A key that only a restart can change says what to do instead.
//
// Threading: built once, then read by anyone.
#pragma once

#include "proxy/config/config.h"
#include "proxy/config/value_kinds.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct ConfigKey {
  std::string_view path;
  std::function<Complaint(std::string_view text, Config& into)> parse;
  std::function<std::string(const Config&)>
      print;  // a secret in clear; shown() is what people may see
  std::function<void(const Config& from, Config& into)> copy;
  std::function<bool(const Config&, const Config&)> same;
  std::vector<std::string_view> other_names;
  bool secret = false;
  bool reloadable = true;
  std::string_view instead;  // of a reload, where that cannot change it

  std::string_view group() const;  // "" at the top level
  std::string_view name() const;   // the path without its group
  std::string shown(const Config& config) const;
};

// In the order of config.example.yaml; the keys of a group stand together.
const std::vector<ConfigKey>& config_keys();

// By its path or any of its other names; null: there is no such key.
const ConfigKey* find_key(std::string_view path);
bool is_group(std::string_view path);

struct NearestKey {
  const ConfigKey* key;  // null: a group
  std::string path;      // as the writer may have meant it, which may be one of the other names
};
std::optional<NearestKey> nearest_key(std::string_view unknown_path);

// What to say about a path that no key has: `unknown key, did you mean "repl-timeout"?`, or why a
// setting of Redis's has no meaning here. A key of the same group is suggested by its name, one of
// another by its path.
std::string unknown_key_complaint(std::string_view path);

}  // namespace relay
