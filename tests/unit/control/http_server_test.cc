// Long because: each case is a conversation on a socket.
#include "proxy/control/admin_routes.h"
#include "proxy/metrics/names.h"
#include "tests/unit/control/http_bench.h"

#include <set>
#include <zlib.h>

namespace relay {
namespace {

using namespace http_bench;

TEST(HttpServer, EveryRouteOfTheRelayAnswers) {
  Bench bench;
  const Response metrics = ask(bench, request("GET", "/metrics"));
  EXPECT_EQ(metrics.result_int(), 200u);
  EXPECT_EQ(header_of(metrics, http::field::content_type),
            "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(metrics.body().find("psync_relay_log_segments 5\n"), std::string::npos);
  EXPECT_EQ(ask(bench, request("GET", "/livez")).body(), "ok");
  EXPECT_EQ(ask(bench, request("GET", "/healthz")).body(), "ok");
  EXPECT_EQ(ask(bench, request("GET", "/readyz")).result_int(), 503u);
  EXPECT_EQ(ask(bench, request("GET", "/readyz?verbose")).result_int(), 503u);
  const Response version = ask(bench, request("GET", "/version"));
  EXPECT_EQ(header_of(version, http::field::content_type), "application/json");
  EXPECT_EQ(bench.counted("readyz", 503), 2u);
  EXPECT_EQ(bench.counted("metrics", 200), 1u);
}

TEST(HttpServer, AHandlerSeesThePathAndTheQueryApart) {
  Bench bench;
  EXPECT_EQ(ask(bench, request("GET", "/echo?a=1&verbose")).body(), "echo");
  EXPECT_EQ(bench.seen().path, "/echo");
  EXPECT_EQ(bench.seen().query, "a=1&verbose");
  EXPECT_EQ(bench.seen().method, "GET");
}

TEST(HttpServer, HeadIsAnsweredLikeGetWithoutTheBody) {
  Bench bench;
  const Response get = ask(bench, request("GET", "/large"));
  const Response head = ask(bench, request("HEAD", "/large"), true);
  EXPECT_EQ(head.result_int(), 200u);
  EXPECT_EQ(header_of(head, http::field::content_length), std::to_string(get.body().size()));
  EXPECT_EQ(header_of(head, http::field::content_type), header_of(get, http::field::content_type));
  const std::string raw =
      ask_until_closed(bench, request("HEAD", "/large", "Connection: close\r\n"));
  EXPECT_TRUE(raw.ends_with("\r\n\r\n")) << raw;
}

TEST(HttpServer, AnUnknownPathIs404) {
  Bench bench;
  const Response response = ask(bench, request("GET", "/nowhere"));
  EXPECT_EQ(response.result_int(), 404u);
  EXPECT_NE(response.body().find("\"instance\":\"/nowhere\""), std::string::npos);
  EXPECT_EQ(header_of(response, http::field::content_type), "application/problem+json");
  EXPECT_EQ(ask(bench, request("GET", "/metrics/")).result_int(), 404u);
  EXPECT_EQ(bench.counted("other", 404), 2u);
}

TEST(HttpServer, AWrongMethodIs405AndNamesTheRightOnes) {
  Bench bench;
  for (const char* method : {"POST", "DELETE", "OPTIONS", "BREW"}) {
    const Response response = ask(bench, request(method, "/echo"));
    EXPECT_EQ(response.result_int(), 405u) << method;
    EXPECT_EQ(header_of(response, http::field::allow), "GET, HEAD") << method;
  }
  EXPECT_EQ(bench.counted("echo", 405), 4u);
  EXPECT_EQ(bench.counted("echo", 200), 0u);
}

TEST(HttpServer, ABodyIsNotReadAndEndsTheConnection) {
  Bench bench;
  EXPECT_TRUE(ask_until_closed(bench, request("GET", "/echo", "Content-Length: 5\r\n") + "hello")
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(
      ask_until_closed(bench, request("GET", "/echo", "Content-Length: 99999999999\r\n") + "hello")
          .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask_until_closed(bench, request("GET", "/echo", "Transfer-Encoding: chunked\r\n") +
                                          "5\r\nhello\r\n0\r\n\r\n")
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask_until_closed(bench, request("POST", "/echo", "Content-Length: 5\r\n") + "hello")
                  .starts_with("HTTP/1.1 405 "));
  EXPECT_EQ(bench.counted("echo", 200), 0u);
}

TEST(HttpServer, AnOversizedHeaderIs431AndTheEnd) {
  Bench bench;
  const std::string fits = "X-Long: " + std::string(7000, 'x') + "\r\n";
  EXPECT_EQ(ask(bench, request("GET", "/echo", fits)).result_int(), 200u);
  const std::string one_line = "X-Long: " + std::string(100'000, 'x') + "\r\n";
  EXPECT_TRUE(
      ask_until_closed(bench, request("GET", "/echo", one_line)).starts_with("HTTP/1.1 431 "));
  std::string many_lines;
  for (int i = 0; i < 1000; ++i) many_lines += "X-" + std::to_string(i) + ": value\r\n";
  EXPECT_TRUE(
      ask_until_closed(bench, request("GET", "/echo", many_lines)).starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(bench.counted("other", 431), 2u);
}

TEST(HttpServer, WhatIsNotHttpIs400AndTheEnd) {
  Bench bench;
  for (const char* junk :
       {"PING\r\n\r\n", "*1\r\n$4\r\nPING\r\n", "GET /echo HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n", "GET /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    EXPECT_TRUE(ask_until_closed(bench, junk).starts_with("HTTP/1.1 400 ")) << junk;
  }
}

TEST(HttpServer, ARequestOfHttp11SaysOnceForWhichHostItIs) {
  Bench bench;
  for (const char* hosts : {"", "Host: a\r\nHost: a\r\n"}) {
    const std::string answer =
        ask_until_closed(bench, "GET /echo HTTP/1.1\r\n" + std::string(hosts) + "\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  }
  EXPECT_EQ(bench.counted("other", 400), 2u);
  EXPECT_TRUE(ask_until_closed(bench, "GET /echo HTTP/1.0\r\n\r\n").ends_with("\r\n\r\necho"));
}

TEST(HttpServer, ATargetMayNameTheHostAsToAProxy) {
  Bench bench;
  EXPECT_EQ(ask(bench, request("GET", "http://other:8479/echo?a=1")).body(), "echo");
  EXPECT_EQ(bench.seen().path, "/echo");
  EXPECT_EQ(bench.seen().query, "a=1");
  EXPECT_EQ(bench.seen().host, "other:8479");
  EXPECT_EQ(ask(bench, request("GET", "https://other")).result_int(), 200u) << "the page";
}

TEST(HttpServer, AHandlerThatThrowsIs500AndTheServerGoesOn) {
  Bench bench;
  EXPECT_EQ(ask(bench, request("GET", "/broken")).result_int(), 500u);
  EXPECT_EQ(ask(bench, request("GET", "/echo")).result_int(), 200u);
  EXPECT_EQ(bench.counted("broken", 500), 1u);
}

TEST(HttpServer, AConnectionIsKeptForFurtherRequests) {
  Bench bench;
  std::vector<std::string> bodies;
  const auto client = [&]() -> asio::awaitable<void> {
    Client peer(bench);
    co_await peer.connect();
    for (int i = 0; i < 3; ++i) {
      co_await peer.write(request("GET", "/echo"));
      Response response = co_await peer.read();
      bodies.push_back(response.body());
    }
    co_await peer.write(request("GET", "/echo") + request("GET", "/livez"));  // pipelined
    Response first = co_await peer.read();
    Response second = co_await peer.read();
    bodies.push_back(first.body());
    bodies.push_back(second.body());
  };
  bench.run(client());
  EXPECT_EQ(bodies, (std::vector<std::string>{"echo", "echo", "echo", "echo", "ok"}));
}

TEST(HttpServer, AConnectionIsClosedWhereTheClientAsksForIt) {
  Bench bench;
  EXPECT_TRUE(ask_until_closed(bench, request("GET", "/echo", "Connection: close\r\n"))
                  .ends_with("\r\n\r\necho"));
  EXPECT_TRUE(ask_until_closed(bench, "GET /echo HTTP/1.0\r\n\r\n").ends_with("\r\n\r\necho"));
}

TEST(HttpServer, ALargeAnswerIsPackedForThoseWhoTakeIt) {
  Bench bench;
  const std::string plain = body_of(1000);
  const Response packed = ask(bench, request("GET", "/large", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(header_of(packed, http::field::content_encoding), "gzip");
  EXPECT_EQ(header_of(packed, http::field::vary), "Accept-Encoding");
  EXPECT_LT(packed.body().size(), plain.size());

  z_stream stream{};
  ASSERT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = packed.body();
  std::string out(plain.size() + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  EXPECT_EQ(out, plain);

  const Response refused = ask(bench, request("GET", "/large", "Accept-Encoding: gzip;q=0\r\n"));
  EXPECT_EQ(header_of(refused, http::field::content_encoding), "");
  EXPECT_EQ(refused.body(), plain);
  EXPECT_EQ(ask(bench, request("GET", "/echo", "Accept-Encoding: gzip\r\n")).body(), "echo");
}

TEST(HttpServer, AClientThatDoesNotFinishItsRequestIsTold408AndClosed) {
  HttpServer::Limits limits;
  limits.request = 10ms;
  Bench bench(limits);
  EXPECT_TRUE(ask_until_closed(bench, "GET /echo HTTP/1.1\r\nHost:").starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(bench.counted("other", 408), 1u);
}

TEST(HttpServer, AClientThatSaysNothingIsClosedUntold) {
  HttpServer::Limits limits;
  limits.idle = 10ms;
  Bench bench(limits);
  EXPECT_EQ(ask_until_closed(bench, ""), "");
  const std::string after_a_request = ask_until_closed(bench, request("GET", "/echo"));
  EXPECT_TRUE(after_a_request.ends_with("\r\n\r\necho")) << after_a_request;
}

TEST(HttpServer, AClientThatDoesNotTakeTheAnswerIsClosed) {
  HttpServer::Limits limits;
  limits.request = 50ms;
  Bench bench(limits);
  std::string got;
  const auto client = [&]() -> asio::awaitable<void> {
    Client peer(bench);
    peer.socket().open(tcp::v4());
    peer.socket().set_option(tcp::socket::receive_buffer_size(4096));
    co_await peer.connect();
    std::string many;
    for (int i = 0; i < 1000; ++i) many += request("GET", "/large");
    // Nothing is read while the server is willing to write: when this fails or ends, it has given
    // up or taken all.
    boost::system::error_code error;
    co_await asio::async_write(peer.socket(), asio::buffer(many),
                               asio::redirect_error(asio::use_awaitable, error));
    co_await peer.socket().async_wait(tcp::socket::wait_error,
                                      asio::redirect_error(asio::use_awaitable, error));
  };
  bench.run(client());
  EXPECT_LT(bench.counted("large", 200), 1000u);
}

TEST(HttpServer, AtTheLimitTheOneThatSaidNothingForLongestMakesRoom) {
  HttpServer::Limits limits;
  limits.connections = 2;
  Bench bench(limits);
  std::string first_got = "nothing yet";
  unsigned second_got = 0;
  unsigned third_got = 0;
  const auto client = [&]() -> asio::awaitable<void> {
    Client first(bench);
    Client second(bench);
    Client third(bench);
    co_await first.connect();
    co_await second.connect();
    co_await second.write(request("GET", "/echo"));
    second_got = (co_await second.read()).result_int();
    co_await third.connect();
    co_await third.write(request("GET", "/echo"));
    third_got = (co_await third.read()).result_int();
    first_got = co_await first.read_to_the_end();
  };
  bench.run(client());
  EXPECT_EQ(second_got, 200u);
  EXPECT_EQ(third_got, 200u);
  EXPECT_EQ(first_got, "");
}

TEST(HttpServer, WhereAllAreBeingAnsweredOneMoreIsTold503) {
  HttpServer::Limits limits;
  limits.connections = 1;
  Bench bench(limits);
  std::string answer;
  const auto client = [&]() -> asio::awaitable<void> {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += request("GET", "/large");
    std::unique_ptr<Client> busy;
    while (answer.find("503") == std::string::npos) {
      // Answers that nobody takes: at some point the server is in the middle of one. Until then the
      // next visitor can push it out.
      boost::system::error_code error = asio::error::not_connected;
      if (busy) busy->socket().write_some(asio::buffer(many), error);
      if (error && error != asio::error::would_block) {
        busy = std::make_unique<Client>(bench);
        busy->socket().open(tcp::v4());
        busy->socket().set_option(tcp::socket::receive_buffer_size(4096));
        co_await busy->connect();
        busy->socket().non_blocking(true);
      }
      Client other(bench);
      co_await other.connect();
      co_await other.write(request("GET", "/echo", "Connection: close\r\n"));
      answer = co_await other.read_to_the_end();
    }
  };
  bench.run(client());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
}

TEST(HttpServer, StopEndsEveryConnectionAndThenRunReturns) {
  std::string answer = "not yet";
  Bench bench;
  const auto client = [&]() -> asio::awaitable<void> {
    Client peer(bench);
    co_await peer.connect();
    co_await peer.write(request("GET", "/echo"));
    co_await peer.read();
    bench.server().stop();
    answer = co_await peer.read_to_the_end();
  };
  bench.run(client());
  EXPECT_EQ(answer, "");
}

TEST(HttpServer, AnAddressThatCannotBeBoundIsAnErrorOfListen) {
  Bench bench;
  HttpServer second(bench.context().get_executor(), {});
  EXPECT_EQ(second.listen("127.0.0.1", bench.server().port()).error(),
            boost::system::errc::address_in_use);
  HttpServer third(bench.context().get_executor(), {});
  EXPECT_TRUE(third.listen("no address", 0).has_error());
}

TEST(HttpServer, CountsAreThereFromTheStart) {
  Bench bench;
  const auto& requests = bench.server().status().requests;
  for (const char* handler : {"metrics", "livez", "healthz", "readyz", "events", "version"}) {
    ASSERT_TRUE(requests.contains(handler)) << handler;
    EXPECT_EQ(requests.at(handler).at(200), 0u);
  }
  EXPECT_EQ(requests.at("other").at(404), 0u);
}

TEST(HttpServer, WhatItIsKnownToAnswerIsThereFromTheStartAndInTheTableOfMetrics) {
  FakeHost host;
  Door door{.admin = true};
  door.token = [] { return std::string("token"); };
  asio::io_context context;
  std::vector<Route> table = make_routes(host, PageAudience::kAdmins);
  for (Route& route : make_admin_routes(host)) table.push_back(std::move(route));
  const HttpServer server(context.get_executor(), std::move(table), door);
  std::set<std::string> counted;
  for (const auto& [handler, by_code] : server.status().requests) {
    for (const auto& [code, count] : by_code) counted.insert(handler + "," + std::to_string(code));
  }
  const auto& series = metric_rows()[metric("psync_relay_http_requests_total")].series;
  EXPECT_EQ(counted, std::set<std::string>(series.begin(), series.end()));
}

}  // namespace
}  // namespace relay
