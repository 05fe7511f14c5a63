#include "common/resp/request_parser.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace relay {
namespace {

constexpr std::size_t kLongestHeader = 32;
constexpr std::size_t kLongestInline = 64 * 1024;
constexpr std::size_t kLeastWord = 6;  // "$0\r\n\r\n"
// What a connection keeps of its buffer after a large request.
constexpr std::size_t kKeptBuffer = 64 * 1024;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char escaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Takes one word off `line`, which begins with no space, as sdssplitargs() of the servers does.
// False: its quotes are not balanced, or something stands right behind a closing one.
bool take_quoted_word(std::string_view& line, std::string& word) {
  char quote = 0;
  std::size_t at = 0;
  const auto is_at = [&](std::size_t place, char c) {
    return place < line.size() && line[place] == c;
  };
  for (; at < line.size() && (quote != 0 || !is_space(line[at])); ++at) {
    const char c = line[at];
    if (quote == 0) {
      if (c == '"' || c == '\'') {
        quote = c;
      } else {
        word.push_back(c);
      }
    } else if (c == quote) {
      if (at + 1 < line.size() && !is_space(line[at + 1])) return false;
      quote = 0;
    } else if (quote == '\'' && c == '\\' && is_at(at + 1, '\'')) {
      word.push_back(line[++at]);
    } else if (quote == '"' && c == '\\' && at + 1 < line.size()) {
      const int high = is_at(at + 1, 'x') && at + 3 < line.size() ? hex_digit(line[at + 2]) : -1;
      const int low = high >= 0 ? hex_digit(line[at + 3]) : -1;
      if (low >= 0) {
        word.push_back(static_cast<char>(high * 16 + low));
        at += 3;
      } else {
        word.push_back(escaped(line[++at]));
      }
    } else {
      word.push_back(c);
    }
  }
  line.remove_prefix(at);
  return quote == 0;
}

void skip_spaces(std::string_view& line) {
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
}

}  // namespace

RequestParser::RequestParser(std::size_t limit) : limit_(limit) {}

void RequestParser::set_limit(std::size_t limit) { limit_ = limit; }

void RequestParser::feed(std::string_view bytes) {
  if (!error_.empty()) return;
  request_.clear();
  if (consumed_ == buffer_.size()) {
    if (buffer_.capacity() > kKeptBuffer) buffer_ = {};
    buffer_.clear();
  } else {
    buffer_.erase(0, consumed_);
  }
  consumed_ = 0;
  buffer_.append(bytes);
}

const Request* RequestParser::next() {
  request_.clear();
  while (error_.empty() && consumed_ < buffer_.size()) {
    switch (parse(unconsumed())) {
      case Step::kRequest:
        return &request_;
      case Step::kNothing:
        break;
      case Step::kNeedMore:
      case Step::kError:
        return nullptr;
    }
  }
  return nullptr;
}

std::string_view RequestParser::unconsumed() const {
  return std::string_view(buffer_).substr(consumed_);
}

std::size_t RequestParser::buffered() const { return buffer_.size() - consumed_; }

RequestParser::Step RequestParser::parse(std::string_view text) {
  return text.front() == '*' ? parse_array(text) : parse_inline(text);
}

RequestParser::Step RequestParser::parse_inline(std::string_view text) {
  const std::size_t longest = std::min(limit_, kLongestInline);
  const std::size_t end = text.substr(0, longest + 1).find('\n', scanned_);
  if (end == std::string_view::npos) {
    if (text.size() > longest) return fail("Protocol error: too big inline request");
    scanned_ = text.size();
    return Step::kNeedMore;
  }
  scanned_ = 0;
  consumed_ += end + 1;
  std::string_view line = text.substr(0, end);
  if (line.find_first_of("\"'") != std::string_view::npos) {
    if (!split_quoted(line)) return fail("Protocol error: unbalanced quotes in request");
  } else {
    for (skip_spaces(line); !line.empty(); skip_spaces(line)) {
      const auto word_end = std::find_if(line.begin(), line.end(), is_space);
      const auto size = static_cast<std::size_t>(word_end - line.begin());
      request_.push_back(line.substr(0, size));
      line.remove_prefix(size);
    }
  }
  return request_.empty() ? Step::kNothing : Step::kRequest;
}

