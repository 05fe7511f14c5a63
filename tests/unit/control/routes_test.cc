#include "proxy/control/routes.h"

#include "proxy/metrics/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace relay {
namespace {

struct Asked {
  Status status;
  EventRing events{};
  HttpResponse get(const std::string& path, const std::string& query = "") {
    const auto routes = make_routes([this] { return status; }, events);
    const auto route =
        std::find_if(routes.begin(), routes.end(), [&](const Route& r) { return r.path == path; });
    if (route == routes.end()) throw std::runtime_error("no route " + path);
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    return route->handle(request);
  }
};

Status ready_status() {
  Status status;
  status.log.exists = true;
  status.snapshot.offset = Offset::of_bytes(1);
  status.upstream.state = LinkState::kStreaming;
  return status;
}

TEST(Routes, MetricsSayWhatTheyAreAndWhatTheStatusIs) {
  Asked asked;
  asked.status.log.segments = 3;
  const HttpResponse response = asked.get("/metrics");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(response.body.find("\npsync_relay_log_segments 3\n"), std::string::npos);
  EXPECT_EQ(response.body.find("process_resident_memory_bytes 0\n"), std::string::npos);
}

TEST(Routes, EventsAreThoseBehindTheOneThatIsKnown) {
  Asked asked;
  EXPECT_EQ(asked.get("/v1/events").body, "{\"newest\":0,\"events\":[]}\n");
  for (const char* line : {R"({"event":"a"})", R"({"event":"b"})", R"({"event":"c"})"}) {
    asked.events.add(line);
  }
  EXPECT_EQ(asked.get("/v1/events").content_type, "application/json");
  EXPECT_EQ(
      asked.get("/v1/events", "since=1").body,
      "{\"newest\":3,\"events\":[{\"id\":2,\"event\":\"b\"},\n{\"id\":3,\"event\":\"c\"}]}\n");
  EXPECT_EQ(asked.get("/v1/events", "limit=1&since=1").body,
            "{\"newest\":3,\"events\":[{\"id\":2,\"event\":\"b\"}]}\n");
  EXPECT_EQ(asked.get("/v1/events", "since=99").body, "{\"newest\":3,\"events\":[]}\n");
}

TEST(Routes, EventsOfWhatIsNoNumberAreABadRequest) {
  Asked asked;
  for (const char* query : {"since=yesterday", "since=", "since=-1", "limit=many", "since=1x"}) {
    const HttpResponse response = asked.get("/v1/events", query);
    EXPECT_EQ(response.status, 400U) << query;
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_NE(response.body.find("\"status\":400"), std::string::npos);
  }
}

TEST(Routes, LivezIsOkWhateverTheState) {
  Asked asked;
  asked.status.draining = true;
  for (const char* path : {"/livez", "/healthz"}) {
    EXPECT_EQ(asked.get(path).status, 200u);
    EXPECT_EQ(asked.get(path).body, "ok");
  }
}

TEST(Routes, ReadyzIsOkWhenReadyAndTellsMoreWhenAsked) {
  Asked asked{ready_status()};
  EXPECT_EQ(asked.get("/readyz").status, 200u);
  EXPECT_EQ(asked.get("/readyz").body, "ok");
  const HttpResponse verbose = asked.get("/readyz", "verbose");
  EXPECT_EQ(verbose.status, 200u);
  EXPECT_EQ(verbose.body,
            "[+]history ok\n[+]serving ok\n[+]draining ok\n[+]upstream ok\n[+]disk ok\nready\n");
  EXPECT_EQ(asked.get("/readyz", "x=1&verbose=true").body, verbose.body);
}

TEST(Routes, ReadyzIs503WithTheReasonsWhenNotReady) {
  Asked asked;
  const HttpResponse response = asked.get("/readyz");
  EXPECT_EQ(response.status, 503u);
  EXPECT_EQ(response.body,
            "[-]history none yet: never in sync with the master\n"
            "[-]serving neither a snapshot nor any bytes of the log\n"
            "[+]draining ok\n"
            "[!]upstream disconnected\n"
            "[+]disk ok\n"
            "not ready\n");
}

TEST(Routes, ADegradedDiskIsMarkedAsToldOnly) {
  Asked asked{ready_status()};
  asked.status.log.disk_degraded = true;
  asked.status.log.disk_error = "No space left on device";
  EXPECT_EQ(asked.get("/readyz").status, 200u);
  EXPECT_NE(asked.get("/readyz", "verbose")
                .body.find("[!]disk log in memory only: No space left on device\n"),
            std::string::npos);
}

TEST(Routes, VersionIsJson) {
  Asked asked;
  const HttpResponse response = asked.get("/version");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"version\":\"" RELAY_VERSION "\",\"revision\":\"unknown\"}\n");
}

TEST(Routes, EveryHandlerHasItsSeriesInTheTableOfMetrics) {
  const MetricRow& row = metric_rows()[metric("psync_relay_http_requests_total")];
  for (const Route& route : make_routes([] { return Status{}; })) {
    const std::string values = route.handler + ",200";
    EXPECT_EQ(std::count(row.series.begin(), row.series.end(), values), 1) << values;
  }
}

TEST(Routes, AKeyOfTheQueryIsFoundWholeOrNotAtAll) {
  HttpRequest request;
  request.query = "a&verbosely&b=verbose&&c=1";
  EXPECT_FALSE(request.has_query("verbose"));
  EXPECT_TRUE(request.has_query("a"));
  EXPECT_TRUE(request.has_query("c"));
  request.query = "";
  EXPECT_FALSE(request.has_query("verbose"));
}

}  // namespace
}  // namespace relay
