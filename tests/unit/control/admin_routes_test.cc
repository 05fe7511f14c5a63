// Each change, asked for over a socket as an operator's program does.
#include "proxy/control/admin_routes.h"

#include "common/base/event_ring.h"
#include "common/base/logging.h"
#include "tests/unit/control/http_bench.h"

namespace relay {
namespace {

using namespace http_bench;

const std::string kJson = "Content-Type: application/json\r\n";

struct AdminBench {
  FakeHost host;
  Bench bench{{}, Door{.admin = true}, make_admin_routes(host)};

  Response post(const std::string& path, const std::string& body, const std::string& more = kJson) {
    return ask(bench, request("POST", path,
                              more + "Content-Length: " + std::to_string(body.size()) + "\r\n") +
                          body);
  }
  Response get(const std::string& path, const std::string& more = "") {
    return ask(bench, request("GET", path, more));
  }
};

using Wanted = std::vector<std::string>;

TEST(AdminRoutes, EachChangeReachesTheRelay) {
  AdminBench admin;
  const struct {
    const char* path;
    const char* body;
    unsigned status;
    const char* wanted;
  } cases[] = {
      {"/v1/upstream", R"({"host":"redis-1","port":6380})", 200, "follow redis-1 6380"},
      {"/v1/upstream", R"({"host":"fe80::1%eth0","port":1})", 200, "follow fe80::1%eth0 1"},
      {"/v1/upstream/reconnect", "", 200, "reconnect"},
      {"/v1/upstream/resync", R"({"kind":"full","confirm":true})", 200, "resync"},
      {"/v1/snapshot", "{}", 202, "snapshot"},
      {"/v1/replicas/r7/disconnect", "{}", 200, "disconnect 7"},
      {"/v1/drain", "", 202, "drain -"},
      {"/v1/drain", R"({"timeout":"45s"})", 202, "drain 45000"},
      {"/v1/drain", R"({"timeout":"365d"})", 202, "drain 31536000000"},
      {"/v1/undrain", "", 200, "undrain"},
      {"/v1/shutdown", "", 202, "shutdown"},
      {"/v1/reload", "", 200, "reload"},
      {"/v1/config/check", R"({"text":"threads: 2"})", 200, "check threads: 2"},
  };
  for (const auto& one : cases) {
    admin.host.wanted.clear();
    const Response response = admin.post(one.path, one.body);
    EXPECT_EQ(response.result_int(), one.status) << one.path << " " << response.body();
    EXPECT_EQ(header_of(response, http::field::content_type), "application/json") << one.path;
    EXPECT_EQ(admin.host.wanted, Wanted{one.wanted}) << one.path;
  }
}

TEST(AdminRoutes, WhatIsWrongInABodyIsNamedAndNothingIsDone) {
  AdminBench admin;
  const struct {
    const char* path;
    const char* body;
    const char* says;
  } cases[] = {
      {"/v1/upstream", "", "the body is no JSON"},
      {"/v1/upstream", "{", "the body is no JSON"},
      {"/v1/upstream", "[]", "the body is a JSON object"},
      {"/v1/upstream", R"({"host":"a"})", "port is needed"},
      {"/v1/upstream", R"({"port":1})", "host is needed"},
      {"/v1/upstream", R"({"host":1,"port":1})", "host is a text"},
      {"/v1/upstream", R"({"host":"","port":1})", "host is a name or an address"},
      {"/v1/upstream", R"({"host":"redis-2\n","port":1})", "host is a name or an address"},
      {"/v1/upstream", R"({"host":"redis 2","port":1})", "host is a name or an address"},
      {"/v1/upstream", R"({"host":"redis-2:6379","port":1})", "host is a name or an address"},
      {"/v1/upstream", R"({"host":"redis://b","port":1})", "host is a name or an address"},
      {"/v1/upstream", R"({"host":"a","port":0})", "port is a number from 1 to 65535"},
      {"/v1/upstream", R"({"host":"a","port":65536})", "port is a number from 1 to 65535"},
      {"/v1/upstream", R"({"host":"a","port":1.5})", "port is a number from 1 to 65535"},
      {"/v1/upstream", R"({"host":"a","prot":1})", R"(there is no member \"prot\")"},
      {"/v1/upstream/resync", R"({"kind":"full"})", "confirm is needed"},
      {"/v1/upstream/resync", R"({"kind":"full","confirm":false})", "if it is meant"},
      {"/v1/upstream/resync", R"({"kind":"partial","confirm":true})", "if it is meant"},
      {"/v1/upstream/reconnect", R"({"now":true})", "there is none here"},
      {"/v1/drain", R"({"timeout":"soon"})", "timeout is a duration"},
      {"/v1/drain", R"({"timeout":45})", "timeout is a text"},
      {"/v1/drain", R"({"timeout":"366d"})", "timeout is at most 365d"},
      {"/v1/drain", R"({"timeout":"9223372036854775807ms"})", "timeout is at most 365d"},
      {"/v1/config/check", "{}", "text is needed"},
      {"/v1/loglevel", R"({"level":"loud"})", "level is debug, info, warn or error"},
  };
  for (const auto& one : cases) {
    const Response response = admin.post(one.path, one.body);
    EXPECT_EQ(response.result_int(), 400u) << one.path << " " << one.body;
    EXPECT_EQ(header_of(response, http::field::content_type), "application/problem+json");
    EXPECT_NE(response.body().find(one.says), std::string::npos)
        << one.body << " " << response.body();
  }
  EXPECT_EQ(admin.host.wanted, Wanted{});
}

TEST(AdminRoutes, WhatCannotBeDoneNowIs409WithTheReason) {
  AdminBench admin;
  admin.host.refusal = "a transfer is on its way";
  for (const char* path : {"/v1/snapshot", "/v1/upstream/reconnect", "/v1/drain", "/v1/undrain"}) {
    const Response response = admin.post(path, "");
    EXPECT_EQ(response.result_int(), 409u) << path;
    EXPECT_NE(response.body().find("a transfer is on its way"), std::string::npos) << path;
  }
  EXPECT_EQ(admin.post("/v1/replicas/r8/disconnect", "").result_int(), 404u);
  EXPECT_EQ(admin.post("/v1/replicas/7/disconnect", "").result_int(), 404u);
}

TEST(AdminRoutes, AReloadThatIsRefusedTellsEveryError) {
  AdminBench admin;
  admin.host.outcome.errors = {"relay.yaml:3: prot: unknown key", "relay.yaml:4: threads: 0"};
  const Response refused = admin.post("/v1/reload", "");
  EXPECT_EQ(refused.result_int(), 422u);
  EXPECT_NE(refused.body().find(
                R"("errors":["relay.yaml:3: prot: unknown key","relay.yaml:4: threads: 0"])"),
            std::string::npos)
      << refused.body();
  const Response checked = admin.post("/v1/config/check", R"({"text":"x"})");
  EXPECT_EQ(checked.result_int(), 200u);
  EXPECT_TRUE(checked.body().starts_with(R"({"valid":false,)")) << checked.body();
}

std::vector<std::string> events_since(std::uint64_t id, std::string_view name) {
  std::vector<std::string> found;
  for (const std::string& event : logged_events().after(id)) {
    if (event.find("\"event\":\"" + std::string(name) + "\"") != std::string::npos)
      found.push_back(event);
  }
  return found;
}

TEST(AdminRoutes, WhatWasAskedForIsLoggedWhateverTheLevel) {
  AdminBench admin;
  const LogLevel before = log_level();
  const std::uint64_t newest = logged_events().newest();
  ::testing::internal::CaptureStderr();
  admin.post("/v1/loglevel", R"({"level":"error"})");
  admin.post("/v1/drain", R"({"timeout":"90s"})");
  admin.post("/v1/upstream", R"({"host":"::1","port":6380})");
  admin.post("/v1/replicas/r7/disconnect", "");
  set_log_level(before);
  const std::string shown = ::testing::internal::GetCapturedStderr();
  const std::vector<std::string> events = events_since(newest, "admin.request");
  ASSERT_EQ(events.size(), 4U);
  const char* const asked[] = {"level error", "timeout 90s", "[::1]:6380", "replica r7"};
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_NE(events[i].find("\"asked\":\"" + std::string(asked[i]) + "\""), std::string::npos)
        << events[i];
    EXPECT_NE(shown.find(asked[i]), std::string::npos) << shown;
  }
}

TEST(AdminRoutes, RefusalsByTheHundredAreOneEventAMinute) {
  AdminBench admin;
  const std::uint64_t newest = logged_events().newest();
  for (int i = 0; i < 100; ++i) admin.post("/v1/drain", "{");
  admin.post("/v1/drain", "", "");
  EXPECT_EQ(events_since(newest, "admin.refused").size(), 2U) << "400 and 415";
  admin.bench.server().tick(std::chrono::steady_clock::now() + 61s);
  const std::vector<std::string> events = events_since(newest, "admin.refused");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_NE(events[2].find("\"times\":99"), std::string::npos) << events[2];
}

TEST(AdminRoutes, TheLogLevelIsSet) {
  AdminBench admin;
  const LogLevel before = log_level();
  EXPECT_EQ(admin.post("/v1/loglevel", R"({"level":"error"})").result_int(), 200u);
  EXPECT_EQ(log_level(), LogLevel::kError);
  set_log_level(before);
}

TEST(AdminRoutes, TheSnapshotIsGivenWholeOrInParts) {
  AdminBench admin;
  EXPECT_EQ(admin.get("/v1/rdb").result_int(), 409u);
  for (int i = 0; i < 5000; ++i) admin.host.file += std::to_string(i);
  const std::string& all = admin.host.file;
  const std::string size = std::to_string(all.size());

  const Response whole = admin.get("/v1/rdb");
  EXPECT_EQ(whole.result_int(), 200u);
  EXPECT_EQ(whole.body(), all);
  EXPECT_EQ(header_of(whole, http::field::etag), "\"id-7\"");
  EXPECT_EQ(header_of(whole, http::field::content_disposition),
            "attachment; filename=\"snapshot-7.rdb\"");

  const Response part = admin.get("/v1/rdb", "Range: bytes=1000-2999\r\n");
  EXPECT_EQ(part.result_int(), 206u);
  EXPECT_EQ(part.body(), all.substr(1000, 2000));
  EXPECT_EQ(header_of(part, http::field::content_range), "bytes 1000-2999/" + size);

  const Response rest = admin.get("/v1/rdb", "Range: bytes=1000-\r\nIf-Range: \"id-7\"\r\n");
  EXPECT_EQ(rest.body(), all.substr(1000));
  const Response another = admin.get("/v1/rdb", "Range: bytes=1000-\r\nIf-Range: \"id-6\"\r\n");
  EXPECT_EQ(another.result_int(), 200u);
  EXPECT_EQ(another.body(), all);

  const Response beyond = admin.get("/v1/rdb", "Range: bytes=" + size + "-\r\n");
  EXPECT_EQ(beyond.result_int(), 416u);
  EXPECT_EQ(header_of(beyond, http::field::content_range), "bytes */" + size);

  const Response head = ask(admin.bench, request("HEAD", "/v1/rdb"), true);
  EXPECT_EQ(header_of(head, http::field::content_length), size);
  for (const std::string& range : {std::string("bytes=1000-"), "bytes=" + size + "-"}) {
    const Response part_of_head =
        ask(admin.bench, request("HEAD", "/v1/rdb", "Range: " + range + "\r\n"), true);
    EXPECT_EQ(part_of_head.result_int(), 200u) << range;
    EXPECT_EQ(header_of(part_of_head, http::field::content_length), size) << range;
  }
}

TEST(AdminRoutes, ADownloadThatBreaksOffIsShorterThanWasSaid) {
  AdminBench admin;
  admin.host.file = std::string(5000, 'x');
  admin.host.file_breaks = true;
  const std::string got = ask_until_closed(admin.bench, request("GET", "/v1/rdb"));
  EXPECT_NE(got.find("Content-Length: 5000"), std::string::npos);
  EXPECT_EQ(std::count(got.begin(), got.end(), 'x'), 1000);
}

TEST(AdminRoutes, ABodyThatIsTooLargeOrDoesNotComeIsRefused) {
  HttpServer::Limits limits;
  limits.body_size = 100;
  limits.request = 20ms;
  FakeHost host;
  Bench bench(limits, Door{.admin = true}, make_admin_routes(host));
  const std::string head = "POST /v1/reload HTTP/1.1\r\nHost: relay\r\n" + kJson;
  EXPECT_TRUE(
      ask_until_closed(bench, head + "Content-Length: 101\r\n\r\n").starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask_until_closed(bench, head + "Transfer-Encoding: chunked\r\n\r\nff\r\n" +
                                          std::string(255, ' ') + "\r\n0\r\n\r\n")
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(
      ask_until_closed(bench, head + "Content-Length: 50\r\n\r\n{").starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(host.wanted, Wanted{});
  EXPECT_EQ(bench.counted("reload", 413), 2u);
}

TEST(AdminRoutes, AClientThatWaitsToBeAskedForItsBodyIs) {
  AdminBench admin;
  const std::string answer = ask_until_closed(
      admin.bench, "POST /v1/undrain HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n" + kJson +
                       "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")) << answer;
}

TEST(AdminRoutes, OnTheReadOnlyListenerTheyAreForbidden) {
  FakeHost host;
  Bench bench({}, Door{}, make_admin_routes(host));
  const Response rdb = ask(bench, request("GET", "/v1/rdb"));
  EXPECT_EQ(rdb.result_int(), 403u);
  EXPECT_NE(rdb.body().find("admin listener"), std::string::npos);
  EXPECT_EQ(ask(bench, request("POST", "/v1/reload", kJson)).result_int(), 403u);
  EXPECT_EQ(ask(bench, request("GET", "/v1/reload")).result_int(), 405u);
  EXPECT_EQ(host.wanted, Wanted{});
}

}  // namespace
}  // namespace relay
