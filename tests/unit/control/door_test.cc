#include "proxy/control/door.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

Route reading() { return {"/v1/status", "status", {}}; }
Route changing() { return {"/v1/drain", "drain", {}, "POST", Access::kAdmin}; }

Door over_tcp() {
  Door door;
  door.admin = true;
  door.token = [] { return std::string("s3cret"); };
  door.asks_everybody_for_the_name = true;
  door.host_names = [] { return std::vector<std::string>{"relay-0.relay"}; };
  return door;
}

HttpRequest good() {
  HttpRequest request;
  request.path = "/v1/drain";
  request.host = "127.0.0.1:8480";
  request.authorization = "Bearer s3cret";
  request.content_type = "application/json";
  return request;
}

// 0: let in.
unsigned status(const Door& door, const Route& route, const HttpRequest& request) {
  const auto refused = refused_at(door, route, request);
  return refused ? refused->status : 0;
}

TEST(Door, ALetInRequestHasTheTokenAndIsJson) {
  EXPECT_EQ(status(over_tcp(), changing(), good()), 0u);
}

TEST(Door, WithoutTheRightTokenNothingChangesAndTheTokenIsNotTold) {
  for (const char* shown : {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "s3cret",
                            "Basic s3cret", "Bearer  s3cret"}) {
    HttpRequest request = good();
    request.authorization = shown;
    const auto refused = refused_at(over_tcp(), changing(), request);
    ASSERT_TRUE(refused) << shown;
    EXPECT_EQ(refused->status, 401u) << shown;
    EXPECT_EQ(refused->body.find("s3cret"), std::string::npos);
    EXPECT_EQ(refused->headers.front().first, "WWW-Authenticate");
  }
  HttpRequest request = good();
  request.authorization = "bearer s3cret";
  EXPECT_EQ(status(over_tcp(), changing(), request), 0u) << "the scheme knows no case";
}

TEST(Door, AnEmptyTokenOfOursLetsNobodyIn) {
  Door door = over_tcp();
  door.token = [] { return std::string(); };
  HttpRequest request = good();
  for (const char* shown : {"Bearer ", "Bearer", ""}) {
    request.authorization = shown;
    EXPECT_EQ(status(door, changing(), request), 401u);
  }
}

TEST(Door, ReadingNeedsNoTokenButANameOfOurs) {
  HttpRequest request = good();
  request.authorization.clear();
  EXPECT_EQ(status(over_tcp(), reading(), request), 0u);
  request.host = "evil.example";
  EXPECT_EQ(status(over_tcp(), reading(), request), 403u);
}

TEST(Door, OnlyNamesOfOursAreHosts) {
  for (const char* own : {"127.0.0.1", "10.1.2.3:80", "[::1]:8480", "[fe80::1]", "localhost",
                          "LOCALHOST:8480", "relay-0.relay:8480", "Relay-0.Relay"}) {
    HttpRequest request = good();
    request.host = own;
    EXPECT_EQ(status(over_tcp(), changing(), request), 0u) << own;
  }
  for (const char* other : {"", "evil.example", "relay-0.relay.evil.example",
                            "127.0.0.1.evil.example", "localhost.evil.example", "relay-0"}) {
    HttpRequest request = good();
    request.host = other;
    EXPECT_EQ(status(over_tcp(), changing(), request), 403u) << other;
  }
}

TEST(Door, APageOfAnotherOriginIsRefused) {
  HttpRequest request = good();
  request.origin = "http://127.0.0.1:8480";
  EXPECT_EQ(status(over_tcp(), changing(), request), 0u);
  request.origin = "https://127.0.0.1:8480";
  EXPECT_EQ(status(over_tcp(), changing(), request), 0u) << "TLS in front of us";
  for (const char* other : {"null", "http://evil.example", "http://127.0.0.1:8481",
                            "http://127.0.0.1", "http://127.0.0.1:8480.evil.example"}) {
    request.origin = other;
    EXPECT_EQ(status(over_tcp(), changing(), request), 403u) << other;
  }
}

TEST(Door, AChangeIsJson) {
  for (const char* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"}) {
    HttpRequest request = good();
    request.content_type = type;
    EXPECT_EQ(status(over_tcp(), changing(), request), 415u) << type;
  }
  HttpRequest request = good();
  request.content_type = "Application/JSON; charset=utf-8";
  EXPECT_EQ(status(over_tcp(), changing(), request), 0u);
}

TEST(Door, TheReadOnlyOneChangesNothingWhoeverAsks) {
  EXPECT_EQ(status(Door{}, changing(), good()), 403u);
  EXPECT_EQ(status(Door{}, reading(), HttpRequest{}), 0u);
}

TEST(Door, ABrowserComesByANameOfOursAndFromItsOwnPageAtEveryDoor) {
  Door readers;
  readers.host_names = over_tcp().host_names;
  Door socket = readers;
  socket.admin = true;
  for (const Door& door : {readers, socket, over_tcp()}) {
    HttpRequest request = good();
    request.host = "localhost:8480";  // as over `ssh -L`
    request.origin = "http://localhost:8480";
    EXPECT_EQ(status(door, reading(), request), 0u);
    request.host = "relay-0.relay";
    request.origin = "https://relay-0.relay";
    EXPECT_EQ(status(door, reading(), request), 0u);
    request.origin = "http://evil.example";
    EXPECT_EQ(status(door, reading(), request), 403u);
    request.host = "evil.example";  // its name was made to lead to us
    EXPECT_EQ(status(door, reading(), request), 403u);
    request.origin.clear();
    EXPECT_EQ(status(door, reading(), request), door.admin ? 403u : 0u);
  }
  HttpRequest request = good();
  request.host = "evil.example";
  request.origin = "http://evil.example";
  EXPECT_EQ(status(socket, changing(), request), 403u);
}

// A page whose name was made to lead to a forwarded socket reads without an Origin; its name has a dot.
TEST(Door, AUnixSocketAsksForNoTokenAndForNoNameThatNobodyElseCanOwn) {
  HttpRequest request;
  request.content_type = "application/json";
  Door socket{.admin = true};
  socket.host_names = over_tcp().host_names;
  for (const char* own : {"", "relay", "localhost", "127.0.0.1:8480", "[::1]", "relay-0.relay"}) {
    request.host = own;
    EXPECT_EQ(status(socket, changing(), request), 0u) << own;
    EXPECT_EQ(status(socket, reading(), request), 0u) << own;
  }
  for (const char* other : {"evil.example", "evil.example:8480", "127.0.0.1.evil.example"}) {
    request.host = other;
    EXPECT_EQ(status(socket, changing(), request), 403u) << other;
    EXPECT_EQ(status(socket, reading(), request), 403u) << other;
  }
}

}  // namespace
}  // namespace relay
