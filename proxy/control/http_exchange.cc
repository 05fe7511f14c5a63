#include "proxy/control/http_exchange.h"

#include "common/io/deadline.h"
#include "proxy/control/gzip.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/none.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace relay {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kSmallestGzipped = 512;
constexpr std::size_t kPiece = std::size_t{256} * 1024;  // of a download
constexpr auto kLinger = 1s;

std::string std_text(boost::beast::string_view text) { return {text.data(), text.size()}; }

asio::awaitable<void> first_bytes(HttpSocket& socket, boost::beast::flat_buffer& buffer) {
  buffer.commit(co_await socket.async_read_some(buffer.prepare(1024), asio::use_awaitable));
}

template <typename Parser>
asio::awaitable<ErrorCode> header_into(HttpSocket& socket, boost::beast::flat_buffer& buffer,
                                       Parser& parser) {
  ErrorCode error;
  co_await http::async_read_header(socket, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

template <typename Parser>
asio::awaitable<ErrorCode> rest_into(HttpSocket& socket, boost::beast::flat_buffer& buffer,
                                     Parser& parser) {
  ErrorCode error;
  co_await http::async_read(socket, buffer, parser,
                            asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

asio::awaitable<void> write_text(HttpSocket& socket, std::string_view text) {
  co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
}

asio::awaitable<void> read_to_the_end(HttpSocket& socket) {
  std::array<char, 4096> ignored;
  ErrorCode error;
  while (!error)
    co_await socket.async_read_some(asio::buffer(ignored),
                                    asio::redirect_error(asio::use_awaitable, error));
}

template <typename Message>
asio::awaitable<void> write(HttpSocket& socket, Message& message) {
  co_await http::async_write(socket, message, asio::use_awaitable);
}

template <typename Serializer>
asio::awaitable<void> write_head(HttpSocket& socket, Serializer& serializer) {
  co_await http::async_write_header(socket, serializer, asio::use_awaitable);
}

http::response_header<> header_of(const HttpResponse& from) {
  http::response_header<> header;
  header.version(11);
  header.result(from.status);
  header.set(http::field::server, "psync-relay");
  header.set(http::field::content_type, from.content_type);
  header.set(http::field::cache_control, "no-store");
  header.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : from.headers) header.set(name, value);
  return header;
}

asio::awaitable<void> send_download(HttpSocket& socket, http::response<http::empty_body>& message,
                                    const Download& download, bool head,
                                    std::chrono::steady_clock::duration limit) {
  http::response_serializer<http::empty_body> serializer(message);
  co_await within(limit, write_head(socket, serializer));
  for (std::uint64_t at = 0; !head && at < download.size;) {
    const std::size_t most = std::min<std::uint64_t>(kPiece, download.size - at);
    const Result<std::string> piece = co_await download.read(at, most);
    if (!piece || piece->empty()) {
      // The peer was told how much comes, and sees that it did not.
      throw boost::system::system_error(piece ? asio::error::eof : piece.error());
    }
    co_await within(limit, write_text(socket, *piece));
    at += piece->size();
  }
}

}  // namespace

IncomingRequest::IncomingRequest(HttpSocket& socket, boost::beast::flat_buffer& buffer,
                                 std::uint32_t header_size)
    : socket_(socket), buffer_(buffer) {
  parser_.header_limit(header_size);
  parser_.body_limit(boost::none);  // 404, 405 and 403 come before 413
}

asio::awaitable<void> IncomingRequest::wait(Limit idle) {
  if (buffer_.size() == 0) co_await within(idle, first_bytes(socket_, buffer_));
}

asio::awaitable<ErrorCode> IncomingRequest::read_header(Limit limit) {
  co_return co_await within(limit, header_into(socket_, buffer_, parser_));
}

asio::awaitable<ErrorCode> IncomingRequest::read_body(std::uint64_t size, Limit limit) {
  const bool waits = parser_.get()[http::field::expect] == "100-continue";
  http::request_parser<http::string_body> whole(std::move(parser_));
  whole.body_limit(size);
  if (const auto length = whole.content_length(); length && *length > size) {
    co_return make_error_code(http::error::body_limit);
  }
  if (waits) co_await within(limit, write_text(socket_, "HTTP/1.1 100 Continue\r\n\r\n"));
  const ErrorCode error = co_await within(limit, rest_into(socket_, buffer_, whole));
  body_ = std::move(whole.get().body());
  co_return error;
}

// RFC 9112, 3.2: whom the request is for is said once, from HTTP/1.1 on.
std::string IncomingRequest::fault() const {
  const auto& header = parser_.get();
  const std::size_t hosts = header.count(http::field::host);
  if (hosts > 1) return "it has several Host headers";
  if (hosts == 0 && header.version() >= 11) return "it has no Host header";
  return {};
}

HttpRequest IncomingRequest::request() const {
  const auto& header = parser_.get();
  std::string host = std_text(header[http::field::host]);
  std::string target = std_text(header.target());
  // As to a proxy: "http://relay:8479/metrics". What it says of the host then counts.
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::string rest = target.substr(scheme.size());
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    host = rest.substr(0, end);
    target = rest.substr(end);
    if (!target.starts_with('/')) target.insert(0, 1, '/');
    break;
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  HttpRequest request;
  request.method = std_text(header.method_string());
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  request.host = std::move(host);
  request.origin = std_text(header[http::field::origin]);
  request.authorization = std_text(header[http::field::authorization]);
  request.content_type = std_text(header[http::field::content_type]);
  request.range = std_text(header[http::field::range]);
  request.if_range = std_text(header[http::field::if_range]);
  return request;
}

bool IncomingRequest::is_head() const { return parser_.get().method() == http::verb::head; }

bool IncomingRequest::accepts_gzip() const {
  return relay::accepts_gzip(std_text(parser_.get()[http::field::accept_encoding]));
}

unsigned status_for(const ErrorCode& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == asio::error::operation_aborted) return 408;  // too slow
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  return error.category() == http::make_error_code(http::error::bad_method).category() ? 400 : 0;
}

asio::awaitable<void> send(HttpSocket& socket, OutgoingResponse& outgoing,
                           std::chrono::steady_clock::duration limit) {
  HttpResponse& from = outgoing.response;
  http::response_header<> header = header_of(from);
  if (from.download) {
    http::response<http::empty_body> message(std::move(header));
    message.keep_alive(outgoing.keep_alive);
    message.content_length(from.download->size);
    co_await send_download(socket, message, *from.download, outgoing.head, limit);
    co_return;
  }
  if (from.body.size() >= kSmallestGzipped) {
    header.set(http::field::vary, "Accept-Encoding");
    if (outgoing.gzip_accepted) {
      header.set(http::field::content_encoding, "gzip");
      from.body = gzip(from.body);
    }
  }
  const std::size_t length = from.body.size();
  if (outgoing.head) {
    http::response<http::empty_body> message(std::move(header));
    message.keep_alive(outgoing.keep_alive);
    message.content_length(length);
    co_await within(limit, write(socket, message));
  } else {
    http::response<http::string_body> message(std::move(header), std::move(from.body));
    message.keep_alive(outgoing.keep_alive);
    message.content_length(length);
    co_await within(limit, write(socket, message));
  }
}

asio::awaitable<void> close_gently(HttpSocket& socket) {
  ErrorCode ignored;
  socket.shutdown(HttpSocket::shutdown_send, ignored);
  co_await within(kLinger, read_to_the_end(socket));
}

}  // namespace relay
