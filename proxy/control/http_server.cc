#include "proxy/control/http_server.h"

#include "common/base/logging.h"
#include "common/io/deadline.h"
#include "common/io/passed_sockets.h"
#include "proxy/control/gzip.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/none.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <sys/socket.h>
#include <utility>

namespace relay {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

using Parser = http::request_parser<http::empty_body>;

constexpr std::size_t kSmallestGzipped = 512;
constexpr auto kLinger = 1s;
constexpr std::string_view kNoHandler = "other";

std::string std_text(boost::beast::string_view text) { return {text.data(), text.size()}; }

asio::awaitable<void> wait_for_first_bytes(tcp::socket& socket, boost::beast::flat_buffer& buffer) {
  buffer.commit(co_await socket.async_read_some(buffer.prepare(1024), asio::use_awaitable));
}

// The error as a value: what it means is decided where it can be answered.
asio::awaitable<ErrorCode> read_header(tcp::socket& socket, boost::beast::flat_buffer& buffer,
                                       Parser& parser) {
  ErrorCode error;
  co_await http::async_read_header(socket, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

// What is answered where there is no request to answer; 0: nothing.
unsigned status_for(const ErrorCode& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == asio::error::operation_aborted) return 408;  // too slow
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  return error.category() == http::make_error_code(http::error::bad_method).category() ? 400 : 0;
}

// Closing with bytes unread would reset the connection, and the peer might never see the answer.
// So: say that nothing more comes, and read on until the peer has closed, for a moment.
asio::awaitable<void> read_to_the_end(tcp::socket& socket) {
  std::array<char, 4096> ignored;
  ErrorCode error;
  while (!error)
    co_await socket.async_read_some(asio::buffer(ignored),
                                    asio::redirect_error(asio::use_awaitable, error));
}
asio::awaitable<void> close_gently(tcp::socket& socket) {
  ErrorCode ignored;
  socket.shutdown(tcp::socket::shutdown_send, ignored);
  co_await within(kLinger, read_to_the_end(socket));
}

template <typename Message>
asio::awaitable<void> write(tcp::socket& socket, Message& message) {
  co_await http::async_write(socket, message, asio::use_awaitable);
}

struct Outgoing {
  HttpResponse response;
  bool head = false;
  bool keep_alive = false;
  bool gzip_accepted = false;
};

asio::awaitable<void> send(tcp::socket& socket, Outgoing& outgoing,
                           std::chrono::steady_clock::duration limit) {
  HttpResponse& from = outgoing.response;
  http::response_header<> header;
  header.version(11);
  header.result(from.status);
  header.set(http::field::server, "psync-relay");
  header.set(http::field::content_type, from.content_type);
  header.set(http::field::cache_control, "no-store");
  header.set("X-Content-Type-Options", "nosniff");
  if (from.status == 405) header.set(http::field::allow, "GET, HEAD");
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

HttpResponse text_of_status(unsigned status) {
  HttpResponse response;
  response.status = status;
  response.body = std_text(http::obsolete_reason(http::int_to_status(status))) + "\n";
  return response;
}

}  // namespace

struct HttpServer::Incoming {
  HttpRequest request;
  bool has_body = false;
};

HttpServer::HttpServer(const asio::any_io_executor& executor, std::vector<Route> routes)
    : HttpServer(executor, std::move(routes), Limits{}) {}

HttpServer::HttpServer(const asio::any_io_executor& executor, std::vector<Route> routes,
                       Limits limits)
    : executor_(executor),
      routes_(std::move(routes)),
      limits_(limits),
      acceptor_(executor),
      served_(executor),
      others_(executor) {
  for (const Route& route : routes_) status_.requests[route.handler][200];
  status_.requests[std::string(kNoHandler)][404];
}

Result<void> HttpServer::listen(const std::string& address, std::uint16_t port) {
  ErrorCode error;
  const tcp::endpoint endpoint(asio::ip::make_address(address, error), port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return error;
  return {};
}

Result<void> HttpServer::listen_on(int listening) {
  ErrorCode error;
  acceptor_.assign(family_of_socket(listening) == AF_INET6 ? tcp::v6() : tcp::v4(), listening,
                   error);
  if (error) return error;
  return {};
}

tcp::endpoint HttpServer::endpoint() const { return acceptor_.local_endpoint(); }

asio::awaitable<void> HttpServer::run() {
  co_await asio::this_coro::throw_if_cancelled(
      false);  // whatever happens, the children are waited for
  others_.spawn(accept());
  co_await others_.join();
  co_await served_.join();
}

void HttpServer::stop() {
  stopping_ = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  others_.cancel();
  served_.cancel();
}

asio::awaitable<void> HttpServer::accept() {
  while (!stopping_) {
    ErrorCode error;
    Socket socket =
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (stopping_ || error == asio::error::operation_aborted) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {  // out of file descriptors or memory: it would fail again at once
      log_warn("http.accept_failed", {{"error", error}});
      asio::steady_timer pause(executor_, 1s);
      co_await pause.async_wait(asio::use_awaitable);
      continue;
    }
    socket.set_option(tcp::no_delay(true), error);  // pipelined answers do not wait for acks
    if (served_.size() < limits_.connections || make_room()) {
      served_.spawn(serve(std::move(socket)));
    } else if (others_.size() <= limits_.connections) {
      others_.spawn(refuse(std::move(socket)));
    }
  }
}

// In the list for as long as the server waits for this connection's next request.
struct HttpServer::Waiting {
  Waiting(HttpServer& server, Socket& socket)
      : list(server.waiting_), place(list.insert(list.end(), &socket)) {}
  ~Waiting() { list.erase(place); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  std::list<Socket*>& list;
  std::list<Socket*>::iterator place;
};

// The one that is closed leaves a moment later: the number is passed by at most as many as are on
// their way out.
bool HttpServer::make_room() {
  if (served_.size() >= 2 * limits_.connections) return false;
  for (Socket* socket : waiting_) {
    if (!socket->is_open()) continue;
    ErrorCode ignored;
    socket->close(ignored);
    return true;
  }
  return false;
}

asio::awaitable<void> HttpServer::serve(Socket socket) {
  try {
    co_await converse(socket);
    co_await close_gently(socket);
  } catch (const boost::system::system_error&) {
    // The peer went away or was too slow, or we stop. Nothing is owed to it, and a line per visitor
    // would serve nobody.
  }
}

asio::awaitable<void> HttpServer::converse(Socket& socket) {
  boost::beast::flat_buffer buffer(std::size_t{2} * limits_.header_size);
  while (true) {
    Parser parser;
    parser.header_limit(limits_.header_size);
    parser.body_limit(boost::none);  // we look for a body ourselves: 404 and 405 come before 413
    ErrorCode error;
    {
      const Waiting waiting(*this, socket);
      if (buffer.size() == 0) co_await within(limits_.idle, wait_for_first_bytes(socket, buffer));
      error = co_await within(limits_.request, read_header(socket, buffer, parser));
    }
    if (!socket.is_open()) co_return;  // it made room for another

    Outgoing outgoing;
    if (error) {
      const unsigned status = status_for(error);
      if (status == 0 || stopping_) co_return;
      outgoing.response = text_of_status(status);
      ++status_.requests[std::string(kNoHandler)][status];
    } else {
      const auto& header = parser.get();
      const std::string target = std_text(header.target());
      const std::size_t mark = std::min(target.find('?'), target.size());
      Incoming incoming;
      incoming.request.method = std_text(header.method_string());
      incoming.request.path = target.substr(0, mark);
      incoming.request.query = target.substr(std::min(mark + 1, target.size()));
      incoming.has_body = !parser.is_done();
      outgoing.response = answer(incoming);
      outgoing.head = header.method() == http::verb::head;
      outgoing.gzip_accepted = accepts_gzip(std_text(header[http::field::accept_encoding]));
      outgoing.keep_alive = header.keep_alive() && !incoming.has_body;  // nobody reads the body
    }
    co_await send(socket, outgoing, limits_.request);
    if (!outgoing.keep_alive) co_return;
  }
}

HttpResponse HttpServer::answer(const Incoming& incoming) {
  const HttpRequest& request = incoming.request;
  const auto route = std::find_if(routes_.begin(), routes_.end(), [&](const Route& candidate) {
    return candidate.path == request.path;
  });
  const std::string handler = route == routes_.end() ? std::string(kNoHandler) : route->handler;
  HttpResponse response;
  if (route == routes_.end()) {
    response = text_of_status(404);
  } else if (request.method != "GET" && request.method != "HEAD") {
    response = text_of_status(405);
  } else if (incoming.has_body) {
    response = text_of_status(413);
  } else {
    try {
      response = route->handle(request);
    } catch (const std::exception& failure) {
      log_error("http.handler_failed", {{"handler", handler}, {"error", failure.what()}});
      response = text_of_status(500);
    }
  }
  ++status_.requests[handler][response.status];
  return response;
}

asio::awaitable<void> HttpServer::refuse(Socket socket) {
  ++status_.requests[std::string(kNoHandler)][503];
  Outgoing outgoing;
  outgoing.response = text_of_status(503);
  try {
    co_await send(socket, outgoing, kLinger);
    co_await close_gently(socket);
  } catch (const boost::system::system_error&) {
    // As in serve().
  }
}

}  // namespace relay
