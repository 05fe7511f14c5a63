#include "proxy/ctl/api_client.h"

#include "proxy/ctl/fault.h"
#include "tests/support/reserved_port.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/ctl/fake_relay.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace relay {
namespace {

namespace asio = boost::asio;

constexpr Duration kShort = 1s;
constexpr Duration kLong = 60s;

#define EXPECT_SAYS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)

template <typename Fault, typename Call>
std::string fault_of(const Call& call) {
  try {
    call();
  } catch (const Fault& fault) {
    return fault.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

TEST(ApiClient, SendsWhatTheApiAsksFor) {
  FakeRelay fake([](std::size_t) { return http_answer("202 Accepted", R"({"done": "ok"})"); });
  Endpoint endpoint = parse_url(fake.url() + "/relay-0");
  endpoint.token = "s3cret";
  const ApiAnswer answer = ApiClient(endpoint, kLong).post("/v1/drain", R"({"timeout":"5s"})");
  EXPECT_EQ(answer.status, 202u);
  EXPECT_EQ(answer.body, R"({"done": "ok"})");
  fake.stop();
  const std::string& request = fake.requests().at(0);
  EXPECT_TRUE(request.starts_with("POST /relay-0/v1/drain HTTP/1.1\r\n")) << request;
  EXPECT_SAYS(request, "Content-Type: application/json\r\n");
  EXPECT_SAYS(request, "Authorization: Bearer s3cret\r\n");
  EXPECT_SAYS(request, "Host: " + endpoint.host_header() + "\r\n");
  EXPECT_TRUE(request.ends_with("\r\n\r\n{\"timeout\":\"5s\"}")) << request;
}

TEST(ApiClient, AGetHasNoBodyAndNoToken) {
  FakeRelay fake([](std::size_t) { return http_answer("200 OK", "[1]"); });
  EXPECT_EQ(ApiClient(parse_url(fake.url()), kLong).get_json("/v1/log"), boost::json::parse("[1]"));
  fake.stop();
  EXPECT_EQ(fake.requests().at(0).find("Content-Type"), std::string::npos);
  EXPECT_EQ(fake.requests().at(0).find("Authorization"), std::string::npos);
}

TEST(ApiClient, NobodyThereNamesWhereItTried) {
  const test::ReservedPort nobody;
  const std::string url = "http://127.0.0.1:" + std::to_string(nobody.number());
  const ApiClient client(parse_url(url), kLong);
  EXPECT_EQ(
      fault_of<Unreachable>([&] { client.get("/"); }),
      "cannot connect to " + url + ": Connection refused; is the relay running? --url says where");
}

TEST(ApiClient, ASocketThatIsNotThereIsSaidToBeSo) {
  test::TempDir dir;
  Endpoint endpoint;
  endpoint.socket = dir / "admin.sock";
  const std::string fault =
      fault_of<Unreachable>([&] { ApiClient(endpoint, kLong).post("/v1/drain", "{}"); });
  EXPECT_SAYS(fault, "unix:" + endpoint.socket + ": there is no such socket");
  endpoint.socket = std::string(200, 'x');
  EXPECT_SAYS(fault_of<Unreachable>([&] { ApiClient(endpoint, kLong).get("/"); }), "108");
}

TEST(ApiClient, SilenceEndsWithTheDeadline) {
  FakeRelay fake([](std::size_t) { return ""; });
  const ApiClient client(parse_url(fake.url()), kShort);
  EXPECT_EQ(fault_of<NoAnswer>([&] { client.get("/"); }),
            "no answer from " + fake.url() + " within 1s");
}

TEST(ApiClient, AnAnswerThatStopsHalfwayIsNone) {
  const std::string whole = http_answer("200 OK", R"({"a": 1})");
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    FakeRelay fake([&](std::size_t) { return whole.substr(0, cut); });
    const ApiClient client(parse_url(fake.url()), kLong);
    const std::string fault = fault_of<Unreachable>([&] { client.get("/"); });
    EXPECT_SAYS(fault, "closed the connection before its answer was whole");
  }
}

TEST(ApiClient, WhatIsNoHttpIsNoRelay) {
  FakeRelay fake([](std::size_t) { return "-ERR unknown command 'GET'\r\n\r\n"; });
  const ApiClient client(parse_url(fake.url()), kLong);
  EXPECT_SAYS(fault_of<Unreachable>([&] { client.get("/"); }), "not in HTTP");
}

TEST(ApiClient, WhatIsNoJsonIsNoRelay) {
  FakeRelay fake([](std::size_t) { return http_answer("200 OK", "<html>"); });
  const ApiClient client(parse_url(fake.url()), kLong);
  EXPECT_SAYS(fault_of<CtlFault>([&] { client.get_json("/"); }), "is that a relay?");
}

TEST(ApiClient, ARefusalIsTheProblemsDetail) {
  FakeRelay fake([](std::size_t which) {
    if (which == 0) {
      return http_answer("409 Conflict", R"({"title": "Conflict", "detail": "one is on its way"})");
    }
    if (which == 1) {
      return http_answer("422 Unprocessable Entity",
                         R"({"detail": "the configuration is wrong", "errors": ["a", "b\u001b"]})");
    }
    if (which == 2) return http_answer("401 Unauthorized", R"({"detail": "a token is needed"})");
    if (which == 3) return http_answer("404 Not Found", "Not Found\n");
    return http_answer("500 Internal Server Error", "");
  });
  const ApiClient client(parse_url(fake.url()), kLong);
  const auto refusal = [&] { return fault_of<Refused>([&] { client.post("/v1/x", "{}"); }); };
  EXPECT_EQ(refusal(), "one is on its way");
  EXPECT_EQ(refusal(), "the configuration is wrong\n  a\n  b?");
  EXPECT_SAYS(refusal(), "a token is needed (--token-file");
  EXPECT_EQ(refusal(), "POST /v1/x: 404 Not Found");
  EXPECT_EQ(refusal(), "POST /v1/x: 500 Internal Server Error");
}

struct Passed {
  ApiHeader header;
  std::string body;
};

Passed passed_on(const FakeRelay& fake, Duration limit = kLong) {
  Passed passed;
  const Endpoint endpoint = parse_url(fake.url());
  ApiRequest request;
  request.target = "/v1/rdb";
  request.headers = {{"Range", "bytes=5-"}};
  const auto on_header = [&](const ApiHeader& header) { passed.header = header; };
  const auto on_bytes = [&](std::string_view bytes) { passed.body += bytes; };
  asio::io_context context;
  auto done = asio::co_spawn(context, pass_on(endpoint, request, limit, on_header, on_bytes),
                             asio::use_future);
  context.run();
  try {
    done.get();
  } catch (const CtlFault& fault) {
    passed.body += std::string(" | ") + fault.what();
  }
  return passed;
}

TEST(PassOn, GivesTheBodyPieceByPiece) {
  const std::string body(1'000'000, 'x');
  FakeRelay fake([&](std::size_t) {
    return http_answer("206 Partial Content", body,
                       "ETag: \"s1\"\r\nContent-Range: bytes 5-1000004/1000005\r\n");
  });
  const Passed passed = passed_on(fake);
  EXPECT_EQ(passed.body, body);
  EXPECT_EQ(passed.header.status, 206u);
  EXPECT_EQ(passed.header.etag, "\"s1\"");
  EXPECT_EQ(passed.header.content_range, "bytes 5-1000004/1000005");
  EXPECT_EQ(passed.header.content_length, 1'000'000u);
  fake.stop();
  EXPECT_SAYS(fake.requests().at(0), "Range: bytes=5-\r\n");
}

TEST(PassOn, WhatCameBeforeABreakIsGiven) {
  FakeRelay fake([](std::size_t) {
    const std::string whole = http_answer("200 OK", std::string(1000, 'x'));
    return whole.substr(0, whole.size() - 10);
  });
  const Passed passed = passed_on(fake);
  EXPECT_TRUE(passed.body.starts_with(std::string(990, 'x') + " | ")) << passed.body;
  EXPECT_SAYS(passed.body, "closed the connection");
}

TEST(PassOn, ARefusalIsNoBody) {
  FakeRelay fake([](std::size_t) {
    return http_answer("404 Not Found", R"({"detail": "there is no snapshot yet"})");
  });
  EXPECT_EQ(passed_on(fake).body, " | there is no snapshot yet");
}

TEST(PassOn, ARangeThatCannotBeGivenIsTold) {
  FakeRelay fake([](std::size_t) {
    return http_answer("416 Range Not Satisfiable", R"({"detail": "no"})",
                       "Content-Range: bytes */5\r\n");
  });
  const Passed passed = passed_on(fake);
  EXPECT_EQ(passed.header.content_range, "bytes */5");
  EXPECT_EQ(passed.body, " | no");
}

}  // namespace
}  // namespace relay
