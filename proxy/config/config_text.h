// The text of a configuration file, to show lines of it beside the errors found in them.
//
//  (1) A line of which a secret may be a part is shown without it: with "***" from the value on.
//      That is decided by the words in the line and in the key above it, not by the parsed tree,
//      since the line may be the one that does not parse.
//  (2) What is shown is one line of at most a hundred characters, without control characters,
//      whatever the file holds.
//
// Threading: fixed after construction.
#pragma once

#include "proxy/config/config_error.h"
#include "proxy/config/yaml_tree.h"

#include <string>
#include <string_view>
#include <vector>

namespace relay {

class ConfigText {
 public:
  ConfigText(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }

  std::string where(TextMark mark) const;    // "relay.yaml:12:3", the column in characters
  std::string line_of(TextMark mark) const;  // "relay.yaml:12"
  std::string excerpt(TextMark mark) const;
  ConfigError error(TextMark mark, std::string message) const;

 private:
  std::string_view line(int number) const;
  // Whether a line is the value, or below the key, of what a line above it names as a secret.
  bool is_in_secret(int number) const;
  // The line with a secret's value hidden; "" where it is too long to be shown.
  std::string masked(int number) const;
  std::size_t characters_before(TextMark mark) const;

  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace relay
