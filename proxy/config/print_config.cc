#include "proxy/config/print_config.h"

#include "proxy/config/expansion.h"

#include <algorithm>

namespace relay {
namespace {

constexpr std::size_t kCommentColumn = 48;

bool is_plain(std::string_view text) {
  const auto is_safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/' || c == ':';
  };
  if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
  if (!std::all_of(text.begin(), text.end(), is_safe)) return false;
  // "-", "-:" and "a:" begin something else in YAML.
  return text.front() != '-' && text.front() != ':' && text.back() != ':';
}

// A value such that reading and expanding it gives the text.
std::string yaml_scalar(std::string_view value) {
  std::string text = unexpanded(value);
  if (is_plain(text)) return text;
  std::string scalar = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') scalar += '\\';
    scalar += c;
  }
  return scalar + "\"";
}

}  // namespace

std::string print_config(const Config& config, const KeySources& sources) {
  std::string text = "# psync-relay " RELAY_VERSION ": the configuration in effect.\n";
  std::string_view group;
  for (const ConfigKey& key : config_keys()) {
    if (key.group() != group) {
      group = key.group();
      if (!group.empty()) text.append(group).append(":\n");
    }
    std::string line = group.empty() ? "" : "  ";
    line.append(key.name()).append(": ");

    const ConfigKey* file = key.secret ? find_key(std::string(key.path) + "-file") : nullptr;
    const bool is_in_file = file != nullptr && !file->print(config).empty();
    line += is_in_file ? "\"\"" : yaml_scalar(key.shown(config));

    const auto source = sources.find(key.path);
    if (source != sources.end()) {
      line.append(line.size() < kCommentColumn ? kCommentColumn - line.size() : 1, ' ');
      line += is_in_file ? "# from the file named below, " : "# ";
      for (char c : source->second.place) line += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
    text.append(line).append("\n");
  }
  return text;
}

}  // namespace relay
