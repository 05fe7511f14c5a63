// A blocking RESP2 client, small on purpose: what the tests believe about a server's answers must
// not rest on the relay's own parser.
//
// Threading: one thread.
#pragma once

#include "tests/support/socket.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relay::test {

struct Reply {
  enum class Kind { kStatus, kError, kInteger, kBulk, kNull, kArray };
  Kind kind = Kind::kNull;
  std::string text;  // of a status, an error (without '-'), a bulk
  long long integer = 0;
  std::vector<Reply> elements;

  bool is_error() const { return kind == Kind::kError; }
};

using Words = std::vector<std::string>;
using InfoFields = std::map<std::string, std::string>;

// A command as an array of bulks.
std::string to_request(const Words& words);
InfoFields parse_info(const std::string& text);

class RedisClient {
 public:
  explicit RedisClient(std::uint16_t port, const std::string& password = "",
                       std::chrono::milliseconds timeout = kPatience,
                       const std::string& address = "127.0.0.1");

  Reply command(const Words& words);  // an error reply is a value
  Reply require(const Words& words);  // throws on an error reply
  void send(std::string_view requests);
  Reply receive();
  std::string receive_line();  // for the handshake's answers; without its CRLF
  Socket& socket() { return socket_; }

 private:
  Reply receive_aggregate(long long count);
  std::string receive_bytes(std::size_t count);
  void fill();

  std::chrono::milliseconds timeout_;
  Socket socket_;
  std::string buffer_;
  std::size_t consumed_ = 0;
};

}  // namespace relay::test
