// What servers answer, RESP2 and RESP3: for whatever of ours asks questions and reads replies as
// values.
//
//  (1) The same replies come out whatever the splits of the input.
//  (2) A reply is bounded: its bytes as sent by the limit, its nesting by kDeepest.
//  (3) An error is final: the bytes are no replies. An error reply is not such an error, it is a
//      Reply.
//  (4) RESP3 attributes are read and dropped. Streamed strings and aggregates, which no server
//      sends, are an error.
//
// For conversations: values are copied. The replication stream and snapshots have parsers of their
// own. Inner ring. Threading: owned by one connection.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct Reply {
  enum class Kind {
    kSimple,
    kError,  // text: "ERR what", without the dash
    kInteger,
    kBulk,
    kNull,
    kArray,
    kMap,  // elements: key, value, key, value...
    kSet,
    kPush,
    kBoolean,    // integer: 0 or 1
    kDouble,     // text, as sent
    kBigNumber,  // text, as sent
    kVerbatim,   // text, without its format
  };

  Kind kind = Kind::kNull;
  std::string text;
  long long integer = 0;
  std::vector<Reply> elements;

  bool operator==(const Reply&) const = default;
  bool is_error() const { return kind == Kind::kError; }
};

class ReplyParser {
 public:
  static constexpr std::size_t kDeepest = 32;

  explicit ReplyParser(std::size_t limit = std::size_t{64} << 20) : limit_(limit) {}

  void feed(std::string_view bytes);
  // The next whole reply. None: more bytes are needed, or error() says why there will be none.
  std::optional<Reply> next();
  std::string_view error() const { return error_; }
  // What was fed and belongs to no reply that has come out: behind the reply to PSYNC, the
  // beginning of what follows. Meaningful between replies only.
  std::string_view unconsumed() const;

 private:
  enum class Step { kElement, kNeedMore, kError };

  // An aggregate that is not complete.
  struct Open {
    Reply reply;
    std::size_t missing = 0;
    bool dropped = false;  // an attribute
  };

  Step parse_element();
  Step parse_line_element(char kind, std::string_view line);
  Step parse_bulk(char kind, std::string_view line, std::size_t header);
  Step open_aggregate(char kind, std::string_view line);
  Step take(Reply reply);
  void consume(std::size_t bytes);
  Step fail(std::string text);

  std::size_t limit_;
  std::string buffer_;
  std::size_t consumed_ = 0;    // of buffer_
  std::size_t reply_size_ = 0;  // bytes of the reply so far
  std::vector<Open> open_;      // outermost first
  std::optional<Reply> complete_;
  std::string error_;
};

}  // namespace relay
