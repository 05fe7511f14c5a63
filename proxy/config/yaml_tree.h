// A YAML text as a tree in which every node knows where it stands. The one user of yaml-cpp.
//
//  (1) Any bytes give a tree and a list of problems; nothing is thrown. After a syntax error the
//      tree holds what came before it, so that one reading reports that error and the others.
//  (2) Keys are kept in order and as often as they occur: yaml-cpp's own nodes forget the first of
//      two equal ones.
//  (3) Anchors, aliases, tags and second documents are problems, not features: a configuration
//      needs none of them, and an alias makes a small file large.
//  (4) The contents of a list are not kept, as no key of ours takes one.
//
// Threading: values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct TextMark {
  int line = 1;    // from 1
  int column = 1;  // in bytes, from 1
};

struct YamlEntry;

struct YamlNode {
  enum class Kind {
    kNothing,  // a key with no value behind it
    kScalar,
    kList,
    kMap,
    kRefused,  // a problem was noted already
  };
  Kind kind = Kind::kNothing;
  TextMark mark;
  std::string text;                // of a scalar
  std::vector<YamlEntry> entries;  // of a map
};

struct YamlEntry {
  YamlNode key;
  YamlNode value;
};

struct YamlProblem {
  TextMark mark;
  std::string message;
};

struct YamlTree {
  YamlNode root;  // kNothing: an empty text
  std::vector<YamlProblem> problems;
};

YamlTree read_yaml(std::string_view text);

}  // namespace relay
