#include "proxy/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <sstream>
#include <utility>

namespace relay {
namespace {

TextMark mark_of(const YAML::Mark& mark) {
  // yaml-cpp names some places "nowhere" (-1).
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlTree& tree) : tree_(tree) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node(YamlNode::Kind::kNothing, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases are not accepted here");
    add(node(YamlNode::Kind::kRefused, mark, "", YAML::NullAnchor));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode scalar = node(YamlNode::Kind::kScalar, mark, tag, anchor);
    scalar.text = value;
    add(std::move(scalar));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back({node(YamlNode::Kind::kList, mark, tag, anchor), std::nullopt});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back({node(YamlNode::Kind::kMap, mark, tag, anchor), std::nullopt});
  }
  void OnMapEnd() override { close(); }

  // After a syntax error: what is open ends here. The last value may have run into the error, so it
  // goes, and so does a key that waits for its value.
  void close_all() {
    if (!open_.empty() && !open_.back().key) {
      std::vector<YamlEntry>& entries = open_.back().node.entries;
      if (!entries.empty() && entries.back().value.kind == YamlNode::Kind::kScalar)
        entries.pop_back();
    }
    while (!open_.empty()) close();
    if (tree_.root.kind == YamlNode::Kind::kScalar) tree_.root.kind = YamlNode::Kind::kRefused;
  }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;  // of a map, read and without its value yet
  };

  YamlNode node(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors are not accepted here");
    // "?" is a plain value, "!" a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags are not accepted here");
    YamlNode made;
    made.kind = kind;
    made.mark = mark_of(mark);
    return made;
  }

  void refuse(const YAML::Mark& mark, std::string message) {
    tree_.problems.push_back({mark_of(mark), std::move(message)});
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      tree_.root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) return;
    if (!parent.key) {
      parent.key = std::move(node);
      return;
    }
    parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
    parent.key.reset();
  }

  void close() {
    YamlNode done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  YamlTree& tree_;
  std::vector<Open> open_;
};

// yaml-cpp ends itself on some texts that are no text at all (and guesses UTF-16 from zeros), so
// those are refused before it sees them.
std::optional<YamlProblem> not_text(std::string_view bytes) {
  TextMark mark;
  std::size_t i = 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  while (i < bytes.size()) {
    const unsigned char c = byte(i);
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) {
      return YamlProblem{mark, "a control character; the file must be plain text"};
    }
    std::size_t length = 1;
    if (c >= 0xc2 && c <= 0xdf) length = 2;
    if (c >= 0xe0 && c <= 0xef) length = 3;
    if (c >= 0xf0 && c <= 0xf4) length = 4;
    bool whole = (c < 0x80 || length > 1) && i + length <= bytes.size();
    for (std::size_t k = 1; whole && k < length; ++k) whole = (byte(i + k) & 0xc0) == 0x80;
    if (!whole) return YamlProblem{mark, "not UTF-8 text"};
    i += length;
    mark.column += static_cast<int>(length);
    if (c == '\n') mark = {mark.line + 1, 1};
  }
  return std::nullopt;
}

// yaml-cpp speaks of tokens; these are the mistakes behind its most frequent sentences.
std::string in_our_words(const std::string& message) {
  if (message == YAML::ErrorMsg::EOF_IN_SCALAR) return "a quote is not closed";
  if (message == YAML::ErrorMsg::MAP_VALUE) {
    return "a \":\" where no key can be (wrong indentation, or a value that needs quotes)";
  }
  if (message == YAML::ErrorMsg::END_OF_MAP) {
    return "this does not belong to the map above (wrong indentation, or \": \" is missing)";
  }
  if (message == YAML::ErrorMsg::END_OF_MAP_FLOW) return "\"{\" is not closed, or \",\" is missing";
  // These would quote what may be a password.
  if (message.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR)) return "aliases are not accepted here";
  if (message.starts_with(YAML::ErrorMsg::INVALID_ESCAPE)) return "an unknown escape behind \"\\\"";
  if (message == YAML::ErrorMsg::UNKNOWN_TOKEN || message == YAML::ErrorMsg::ALIAS_NOT_FOUND)
    return "a value that begins so needs quotes";
  return message;
}

// The place of an error, which yaml-cpp may have found behind the end of the text.
TextMark mark_within(std::string_view text, const YAML::Mark& mark) {
  const TextMark found = mark_of(mark);
  text = text.substr(0, text.find_last_not_of(" \r\n") + 1);
  const auto last_line = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  if (found.line <= last_line) return found;
  const std::size_t line_start = text.rfind('\n') + 1;  // npos + 1 is 0
  return {last_line, static_cast<int>(text.size() - line_start) + 1};
}

}  // namespace

YamlTree read_yaml(std::string_view text) {
  YamlTree tree;
  if (auto problem = not_text(text)) {
    tree.problems.push_back(std::move(*problem));
    return tree;
  }
  TreeBuilder builder(tree);
  try {
    // yaml-cpp takes a quote that is never closed for closed where the text ends with a newline,
    // and makes the rest of the file the value. Behind a comment it does not.
    std::istringstream stream{std::string(text) + "\n#"};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    const YamlNode first = std::exchange(tree.root, {});
    const bool more = parser.HandleNextDocument(builder);
    if (more)
      tree.problems.push_back({tree.root.mark, "a second document; one is all there may be"});
    tree.root = first;
  } catch (const YAML::Exception& error) {
    builder.close_all();
    tree.problems.push_back(
        {mark_within(text, error.mark), "not valid YAML: " + in_our_words(error.msg)});
  } catch (const std::exception& error) {
    builder.close_all();
    tree.problems.push_back({{}, std::string("not valid YAML: ") + error.what()});
  }
  return tree;
}

}  // namespace relay
