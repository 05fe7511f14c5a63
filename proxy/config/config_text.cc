#include "proxy/config/config_text.h"

#include "proxy/config/config_keys.h"

#include <algorithm>
#include <array>

namespace relay {
namespace {

constexpr std::size_t kShownCharacters = 100;
constexpr std::size_t kLongestLine = 1000;  // longer ones are not shown at all
constexpr std::string_view kMask = "***";
// How far up the key is looked for that a line belongs to; what is not found so near is taken for a
// secret's.
constexpr int kLinesUp = 50;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

// A word that names a secret, or may have been meant to.
bool sounds_secret(std::string_view word, bool is_key) {
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const ConfigKey& key : config_keys()) {
    if (key.name() == lower) return key.secret;
  }
  if (lower.ends_with("-file")) return false;
  constexpr std::array<std::string_view, 7> kSigns = {"pas",   "word", "auth", "secret",
                                                      "token", "pwd",  "pw"};
  if (std::any_of(kSigns.begin(), kSigns.end(),
                  [&](std::string_view sign) { return lower.find(sign) != std::string::npos; })) {
    return true;
  }
  if (!is_key) return false;
  const auto meant = nearest_key(lower);
  return meant && meant->key && meant->key->secret;
}

// Where the part of a line begins that must not be shown; npos: all may be.
std::size_t begin_of_secret(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && line[i] != '#') {  // a comment may speak of secrets
    if (!is_word(line[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < line.size() && is_word(line[end])) ++end;
    const std::size_t next = line.find_first_not_of(" \t\"'", end);
    const bool is_key = next != std::string_view::npos && line[next] == ':';
    if (sounds_secret(line.substr(i, end - i), is_key)) {
      const std::size_t sign = line.find_first_of(":=", end);
      return sign == std::string_view::npos ? end : sign + 1;
    }
    i = end;
  }
  // A URL, which has the password before its host.
  const std::size_t scheme = line.find("://");
  return scheme == std::string_view::npos ? scheme : scheme + 3;
}

// Whether a line begins with a key, and so belongs to no key above it.
bool begins_with_key(std::string_view line) {
  std::size_t i = line.find_first_not_of(" \t{-?\"'");
  if (i == std::string_view::npos || !is_word(line[i])) return false;
  while (i < line.size() && is_word(line[i])) ++i;
  while (i < line.size() && (line[i] == '"' || line[i] == '\'' || line[i] == ' ')) ++i;
  return i < line.size() && line[i] == ':';
}

}  // namespace

ConfigText::ConfigText(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text_.starts_with(kByteOrderMark)) text_.erase(0, kByteOrderMark.size());
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::string_view ConfigText::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > line_starts_.size()) return {};
  const std::size_t index = static_cast<std::size_t>(number) - 1;
  const std::size_t end =
      index + 1 < line_starts_.size() ? line_starts_[index + 1] - 1 : text_.size();
  std::string_view found =
      std::string_view(text_).substr(line_starts_[index], end - line_starts_[index]);
  if (found.ends_with('\r')) found.remove_suffix(1);
  return found;
}

bool ConfigText::is_in_secret(int number) const {
  std::size_t indent = indentation(line(number));
  bool continues = !begins_with_key(line(number));  // the value of the key above, or a part of it
  for (int above = number - 1; above >= 1; --above) {
    if (!continues && indent == 0) return false;
    if (above < number - kLinesUp) return true;
    const std::string_view candidate = line(above);
    const std::size_t its_indent = indentation(candidate);
    if (its_indent == candidate.size()) continue;
    const bool is_parent = its_indent < indent;
    if ((is_parent || continues) &&
        (candidate.size() > kLongestLine || begin_of_secret(candidate) != std::string_view::npos)) {
      return true;
    }
    if (begins_with_key(candidate)) continues = false;
    indent = std::min(indent, its_indent);
  }
  return false;
}

std::string ConfigText::masked(int number) const {
  const std::string_view whole = line(number);
  if (whole.size() > kLongestLine) return {};
  std::size_t hidden = begin_of_secret(whole);
  if (hidden == std::string_view::npos && is_in_secret(number)) hidden = indentation(whole);
  if (hidden == std::string_view::npos) return std::string(whole);
  const std::size_t value = whole.find_first_not_of(" \t", hidden);
  if (value == std::string_view::npos) return std::string(whole);
  return std::string(whole.substr(0, value)).append(kMask);
}

std::size_t ConfigText::characters_before(TextMark mark) const {
  const std::string_view before = line(mark.line).substr(
      0, std::min(line(mark.line).size(), static_cast<std::size_t>(mark.column) - 1));
  return static_cast<std::size_t>(
      std::count_if(before.begin(), before.end(), [](char c) { return !continues_character(c); }));
}

std::string ConfigText::where(TextMark mark) const {
  return line_of(mark) + ":" + std::to_string(characters_before(mark) + 1);
}

std::string ConfigText::line_of(TextMark mark) const {
  return name_ + ":" + std::to_string(mark.line);
}

std::string ConfigText::excerpt(TextMark mark) const {
  // As characters, so that the caret stands below its own.
  std::vector<std::string> characters;
  for (char c : masked(mark.line)) {
    if (continues_character(c) && !characters.empty()) {
      characters.back() += c;
    } else {
      characters.emplace_back(1, static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
    }
  }
  if (characters.empty()) return {};
  std::size_t caret = std::min(characters_before(mark), characters.size());

  // The part of a long line that has the caret in it.
  std::size_t first = 0;
  if (characters.size() > kShownCharacters && caret > kShownCharacters / 2) {
    first = std::min(caret - kShownCharacters / 2, characters.size() - kShownCharacters);
  }
  const std::size_t last = std::min(first + kShownCharacters, characters.size());
  std::string shown = first > 0 ? "..." : "";
  caret = caret - first + shown.size();
  for (std::size_t i = first; i < last; ++i) shown += characters[i];
  if (last < characters.size()) shown += "...";

  std::string number = std::to_string(mark.line);
  number.insert(0, number.size() < 5 ? 5 - number.size() : 0, ' ');
  return number + " | " + shown + "\n" + std::string(number.size(), ' ') + " | " +
         std::string(caret, ' ') + "^";
}

ConfigError ConfigText::error(TextMark mark, std::string message) const {
  return {where(mark), std::move(message), excerpt(mark)};
}

}  // namespace relay
