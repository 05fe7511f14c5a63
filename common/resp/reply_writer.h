// Writes replies, RESP2 or RESP3 (HELLO chooses), into one string that the connection sends in one
// piece.
//
// Inner ring. Elements are written in order; an array or map of n is followed by its n (or 2n)
// elements.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace relay {

class ReplyWriter {
 public:
  explicit ReplyWriter(std::string& out, int protocol = 2) : out_(out), protocol_(protocol) {}

  int protocol() const { return protocol_; }
  void set_protocol(int protocol) { protocol_ = protocol; }

  void simple(std::string_view text);  // +OK
  void error(std::string_view text);   // "ERR what"; line breaks in it become spaces
  void integer(long long value);
  void bulk(std::string_view bytes);
  void verbatim(std::string_view text);  // RESP3 =txt:, else a bulk: INFO
  void null();
  void array(std::size_t elements);
  void map(std::size_t pairs);      // RESP2: an array of twice as many
  void push(std::size_t elements);  // RESP3 >, else an array: pub/sub messages
  void boolean(bool value);

 private:
  void line(char kind, std::string_view text);
  std::string& out_;
  int protocol_;
};

// A command as every server accepts it: an array of bulks.
std::string to_command(std::initializer_list<std::string_view> words);

}  // namespace relay
