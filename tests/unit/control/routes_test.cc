#include "proxy/control/routes.h"

#include "proxy/control/admin_routes.h"
#include "proxy/metrics/names.h"
#include "tests/unit/control/fake_host.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace relay {
namespace {

struct Asked {
  FakeHost host{};
  EventRing events{};
  explicit Asked(Status status = {}) { host.shown = std::move(status); }
  HttpResponse get(const std::string& path, const std::string& query = "",
                   const std::string& part = "") {
    const auto routes = make_routes(host, PageAudience::kReaders, events);
    const auto route =
        std::find_if(routes.begin(), routes.end(), [&](const Route& r) { return r.path == path; });
    if (route == routes.end()) throw std::runtime_error("no route " + path);
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    request.part = part;
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
  asked.host.shown.log.segments = 3;
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
  EXPECT_EQ(asked.get("/v1/events", "limit=1&since=0").body,
            "{\"newest\":3,\"events\":[{\"id\":1,\"event\":\"a\"}]}\n");
  EXPECT_EQ(asked.get("/v1/events", "limit=1").body,
            "{\"newest\":3,\"events\":[{\"id\":3,\"event\":\"c\"}]}\n");
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
  asked.host.shown.draining = true;
  for (const char* path : {"/livez", "/healthz"}) {
    EXPECT_EQ(asked.get(path).status, 200u);
    EXPECT_EQ(asked.get(path).body, "ok");
  }
}

TEST(Routes, LivezIs503WhereAnEventLoopStandsStill) {
  Asked asked;
  asked.host.stuck = {"feeder-1"};
  EXPECT_EQ(asked.get("/livez").status, 503u);
  EXPECT_EQ(asked.get("/livez").body, "[-]event-loops feeder-1 does not turn\nnot alive\n");
  EXPECT_EQ(asked.get("/livez", "exclude=event-loops").body, "ok");
  EXPECT_EQ(asked.get("/livez", "exclude=zz").status, 400u);
  EXPECT_EQ(asked.get("/healthz", "exclude=").status, 400u);
  asked.host.stuck.clear();
  EXPECT_EQ(asked.get("/livez", "verbose").body, "[+]event-loops ok\nalive\n");
}

TEST(Routes, AnExcludedCheckDoesNotCountForReadyz) {
  Asked asked(ready_status());
  asked.host.shown.draining = true;
  EXPECT_EQ(asked.get("/readyz").status, 503u);
  EXPECT_EQ(asked.get("/readyz", "exclude=draining").status, 200u);
  EXPECT_EQ(asked.get("/readyz", "exclude=history").status, 503u);
  EXPECT_EQ(asked.get("/readyz", "exclude=history&exclude=draining").status, 200u);
  const HttpResponse misspelt = asked.get("/readyz", "exclude=drain");
  EXPECT_EQ(misspelt.status, 400u);
  EXPECT_NE(misspelt.body.find("there is no check drain"), std::string::npos);
}

Status with_replicas(std::size_t count) {
  Status status = ready_status();
  for (std::size_t i = 1; i <= count; ++i) {
    ReplicaStatus one;
    one.id = i;
    one.ip = "10.0.0." + std::to_string(i);
    one.port = 6379;
    one.peer = one.ip + ":40000";
    one.state = i % 2 == 0 ? ReplicaState::kOnline : ReplicaState::kSendingRdb;
    status.downstream.replicas.push_back(one);
  }
  return status;
}

TEST(Routes, ReplicasComeInPagesById) {
  Asked asked(with_replicas(5));
  const auto ids = [&](const std::string& query) {
    const boost::json::object page =
        boost::json::parse(asked.get("/v1/replicas", query).body).as_object();
    EXPECT_EQ(page.at("total").as_int64(), 5) << query;
    std::string text;
    for (const auto& item : page.at("items").as_array()) text += item.at("id").as_string().c_str();
    return text + (page.at("next").is_null() ? "" : ">" + std::string(page.at("next").as_string()));
  };
  EXPECT_EQ(ids(""), "r1r2r3r4r5");
  EXPECT_EQ(ids("limit=2"), "r1r2>r2");
  EXPECT_EQ(ids("limit=2&after=r2"), "r3r4>r4");
  EXPECT_EQ(ids("limit=2&after=r4"), "r5");
  EXPECT_EQ(ids("state=online"), "r2r4");
  EXPECT_EQ(ids("state=online&limit=1"), "r2>r2");
  EXPECT_EQ(ids("after=r99"), "");
  for (const char* wrong :
       {"limit=0", "limit=x", "limit=10001", "state=on", "after=7", "after=r", "after=rx"}) {
    EXPECT_EQ(asked.get("/v1/replicas", wrong).status, 400u) << wrong;
  }
}

TEST(Routes, OneReplicaIsFoundByItsIdOrNotAtAll) {
  Asked asked(with_replicas(3));
  EXPECT_NE(asked.get("/v1/replicas/{id}", "", "r2").body.find("\"name\":\"10.0.0.2:6379\""),
            std::string::npos);
  for (const char* id : {"r4", "2", "r", "rr2", "r2x", ""}) {
    EXPECT_EQ(asked.get("/v1/replicas/{id}", "", id).status, 404u) << id;
  }
}

TEST(Routes, TheConfigurationIsShownAsTheHostShowsIt) {
  Asked asked;
  asked.host.keys = {{"listen.password", "***", "", "relay.yaml:3", true}};
  EXPECT_EQ(asked.get("/v1/config").body,
            "{\"keys\":[{\"key\":\"listen.password\",\"value\":\"***\",\"default\":\"\","
            "\"source\":\"relay.yaml:3\",\"reloadable\":true}]}\n");
}

TEST(Routes, ThePageForbidsEverythingThatIsNotItsOwn) {
  Asked asked(ready_status());
  const HttpResponse response = asked.get("/");
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  const auto policy =
      std::find_if(response.headers.begin(), response.headers.end(),
                   [](const auto& header) { return header.first == "Content-Security-Policy"; });
  ASSERT_NE(policy, response.headers.end());
  EXPECT_NE(policy->second.find("default-src 'none'"), std::string::npos) << policy->second;
}

TEST(Routes, ReadyzIsOkWhenReadyAndTellsMoreWhenAsked) {
  Asked asked(ready_status());
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
  Asked asked(ready_status());
  asked.host.shown.log.disk_degraded = true;
  asked.host.shown.log.disk_error = "No space left on device";
  EXPECT_EQ(asked.get("/readyz").status, 200u);
  EXPECT_NE(asked.get("/readyz", "verbose")
                .body.find("[!]disk log in memory only: No space left on device\n"),
            std::string::npos);
}

TEST(Routes, VersionIsJson) {
  Asked asked;
  const HttpResponse response = asked.get("/version");
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_TRUE(response.body.starts_with("{\"version\":\"" RELAY_VERSION "\",\"revision\":"))
      << response.body;
}

TEST(Routes, EveryHandlerHasItsSeriesInTheTableOfMetrics) {
  const MetricRow& row = metric_rows()[metric("psync_relay_http_requests_total")];
  FakeHost host;
  for (const auto& routes : {make_routes(host, PageAudience::kReaders), make_admin_routes(host)}) {
    for (const Route& route : routes) {
      const std::string values = route.handler + "," + std::to_string(route.success);
      EXPECT_EQ(std::count(row.series.begin(), row.series.end(), values), 1) << values;
    }
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
