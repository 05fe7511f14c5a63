#include "proxy/config/load_config.h"

#include "proxy/config/config_environment.h"
#include "proxy/config/config_file.h"
#include "proxy/config/config_keys.h"
#include "proxy/config/config_rules.h"

#include <set>
#include <utility>

namespace relay {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;

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
  explicit Loading(ConfigFiles& files) : files_(files) {}

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

  // The file itself, or the text that is tried in its place.
  void read_file(const ConfigSources& sources) {
    const std::string name = sources.file.value_or("text");
    if (sources.text) return apply(settings_of_file(name, *sources.text, sources.environment));
    if (!sources.file) return;
    const Result<std::string> text = files_.read(name, kLargestFile);
    if (!text) {
      add({name, "cannot be read: " + reason_unread(text.error(), "1mb"), ""});
    } else if (text->empty() && sources.is_reload) {
      add({name, "is empty, as a write that failed leaves it; a comment in it means the defaults",
           ""});
    } else {
      apply(settings_of_file(name, *text, sources.environment));
    }
  }

  void read_password(std::string_view key, std::string& password, const std::string& file) {
    const std::string file_key = std::string(key) + "-file";
    if (file.empty()) return;
    const Setting& setting = set_by_.at(file_key);
    if (!password.empty()) {
      errors_.push_back(setting.error(std::string(key) + " is set too (" +
                                      set_by_.at(key).source.place + "); only one of them may be"));
      return;
    }
    PasswordRead read = read_password_file(file, files_);
    if (!read.fault.empty()) {
      errors_.push_back(setting.error(read.fault));
      return;
    }
    password = std::move(read.password);
    loaded_.sources.insert_or_assign(std::string(key), setting.source);
  }

  void read_text(std::string_view key, FileText& file) {
    if (file.path.empty()) return;
    const Result<std::string> text = files_.read(file.path, kLargestFile);
    std::string fault;
    if (!text) {
      fault = "cannot read " + file.path + ": " + reason_unread(text.error(), "1mb");
    } else if (text->empty()) {
      fault = file.path + " is empty";
    } else {
      file.text = *text;
      return;
    }
    const Setting& setting = set_by_.find(key)->second;
    errors_.push_back(setting.error(fault));
    wrong_.insert(setting.key->path);
  }

  // Two that each say who the master is.
  void check_master() {
    const auto host = set_by_.find("upstream.host");
    if (loaded_.config.upstream.sentinels.empty() || host == set_by_.end()) return;
    errors_.push_back(host->second.error("upstream.sentinels is set too (" +
                                         set_by_.at("upstream.sentinels").source.place +
                                         "); only one of them says who the master is"));
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
  ConfigFiles& files_;
  LoadedConfig loaded_;
  ConfigErrors errors_;
  std::map<std::string_view, Setting, std::less<>>
      set_by_;  // by the key's path: the strongest source's
  std::set<std::string_view> wrong_;
};

}  // namespace

ConfigLoad load_config(const ConfigSources& sources) {
  ConfigFiles files;
  return load_config(sources, files);
}

ConfigLoad load_config(const ConfigSources& sources, ConfigFiles& files) {
  Loading loading(files);
  loading.read_file(sources);
  loading.apply(settings_of_environment(sources.environment));
  loading.apply(settings_of_flags(sources.flags));

  Config& config = loading.config();
  loading.read_password("upstream.password", config.upstream.password,
                        config.upstream.password_file);
  loading.read_password("upstream.sentinel-password", config.upstream.sentinel_password,
                        config.upstream.sentinel_password_file);
  loading.read_password("listen.password", config.listen.password, config.listen.password_file);
  loading.read_password("admin.token", config.admin.token, config.admin.token_file);
  loading.read_text("upstream.tls-ca-file", config.upstream.tls_ca_file);
  loading.read_text("upstream.tls-cert-file", config.upstream.tls_cert_file);
  loading.read_text("upstream.tls-key-file", config.upstream.tls_key_file);
  loading.read_text("listen.tls-cert-file", config.listen.tls_cert_file);
  loading.read_text("listen.tls-key-file", config.listen.tls_key_file);
  loading.read_text("listen.tls-ca-file", config.listen.tls_ca_file);
  loading.check_master();
  loading.check_rules();
  return std::move(loading).finish();
}

}  // namespace relay
