// The HTTP server and its clients on one executor of one thread, for the tests of both doors.
//
// Long because: each case is a conversation on a socket, and all share this.
#pragma once

#include "common/io/task_group.h"
#include "proxy/control/http_server.h"
#include "proxy/control/routes.h"
#include "tests/unit/control/fake_host.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace relay::http_bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

using Response = http::response<http::string_body>;

inline std::string body_of(std::size_t lines) {
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) text += "line " + std::to_string(i) + " of many\n";
  return text;
}

inline std::string header_of(const Response& response, http::field field) {
  const auto value = response[field];
  return {value.data(), value.size()};
}

// The server and its clients, on one executor of one thread.
class Bench {
 public:
  explicit Bench(HttpServer::Limits limits = {}, Door door = {}, std::vector<Route> more = {})
      : server_(context_.get_executor(), routes(std::move(more)), std::move(door), limits) {
    EXPECT_TRUE(server_.listen("127.0.0.1", 0).has_value());
    server_task_.spawn(server_.run());
  }
  ~Bench() {
    server_.stop();
    context_.restart();
    context_.run();  // ends only if run() returns, and with it every child
    EXPECT_TRUE(server_task_.empty());
  }

  void run(asio::awaitable<void> client) {
    TaskGroup clients(context_.get_executor());
    clients.spawn(std::move(client));
    context_.restart();
    while (!clients.empty()) context_.run_one();
  }
  void run_until(const std::function<bool()>& condition) {
    context_.restart();
    while (!condition()) context_.run_one();
  }

  HttpServer& server() { return server_; }
  asio::io_context& context() { return context_; }
  const std::string& seen_method() const { return seen_.method; }
  const HttpRequest& seen() const { return seen_; }
  FakeHost& host() { return host_; }
  std::uint64_t counted(const std::string& handler, unsigned code) {
    const auto& requests = server_.status().requests;
    const auto by_code = requests.find(handler);
    if (by_code == requests.end() || !by_code->second.contains(code)) return 0;
    return by_code->second.at(code);
  }

 private:
  std::vector<Route> routes(std::vector<Route> more) {
    host_.shown.log.segments = 5;
    std::vector<Route> table = make_routes(host_, PageAudience::kReaders);
    table.push_back({"/echo", "echo", [this](const HttpRequest& request) {
                       seen_ = request;
                       HttpResponse response;
                       response.body = "echo";
                       return response;
                     }});
    table.push_back({"/large", "large", [](const HttpRequest&) {
                       HttpResponse response;
                       response.body = body_of(1000);
                       return response;
                     }});
    table.push_back({"/broken", "broken",
                     [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("lost"); }});
    for (Route& route : more) table.push_back(std::move(route));
    return table;
  }

  FakeHost host_;
  asio::io_context context_{1};
  HttpRequest seen_;
  HttpServer server_;
  TaskGroup server_task_{context_.get_executor()};
};

class Client {
 public:
  explicit Client(Bench& bench) : bench_(bench), socket_(bench.context()) {}

  asio::awaitable<void> connect() {
    const tcp::endpoint where(asio::ip::address_v4::loopback(), bench_.server().port());
    co_await socket_.async_connect(where, asio::use_awaitable);
  }
  asio::awaitable<void> write(std::string text) {
    co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
  }
  asio::awaitable<Response> read(bool head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(head);
    co_await http::async_read(socket_, buffer_, parser, asio::use_awaitable);
    co_return parser.release();
  }
  // Everything until the server closes; a reset counts as a close.
  asio::awaitable<std::string> read_to_the_end() {
    std::string all;
    std::array<char, 4096> piece;
    boost::system::error_code error;
    while (!error) {
      const std::size_t n = co_await socket_.async_read_some(
          asio::buffer(piece), asio::redirect_error(asio::use_awaitable, error));
      all.append(piece.data(), n);
    }
    co_return all;
  }
  tcp::socket& socket() { return socket_; }

 private:
  Bench& bench_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

inline std::string request(const std::string& method, const std::string& target,
                           const std::string& more = "") {
  return method + " " + target + " HTTP/1.1\r\nHost: relay\r\n" + more + "\r\n";
}

inline Response ask(Bench& bench, const std::string& text, bool head = false) {
  Response response;
  const auto client = [&]() -> asio::awaitable<void> {
    Client peer(bench);
    co_await peer.connect();
    co_await peer.write(text);
    response = co_await peer.read(head);
  };
  bench.run(client());
  return response;
}

// What comes back on a connection that the server closes by itself.
inline std::string ask_until_closed(Bench& bench, const std::string& text) {
  std::string answer;
  const auto client = [&]() -> asio::awaitable<void> {
    Client peer(bench);
    co_await peer.connect();
    co_await peer.write(text);
    answer = co_await peer.read_to_the_end();
  };
  bench.run(client());
  return answer;
}

}  // namespace relay::http_bench
