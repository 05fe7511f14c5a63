#include "common/resp/reply_writer.h"

#include <algorithm>

namespace relay {

void ReplyWriter::simple(std::string_view text) { line('+', text); }

void ReplyWriter::error(std::string_view text) { line('-', text); }

void ReplyWriter::integer(long long value) { line(':', std::to_string(value)); }

void ReplyWriter::bulk(std::string_view bytes) {
  line('$', std::to_string(bytes.size()));
  out_.append(bytes).append("\r\n");
}

void ReplyWriter::verbatim(std::string_view text) {
  if (protocol_ < 3) return bulk(text);
  constexpr std::string_view kFormat = "txt:";
  line('=', std::to_string(kFormat.size() + text.size()));
  out_.append(kFormat).append(text).append("\r\n");
}

void ReplyWriter::null() { out_.append(protocol_ < 3 ? "$-1\r\n" : "_\r\n"); }

void ReplyWriter::array(std::size_t elements) { line('*', std::to_string(elements)); }

void ReplyWriter::map(std::size_t pairs) {
  if (protocol_ < 3) return array(2 * pairs);
  line('%', std::to_string(pairs));
}

void ReplyWriter::push(std::size_t elements) {
  line(protocol_ < 3 ? '*' : '>', std::to_string(elements));
}

void ReplyWriter::boolean(bool value) {
  if (protocol_ < 3) return integer(value ? 1 : 0);
  line('#', value ? "t" : "f");
}

// One line, whatever the text: a line break in it would begin another reply.
void ReplyWriter::line(char kind, std::string_view text) {
  out_.push_back(kind);
  const std::size_t begin = out_.size();
  out_.append(text);
  std::replace_if(
      out_.begin() + static_cast<std::ptrdiff_t>(begin), out_.end(),
      [](char c) { return c == '\r' || c == '\n'; }, ' ');
  out_.append("\r\n");
}

std::string to_command(std::initializer_list<std::string_view> words) {
  std::string text;
  ReplyWriter writer(text);
  writer.array(words.size());
  for (const std::string_view word : words) writer.bulk(word);
  return text;
}

}  // namespace relay
