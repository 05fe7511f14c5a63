// One exchange on an HTTP connection: a request in, an answer out, each step under a limit. The one
// user of Beast.
//
//  (1) Errors of the peer are values: what they mean is decided where they can be answered.
//  (2) A header is read first, and a body only when asked for.
//
// Threading: one executor.
#pragma once

#include "common/base/result.h"
#include "proxy/control/http_message.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace relay {

using HttpSocket = boost::asio::generic::stream_protocol::socket;

// A request as it comes in. One of these per request; the buffer is the connection's.
class IncomingRequest {
 public:
  using Limit = std::chrono::steady_clock::duration;

  IncomingRequest(HttpSocket& socket, boost::beast::flat_buffer& buffer, std::uint32_t header_size);

  boost::asio::awaitable<void> wait(Limit idle);  // until its first byte
  boost::asio::awaitable<ErrorCode> read_header(Limit limit);
  bool has_body() const { return !parser_.is_done(); }
  // Into the request; an error if it is larger than `size` or too slow.
  boost::asio::awaitable<ErrorCode> read_body(std::uint64_t size, Limit limit);

  // Empty, or why no route is looked for.
  std::string fault() const;
  HttpRequest request() const;
  bool is_head() const;
  bool accepts_gzip() const;
  bool keep_alive() const { return parser_.get().keep_alive(); }
  const std::string& body() const { return body_; }

 private:
  HttpSocket& socket_;
  boost::beast::flat_buffer& buffer_;
  boost::beast::http::request_parser<boost::beast::http::empty_body> parser_;
  std::string body_;
};

// What a peer is told whose request could not be read; 0: nothing.
unsigned status_for(const ErrorCode& error);

struct OutgoingResponse {
  HttpResponse response;
  bool head = false;
  bool keep_alive = false;
  bool gzip_accepted = false;
};

// Throws boost::system::system_error when the peer is gone or too slow, or a download breaks off.
boost::asio::awaitable<void> send(HttpSocket& socket, OutgoingResponse& outgoing,
                                  std::chrono::steady_clock::duration limit);

// Closing with bytes unread would reset the connection, and the peer might never see the answer.
// So: say that nothing more comes, and read on until the peer has closed, for a moment.
boost::asio::awaitable<void> close_gently(HttpSocket& socket);

}  // namespace relay
