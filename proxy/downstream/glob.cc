#include "proxy/downstream/glob.h"

#include <optional>
#include <utility>

namespace relay {
namespace {

// Does one element of the pattern, beginning at `at`, take `c`? Moves `at` behind the element.
class Element {
 public:
  Element(std::string_view pattern, bool ignore_case)
      : pattern_(pattern), ignore_case_(ignore_case) {}

  bool takes(std::size_t& at, char c) const {
    const char first = pattern_[at++];
    if (first == '?') return true;
    if (first == '[') return set_takes(at, fold(c));
    if (first == '\\' && at < pattern_.size()) return fold(pattern_[at++]) == fold(c);
    return fold(first) == fold(c);
  }

 private:
  unsigned char fold(char c) const {
    const bool upper = ignore_case_ && c >= 'A' && c <= 'Z';
    return static_cast<unsigned char>(upper ? c | 0x20 : c);
  }

  // A set that is not closed ends with the pattern, as on servers.
  bool set_takes(std::size_t& at, unsigned char c) const {
    const bool negated = at < pattern_.size() && pattern_[at] == '^';
    if (negated) ++at;
    bool found = false;
    while (at < pattern_.size() && pattern_[at] != ']') {
      if (pattern_[at] == '\\' && at + 1 < pattern_.size()) ++at;
      unsigned char low = fold(pattern_[at++]);
      unsigned char high = low;
      if (at + 1 < pattern_.size() && pattern_[at] == '-') {
        high = fold(pattern_[at + 1]);
        at += 2;
      }
      if (low > high) std::swap(low, high);
      found |= low <= c && c <= high;
    }
    if (at < pattern_.size()) ++at;
    return found != negated;
  }

  std::string_view pattern_;
  bool ignore_case_;
};

}  // namespace

bool matches(std::string_view pattern, std::string_view text, bool ignore_case) {
  const Element element(pattern, ignore_case);
  std::size_t at = 0;
  std::size_t in_text = 0;
  // Where to go on after a mismatch: the last star takes one byte more. Earlier stars need not be
  // tried again.
  std::optional<std::pair<std::size_t, std::size_t>> last_star;
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      last_star = {++at, in_text};
      continue;
    }
    std::size_t behind = at;
    if (at < pattern.size() && element.takes(behind, text[in_text])) {
      at = behind;
      ++in_text;
    } else if (last_star) {
      at = last_star->first;
      in_text = ++last_star->second;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace relay
