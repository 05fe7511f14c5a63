#include "proxy/config/config_file.h"

#include "proxy/config/config_text.h"
#include "proxy/config/expansion.h"
#include "proxy/config/yaml_tree.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace relay {
namespace {

constexpr std::size_t kMostErrors = 100;

class FileReader {
 public:
  FileReader(const ConfigText& text, const Environment& environment)
      : text_(text), environment_(environment) {}

  Settings read() {
    const YamlTree tree = read_yaml(text_.text());
    for (const YamlProblem& problem : tree.problems) complain(problem.mark, problem.message);
    switch (tree.root.kind) {
      case YamlNode::Kind::kMap:
        read_map("", tree.root);
        break;
      case YamlNode::Kind::kScalar:
      case YamlNode::Kind::kList:
        complain(tree.root.mark, "a map of keys is due here");
        break;
      case YamlNode::Kind::kNothing:
      case YamlNode::Kind::kRefused:
        break;
    }
    finish();
    return std::move(result_);
  }

 private:
  void read_map(const std::string& group, const YamlNode& map) {
    for (const YamlEntry& entry : map.entries) {
      if (errors_.size() > kMostErrors) return;
      if (entry.key.kind != YamlNode::Kind::kScalar) {
        if (entry.key.kind != YamlNode::Kind::kRefused)
          complain(entry.key.mark, "a key must be a plain word");
        continue;
      }
      const std::string path = group.empty() ? entry.key.text : group + "." + entry.key.text;
      if (is_group(path)) {
        read_group(path, entry);
      } else if (const ConfigKey* key = find_key(path);
                 key && entry.key.text.find('.') == std::string::npos) {
        read_value(path, *key, entry);
      } else if (key) {
        complain(entry.key.mark, path + ": unknown key, write \"" + std::string(key->name()) +
                                     "\" below \"" + std::string(key->group()) + ":\"");
      } else {
        complain(entry.key.mark, shown(path) + ": " + unknown_key_complaint(path));
      }
    }
  }

  void read_group(const std::string& path, const YamlEntry& entry) {
    const auto [first, is_new] = groups_.emplace(path, entry.key.mark);
    if (!is_new) {
      complain(entry.key.mark,
               path + ": duplicate key, first given at line " + std::to_string(first->second.line));
    }
    switch (entry.value.kind) {
      case YamlNode::Kind::kMap:
        read_map(path, entry.value);
        break;
      case YamlNode::Kind::kScalar:
        complain(entry.value.mark, path + ": a map of keys is due here, not a value");
        break;
      case YamlNode::Kind::kList:
        complain(entry.value.mark, path + ": a map of keys is due here, not a list");
        break;
      case YamlNode::Kind::kNothing:
      case YamlNode::Kind::kRefused:
        break;
    }
  }

  void read_value(const std::string& path, const ConfigKey& key, const YamlEntry& entry) {
    const auto [first, is_new] = keys_.emplace(&key, entry.key.mark);
    if (!is_new) {
      const std::string line = std::to_string(first->second.line);
      const bool same_name = path == key.path;
      complain(entry.key.mark, path + ": duplicate key, " +
                                   (same_name ? "first given at line " + line
                                              : "it is another name of " + std::string(key.path) +
                                                    ", given at line " + line));
      return;
    }
    const Complaint complaint = read_scalar(key, entry);
    if (!complaint) return;
    result_.refused.push_back(&key);
    if (entry.value.kind == YamlNode::Kind::kRefused) return;
    const bool has_value = entry.value.kind != YamlNode::Kind::kNothing;
    complain(has_value ? entry.value.mark : entry.key.mark, path + ": " + *complaint);
  }

  Complaint read_scalar(const ConfigKey& key, const YamlEntry& entry) {
    switch (entry.value.kind) {
      case YamlNode::Kind::kScalar:
        break;
      case YamlNode::Kind::kMap:
        return "a value is due here, not a map";
      case YamlNode::Kind::kList:
        return "a value is due here, not a list";
      case YamlNode::Kind::kNothing:
        return "has no value (the empty text is \"\")";
      case YamlNode::Kind::kRefused:
        return "";
    }
    Expansion expansion = expand(entry.value.text, environment_);
    if (!expansion.complaint.empty()) return expansion.complaint;
    // Tried here, so that its error stands among those of the lines around it.
    Config scratch;
    if (Complaint complaint = key.parse(expansion.text, scratch)) return complaint;

    const TextMark mark = entry.value.mark;
    if (key.secret && expansion.used) {
      result_.warnings.push_back(text_.where(mark) + ": " + std::string(key.path) +
                                 ": a secret from the environment can be read by others; use " +
                                 std::string(key.path) + "-file");
    }
    result_.settings.push_back({&key,
                                std::move(expansion.text),
                                {ConfigSource::kFile, text_.line_of(mark)},
                                text_.where(mark),
                                text_.excerpt(mark)});
    return std::nullopt;
  }

  // A key of the file in a message: as long as a key may be, and on one line.
  static std::string shown(const std::string& path) {
    const std::string quotes = in_quotes(path);
    return quotes.substr(1, quotes.size() - 2);
  }

  void complain(TextMark mark, std::string message) {
    errors_.emplace_back(mark, std::move(message));
  }

  // The errors in the order of the file.
  void finish() {
    std::stable_sort(errors_.begin(), errors_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
    });
    for (const auto& [mark, message] : errors_) {
      if (result_.errors.size() == kMostErrors) {
        result_.errors.push_back({text_.name(), "more errors than these are not shown", ""});
        break;
      }
      result_.errors.push_back(text_.error(mark, message));
    }
  }

  const ConfigText& text_;
  const Environment& environment_;
  std::map<std::string, TextMark> groups_;
  std::map<const ConfigKey*, TextMark> keys_;
  std::vector<std::pair<TextMark, std::string>> errors_;
  Settings result_;
};

}  // namespace

Settings settings_of_file(const std::string& name, std::string_view text,
                          const Environment& environment) {
  const ConfigText config_text(name, std::string(text));
  return FileReader(config_text, environment).read();
}

}  // namespace relay