bool RequestParser::split_quoted(std::string_view line) {
  unquoted_.clear();
  for (skip_spaces(line); !line.empty(); skip_spaces(line)) {
    unquoted_.emplace_back();
    if (!take_quoted_word(line, unquoted_.back())) return false;
  }
  request_.assign(unquoted_.begin(), unquoted_.end());
  return true;
}

RequestParser::Step RequestParser::parse_array(std::string_view text) {
  if (words_wanted_ == 0) {
    long long count = 0;
    const Step step = read_length(text, "Protocol error: invalid multibulk length", count);
    if (step != Step::kRequest) return step;
    if (count <= 0) {
      consumed_ += scanned_;
      scanned_ = 0;
      return Step::kNothing;
    }
    const auto wanted = static_cast<std::size_t>(count);
    if (scanned_ > limit_ || wanted > (limit_ - scanned_) / kLeastWord) {
      return fail("Protocol error: invalid multibulk length");
    }
    words_wanted_ = wanted;
    words_.clear();
  }
  const Step step = take_words(text);
  if (step != Step::kRequest) return step;
  for (const auto& [place, size] : words_) request_.push_back(text.substr(place, size));
  consumed_ += scanned_;
  scanned_ = 0;
  words_wanted_ = 0;
  return Step::kRequest;
}

// Every word is either taken whole, and scanned_ moves behind it, or is looked at again with the
// next bytes.
RequestParser::Step RequestParser::take_words(std::string_view text) {
  while (words_.size() < words_wanted_) {
    const std::size_t begin = scanned_;
    if (begin == text.size()) return Step::kNeedMore;
    if (text[begin] != '$') {
      const char got = text[begin] >= ' ' && text[begin] < 0x7f ? text[begin] : '?';
      return fail(std::string("Protocol error: expected '$', got '") + got + "'");
    }
    long long length = 0;
    const Step step = read_length(text, "Protocol error: invalid bulk length", length);
    if (step != Step::kRequest) return step;
    const std::size_t place = scanned_;
    scanned_ = begin;
    if (length < 0 || place + 2 > limit_ ||
        static_cast<unsigned long long>(length) > limit_ - place - 2) {
      return fail("Protocol error: invalid bulk length");
    }
    const auto size = static_cast<std::size_t>(length);
    const std::string_view line_break = text.substr(std::min(place + size, text.size()), 2);
    if (!std::string_view("\r\n").starts_with(line_break)) {
      return fail("Protocol error: invalid bulk length");
    }
    if (line_break.size() < 2) return Step::kNeedMore;
    words_.emplace_back(place, size);
    scanned_ = place + size + 2;
  }
  return Step::kRequest;
}

// Reads the number behind the character at scanned_, and moves scanned_ behind its line.
RequestParser::Step RequestParser::read_length(std::string_view text, const char* what,
                                               long long& length) {
  const std::string_view line = text.substr(scanned_, kLongestHeader);
  const std::size_t end = line.find('\r');
  if (end == std::string_view::npos) {
    return line.size() == kLongestHeader ? fail(what) : Step::kNeedMore;
  }
  const std::optional<long long> number = parse_integer(line.substr(1, end - 1));
  if (!number) return fail(what);
  if (scanned_ + end + 1 == text.size()) return Step::kNeedMore;
  if (text[scanned_ + end + 1] != '\n') return fail(what);
  length = *number;
  scanned_ += end + 2;
  return Step::kRequest;
}

RequestParser::Step RequestParser::fail(std::string text) {
  error_ = std::move(text);
  request_.clear();
  return Step::kError;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<long long> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  // Servers write no leading zeros, and read none; "-0" is none either.
  if (digits.starts_with('0') && text != "0") return std::nullopt;
  long long value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace relay
