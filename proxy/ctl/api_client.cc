#include "proxy/ctl/api_client.h"

#include "common/base/duration.h"
#include "common/io/deadline.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/json_node.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <memory>

namespace relay {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Socket = asio::generic::stream_protocol::socket;
using HeaderParser = http::response_parser<http::empty_body>;
using TextParser = http::response_parser<http::string_body>;
using PieceParser = http::response_parser<http::buffer_body>;

constexpr std::uint64_t kLargestAnswer = 64 * kMiB;  // 10000 replicas are 5 MB
constexpr std::size_t kPiece = 256 * 1024;

std::string std_text(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string in_time(Duration limit) { return "within " + format_duration(limit); }

// The steps, each a coroutine of its own for within(). What they borrow is awaited on the spot.

asio::awaitable<tcp::resolver::results_type> resolve(const Endpoint& endpoint) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const std::string service = std::to_string(endpoint.port);
  co_return co_await resolver.async_resolve(endpoint.host, service, tcp::resolver::numeric_service,
                                            asio::use_awaitable);
}

asio::awaitable<void> connect_to(Socket& socket, const Socket::endpoint_type& address) {
  co_await socket.async_connect(address, asio::use_awaitable);
}

template <typename Message>
asio::awaitable<void> send_message(Socket& socket, const Message& message) {
  co_await http::async_write(socket, message, asio::use_awaitable);
}

template <typename Parser>
asio::awaitable<void> read_header(Socket& socket, boost::beast::flat_buffer& buffer,
                                  Parser& parser) {
  co_await http::async_read_header(socket, buffer, parser, asio::use_awaitable);
}

asio::awaitable<void> read_all(Socket& socket, boost::beast::flat_buffer& buffer,
                               TextParser& parser) {
  co_await http::async_read(socket, buffer, parser, asio::use_awaitable);
}

asio::awaitable<ErrorCode> read_piece(Socket& socket, boost::beast::flat_buffer& buffer,
                                      PieceParser& parser) {
  ErrorCode error;
  co_await http::async_read_some(socket, buffer, parser,
                                 asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

// within() throws timed_out; a step that gives its error as a value gives that it was cancelled.
bool is_timeout(const ErrorCode& error) {
  return error == boost::system::errc::timed_out || error == asio::error::operation_aborted;
}

[[noreturn]] void fail_to_connect(const Endpoint& endpoint, const ErrorCode& error,
                                  Duration limit) {
  std::string reason = error.message();
  std::string hint = "is the relay running? --url says where";
  if (!endpoint.socket.empty()) {
    hint = "is the relay running? --socket, --data-dir or --config says where";
    if (error == boost::system::errc::no_such_file_or_directory) reason = "there is no such socket";
    if (error == boost::system::errc::permission_denied) {
      hint = "the socket belongs to the user that the relay runs as";
    }
  }
  const std::string where = "cannot connect to " + endpoint.shown() + ": ";
  if (is_timeout(error)) throw NoAnswer(where + "no answer " + in_time(limit) + "; " + hint);
  throw Unreachable(where + reason + "; " + hint);
}

[[noreturn]] void fail_as_broken(const Endpoint& endpoint, const ErrorCode& error, Duration limit) {
  if (is_timeout(error)) {
    throw NoAnswer("no answer from " + endpoint.shown() + " " + in_time(limit));
  }
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error == asio::error::eof || error == asio::error::connection_reset ||
      error == asio::error::broken_pipe) {
    throw Unreachable(endpoint.shown() + " closed the connection before its answer was whole");
  }
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    throw Unreachable(endpoint.shown() + " answers, but not in HTTP (" + error.message() +
                      "): is that the relay's http.port?");
  }
  throw Unreachable("the connection to " + endpoint.shown() + " broke: " + error.message());
}

asio::awaitable<void> connect(Socket& socket, const Endpoint& endpoint, Duration limit) {
  std::vector<Socket::endpoint_type> addresses;
  if (!endpoint.socket.empty()) {
    if (endpoint.socket.size() >= sizeof(sockaddr_un::sun_path)) {
      throw Unreachable("the path of a socket must be shorter than 108 bytes: " + endpoint.socket);
    }
    addresses.emplace_back(asio::local::stream_protocol::endpoint(endpoint.socket));
  } else {
    try {
      const auto found = co_await within(limit, resolve(endpoint));
      for (const auto& entry : found) addresses.emplace_back(entry.endpoint());
    } catch (const boost::system::system_error& error) {
      const std::string where = "cannot find the host of " + endpoint.shown() + ": ";
      if (is_timeout(error.code())) throw NoAnswer(where + "no answer " + in_time(limit));
      throw Unreachable(where + error.code().message());
    }
  }
  ErrorCode last = asio::error::host_not_found;
  for (const Socket::endpoint_type& address : addresses) {
    try {
      ErrorCode ignored;
      socket.close(ignored);
      co_await within(limit, connect_to(socket, address));
      co_return;
    } catch (const boost::system::system_error& error) {
      last = error.code();
    }
  }
  fail_to_connect(endpoint, last, limit);
}

http::request<http::string_body> message_of(const Endpoint& endpoint, const ApiRequest& request) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(endpoint.prefix + request.target);
  message.set(http::field::host, endpoint.host_header());
  message.set(http::field::user_agent, "psync-relay-ctl/" RELAY_VERSION);
  message.set(http::field::connection, "close");
  if (!endpoint.token.empty()) {
    message.set(http::field::authorization, "Bearer " + endpoint.token);
  }
  for (const auto& [name, value] : request.headers) message.set(name, value);
  if (request.method != "GET") message.set(http::field::content_type, "application/json");
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

// A connection after the header of the answer.
struct Exchange {
  explicit Exchange(const asio::any_io_executor& executor) : socket(executor) {}
  Socket socket;
  boost::beast::flat_buffer buffer;
  HeaderParser header;
};

asio::awaitable<void> begin(Exchange& exchange, const Endpoint& endpoint, const ApiRequest& request,
                            Duration limit) {
  co_await connect(exchange.socket, endpoint, limit);
  try {
    const auto message = message_of(endpoint, request);
    co_await within(limit, send_message(exchange.socket, message));
    exchange.header.body_limit(boost::none);
    co_await within(limit, read_header(exchange.socket, exchange.buffer, exchange.header));
  } catch (const boost::system::system_error& error) {
    fail_as_broken(endpoint, error.code(), limit);
  }
}

asio::awaitable<ApiAnswer> read_answer(Exchange& exchange, const Endpoint& endpoint,
                                       Duration limit) {
  TextParser parser(std::move(exchange.header));
  parser.body_limit(kLargestAnswer);
  try {
    co_await within(limit, read_all(exchange.socket, exchange.buffer, parser));
  } catch (const boost::system::system_error& error) {
    fail_as_broken(endpoint, error.code(), limit);
  }
  ApiAnswer answer;
  answer.status = parser.get().result_int();
  answer.content_type = std_text(parser.get()[http::field::content_type]);
  answer.body = std::move(parser.get().body());
  co_return answer;
}

// The sentence of a problem+json, and the list of errors that a configuration has.
std::string problem_text(const ApiAnswer& answer) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(answer.body, error);
  if (error) return "";
  const JsonNode problem(value);
  std::string text = problem["detail"].text();
  if (text.empty()) text = problem["title"].text();
  for (const JsonNode& one : problem["errors"].items()) text += "\n  " + one.text();
  return text;
}

