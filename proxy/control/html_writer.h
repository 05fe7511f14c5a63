// Writes HTML, so that what a peer says of itself stays text.
//
//  (1) Markup is a literal of ours. It cannot be a string that was made at run time: that does not
//      compile.
//  (2) Everything else goes through text(), where each character that could end the text (of an
//      element, or of an attribute in double quotes) is escaped, and control characters, which HTML
//      has not, become U+FFFD.
//
// Threading: none of its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace relay {

std::string escape_html(std::string_view text);

class HtmlWriter {
 public:
  template <std::size_t kSize>
  HtmlWriter& markup(const char (&literal)[kSize]) {
    out_.append(literal, kSize - 1);
    return *this;
  }
  HtmlWriter& text(std::string_view text) {
    out_ += escape_html(text);
    return *this;
  }

  const std::string& html() const { return out_; }

 private:
  std::string out_;
};

}  // namespace relay
