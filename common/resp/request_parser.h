// What clients and replicas send: RESP arrays of bulks, and inline commands (one line of words), in
// any split and any number per read.
//
//  (1) The same requests come out whatever the splits of the input.
//  (2) Only whole requests are consumed; memory is bounded by the limit, which may be raised once a
//      client has authenticated.
//  (3) Bare newlines between requests are skipped: replicas send them to keep a link alive.
//  (4) An error is final: the connection is to be told and closed.
//
// Inner ring: bytes in, values out. The words of a request point into the parser's buffer until the
// next feed() or next().
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {

using Request = std::vector<std::string_view>;  // never empty

class RequestParser {
 public:
  explicit RequestParser(std::size_t limit);

  void set_limit(std::size_t limit);  // of one request, in bytes as sent
  void feed(std::string_view bytes);
  // The next whole request, if there is one. Null: more bytes are needed, or error() says why there
  // will be none.
  const Request* next();
  // Empty, or the text for an error reply: "Protocol error: invalid bulk length".
  std::string_view error() const { return error_; }
  // What was fed and not yet consumed: on a connection that turns into something else, the next
  // bytes of that.
  std::string_view unconsumed() const;
  std::size_t buffered() const;

 private:
  enum class Step { kRequest, kNothing, kNeedMore, kError };  // kNothing: a request of no words

  Step parse(std::string_view text);
  Step parse_inline(std::string_view text);
  Step parse_array(std::string_view text);
  Step take_words(std::string_view text);
  Step read_length(std::string_view text, const char* what, long long& length);
  bool split_quoted(std::string_view line);
  Step fail(std::string text);

  std::size_t limit_;
  std::string buffer_;
  std::size_t consumed_ = 0;  // of buffer_
  // An array that is only partly here is parsed from where it was left, not from its first byte
  // again. Places are counted from consumed_.
  std::size_t scanned_ = 0;
  std::size_t words_wanted_ = 0;                            // none: its header has not been read
  std::vector<std::pair<std::size_t, std::size_t>> words_;  // place and length of each
  std::vector<std::string> unquoted_;  // words of an inline command with quotes
  Request request_;
  std::string error_;
};

// True where two words are the same but for the case of ASCII letters.
bool same_word(std::string_view a, std::string_view b);
// A decimal number with nothing around it, as servers accept one in a command.
std::optional<long long> parse_integer(std::string_view text);

}  // namespace relay