// Runs a coroutine to its end on this thread.
template <typename T>
T run_to_the_end(asio::io_context& context, asio::awaitable<T> work) {
  auto result = asio::co_spawn(context, std::move(work), asio::use_future);
  context.run();
  return result.get();
}

}  // namespace

asio::awaitable<ApiAnswer> ask(const Endpoint& endpoint, const ApiRequest& request,
                               Duration limit) {
  Exchange exchange(co_await asio::this_coro::executor);
  co_await begin(exchange, endpoint, request, limit);
  co_return co_await read_answer(exchange, endpoint, limit);
}

asio::awaitable<void> pass_on(const Endpoint& endpoint, const ApiRequest& request, Duration limit,
                              std::function<void(const ApiHeader&)> on_header,
                              std::function<void(std::string_view)> on_bytes) {
  Exchange exchange(co_await asio::this_coro::executor);
  co_await begin(exchange, endpoint, request, limit);
  const auto& front = exchange.header.get();
  ApiHeader header;
  header.status = front.result_int();
  header.etag = std_text(front[http::field::etag]);
  header.content_range = std_text(front[http::field::content_range]);
  if (const auto length = exchange.header.content_length()) header.content_length = *length;
  const bool has_body = header.status == 200 || header.status == 206;
  if (has_body || header.status == 416) on_header(header);
  if (!has_body) {
    const ApiAnswer answer = co_await read_answer(exchange, endpoint, limit);
    require_success(request, answer);
    throw Refused(header.status,
                  endpoint.shown() + " answered with status " + std::to_string(header.status));
  }
  PieceParser parser(std::move(exchange.header));
  parser.body_limit(boost::none);
  const std::unique_ptr<char[]> piece(new char[kPiece]);
  while (!parser.is_done()) {
    parser.get().body().data = piece.get();
    parser.get().body().size = kPiece;
    ErrorCode error;
    try {
      error = co_await within(limit, read_piece(exchange.socket, exchange.buffer, parser));
    } catch (const boost::system::system_error& failure) {
      error = failure.code();
    }
    const std::size_t got = kPiece - parser.get().body().size;
    if (got > 0) on_bytes({piece.get(), got});
    if (error && error != http::error::need_buffer) fail_as_broken(endpoint, error, limit);
  }
}

void require_success(const ApiRequest& request, const ApiAnswer& answer) {
  if (answer.status >= 200 && answer.status < 300) return;
  const std::string code = std::to_string(answer.status);
  const std::string reason = std_text(http::obsolete_reason(http::int_to_status(answer.status)));
  std::string text = problem_text(answer);
  if (text.empty()) text = request.method + " " + request.target + ": " + code + " " + reason;
  if (answer.status == 401)
    text += " (--token-file gives the token; it is not needed on the socket)";
  throw Refused(answer.status, text);
}

boost::json::value parse_json(const Endpoint& endpoint, const ApiAnswer& answer) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(answer.body, error);
  if (error) {
    throw CtlFault(endpoint.shown() + " answered with something that is no JSON: is that a relay?");
  }
  return value;
}

ApiAnswer ApiClient::send(const ApiRequest& request) const {
  asio::io_context context;
  return run_to_the_end(context, ask(endpoint_, request, limit_));
}

ApiAnswer ApiClient::get(const std::string& target) const {
  ApiRequest request;
  request.target = target;
  ApiAnswer answer = send(request);
  require_success(request, answer);
  return answer;
}

ApiAnswer ApiClient::post(const std::string& target, const std::string& body) const {
  ApiRequest request;
  request.method = "POST";
  request.target = target;
  request.body = body;
  ApiAnswer answer = send(request);
  require_success(request, answer);
  return answer;
}

boost::json::value ApiClient::get_json(const std::string& target) const {
  return parse_json(endpoint_, get(target));
}

}  // namespace relay
