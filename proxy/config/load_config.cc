#include "proxy/config/load_config.h"

#include "proxy/config/config_environment.h"
#include "proxy/config/config_file.h"
#include "proxy/config/config_keys.h"
#include "proxy/config/config_rules.h"
#include "proxy/config/small_file.h"

#include <set>
#include <utility>

namespace relay {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;
constexpr std::size_t kLargestPassword = 64 * 1024;

std::string reason(const ErrorCode& error, const char* limit) {
  return error.value() == EFBIG ? std::string("larger than ") + limit : error.message();
}

Settings settings_of_flags(const std::vector<FlagSetting>& flags) {
  Settings result;
  std::map<const ConfigKey*, std::string> first;
  for (const FlagSetting& flag : flags) {
    const ConfigKey* key = find_key(flag.path);
    if (key == nullptr) {
      const std::string shown = in_quotes(flag.path);
      result.errors.push_back(
          {"--set", shown.substr(1, shown.size() - 2) + ": " + unknown_key_complaint(flag.path),
           ""});
      continue;
    }
    const auto [earlier, is_new] = first.emplace(key, flag.flag);
    if (!is_new) {
      const std::string by =
          earlier->second == flag.flag ? "it is given twice" : earlier->second + " sets it too";
      result.errors.push_back({flag.flag, std::string(key->path) + ": duplicate key, " + by, ""});
      continue;
    }
    result.settings.push_back(
        {key, flag.text, {ConfigSource::kCommandLine, flag.flag}, flag.flag, ""});
  }
  return result;
}

class Loading {
 public:
  // Of each source in turn, the weakest first.
  void apply(Settings from) {
    errors_.insert(errors_.end(), from.errors.begin(), from.errors.end());
    loaded_.warnings.insert(loaded_.warnings.end(), from.warnings.begin(), from.warnings.end());
    for (const ConfigKey* key : from.refused) wrong_.insert(key->path);
    for (Setting& setting : from.settings) {
      const ConfigKey& key = *setting.key;
      if (const Complaint complaint = key.parse(setting.text, loaded_.config)) {
        errors_.push_back(setting.error(*complaint));
        wrong_.insert(key.path);
        continue;
      }
      loaded_.sources.insert_or_assign(std::string(key.path), setting.source);
      set_by_.insert_or_assign(key.path, std::move(setting));
    }
  }

  void add(ConfigError error) { errors_.push_back(std::move(error)); }

  void read_password(std::string_view key, std::string& password, const std::string& file) {
    const std::string file_key = std::string(key) + "-file";
    if (file.empty()) return;
    const Setting& setting = set_by_.at(file_key);
    if (!password.empty()) {
      errors_.push_back(setting.error(std::string(key) + " is set too (" +
                                      set_by_.at(key).source.place + "); only one of them may be"));
      return;
    }
    Result<std::string> read = read_small_file(file, kLargestPassword);
    if (!read) {
      errors_.push_back(setting.error("cannot read " + file + ": " + reason(read.error(), "64kb")));
      return;
    }
    // Editors and `echo` end a file with a newline; it is no part of a password.
    if (read->ends_with('\n')) read->pop_back();
    if (read->ends_with('\r')) read->pop_back();
    if (read->empty()) {
      // Never taken for "no password": that would open the relay when a mount fails.
      errors_.push_back(setting.error(file + " is empty"));
      return;
    }
    password = std::move(*read);
    loaded_.sources.insert_or_assign(std::string(key), setting.source);
  }

  void check_rules() {
    for (const BrokenRule& rule : broken_rules(loaded_.config)) {
      // A key with a wrong value has its default here, against which nothing must be held.
      if (wrong_.contains(rule.key) || wrong_.contains(rule.other)) continue;
      const auto blamed =
          set_by_.contains(rule.key) ? set_by_.find(rule.key) : set_by_.find(rule.other);
      const std::string message = std::string(rule.key) + ": " + rule.complaint;
      if (blamed == set_by_.end()) {
        errors_.push_back({"", message, ""});
      } else {
        errors_.push_back({blamed->second.where, message, blamed->second.excerpt});
      }
    }
    const std::vector<std::string> unwise = cautions(loaded_.config);
    loaded_.warnings.insert(loaded_.warnings.end(), unwise.begin(), unwise.end());
  }

  Config& config() { return loaded_.config; }

  ConfigLoad finish() && {
    if (!errors_.empty()) return std::move(errors_);
    return std::move(loaded_);
  }

 private:
  LoadedConfig loaded_;
  ConfigErrors errors_;
  std::map<std::string_view, Setting, std::less<>>
      set_by_;  // by the key's path: the strongest source's
  std::set<std::string_view> wrong_;
};

}  // namespace

ConfigLoad load_config(const ConfigSources& sources) {
  Loading loading;
  if (sources.file) {
    const Result<std::string> text = read_small_file(*sources.file, kLargestFile);
    if (text) {
      loading.apply(settings_of_file(*sources.file, *text, sources.environment));
    } else {
      loading.add({*sources.file, "cannot be read: " + reason(text.error(), "1mb"), ""});
    }
  }
  loading.apply(settings_of_environment(sources.environment));
  loading.apply(settings_of_flags(sources.flags));

  Config& config = loading.config();
  loading.read_password("upstream.password", config.upstream.password,
                        config.upstream.password_file);
  loading.read_password("listen.password", config.listen.password, config.listen.password_file);
  loading.check_rules();
  return std::move(loading).finish();
}

}  // namespace relay
