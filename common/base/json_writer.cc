#include "common/base/json_writer.h"

#include "common/base/utf8.h"

#include <array>
#include <charconv>
#include <cmath>

namespace relay {

void append_json_text(std::string& into, std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  into += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    const char c = text[i];
    if (length == 0) {
      into += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      into += '\\';
      into += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      into += "\\u00";
      into += kDigits[static_cast<unsigned char>(c) >> 4];
      into += kDigits[static_cast<unsigned char>(c) & 0xF];
    } else {
      into.append(text, i, length);
    }
    i += length == 0 ? 1 : length;
  }
  into += '"';
}

void JsonWriter::separate() {
  if (!first_) text_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  text_ += '{';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  text_ += '}';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  text_ += '[';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  text_ += ']';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_text(text_, name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_text(text_, text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  std::array<char, 32> digits;
  // What is finer than a millionth is noise here, and what is larger than 2^53 is no double.
  const auto end = std::to_chars(digits.begin(), digits.end(), number, std::chars_format::fixed,
                                 number == std::floor(number) ? 0 : 6);
  if (end.ec != std::errc()) return null();
  return raw({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

}  // namespace relay
