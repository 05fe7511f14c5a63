// Writes JSON as text, member by member, into a string: no tree is built, for a picture of thousands
// of replicas is written while the stream waits.
//
//  (1) Commas and quotes are its business, nesting is the caller's: what is opened is closed.
//  (2) Bytes that are no UTF-8 become U+FFFD: peers say of themselves what they like, and one such
//      byte would make the whole no JSON.
//  (3) A number that JSON cannot say (infinite, none) is null.
//
// Threading: a value; whoever holds it owns it.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

// `text` in quotes, escaped, behind what `into` has.
void append_json_text(std::string& into, std::string_view text);

class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) {
    return raw(std::to_string(number));
  }
  template <typename T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  JsonWriter& null() { return raw("null"); }
  JsonWriter& raw(std::string_view json);  // which is JSON already

  template <typename T>
  JsonWriter& member(std::string_view name, const T& what) {
    return key(name).value(what);
  }

  std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool first_ = true;  // in the innermost object or array, or behind a key
};

}  // namespace relay
