#include "proxy/control/routes.h"

#include "common/base/json_writer.h"
#include "proxy/control/embedded.h"
#include "proxy/control/problem.h"
#include "proxy/control/status_json.h"
#include "proxy/metrics/exposition.h"
#include "proxy/metrics/process_status.h"
#include "proxy/metrics/readiness.h"
#include "proxy/status/build.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace relay {
namespace {

constexpr std::uint64_t kMostReplicas = 1000;
constexpr std::uint64_t kLargestPage = 10000;

HttpResponse text(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

HttpResponse json(std::string body) {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

// A number in the query; `otherwise` where it is not there, none where it is no number.
std::optional<std::uint64_t> number_of(const HttpRequest& request, std::string_view key,
                                       std::uint64_t otherwise) {
  const auto text = request.query_value(key);
  if (!text) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->begin(), text->end(), number);
  if (error != std::errc() || end != text->end()) return std::nullopt;
  return number;
}

HttpResponse front_page(const Status& status, PageAudience audience, const EventRing& events) {
  HttpResponse response = text(200, page(status, audience, events.last(kMostEventRows)));
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Content-Security-Policy", std::string(page_security_policy())},
                      {"X-Frame-Options", "DENY"},
                      {"Referrer-Policy", "no-referrer"}};
  return response;
}

HttpResponse metrics(const Status& status) {
  HttpResponse response = text(200, expose(status, read_process_status()));
  response.content_type = kExpositionContentType;
  return response;
}

// "[+]disk ok"; "[-]" where it makes the relay unready, "[!]" where it is told only.
std::string line_of(const Check& check) {
  const char* sign = check.ok ? "[+]" : check.required ? "[-]" : "[!]";
  return sign + std::string(check.name) + ' ' + check.text + '\n';
}

constexpr std::string_view kLoops = "event-loops";

HttpResponse livez(const std::vector<std::string>& stuck, const HttpRequest& request) {
  bool is_excluded = false;
  for (const auto& [key, name] : request.query_values()) {
    if (key != "exclude") continue;
    if (name != kLoops) {
      return problem(400, "exclude: there is no check " + std::string(name), request.path);
    }
    is_excluded = true;
  }
  const bool verbose = request.has_query("verbose");
  if (stuck.empty()) return text(200, verbose ? "[+]event-loops ok\nalive\n" : "ok");
  std::string lines;
  const char* sign = is_excluded ? "[!]" : "[-]";
  for (const std::string& loop : stuck) {
    lines += sign + std::string(kLoops) + ' ' + loop + " does not turn\n";
  }
  if (is_excluded) return text(200, verbose ? lines + "alive\n" : "ok");
  return text(503, lines + "not alive\n");
}

HttpResponse readyz(const Status& status, const HttpRequest& request) {
  Readiness found = readiness(status);
  for (const auto& [key, name] : request.query_values()) {
    if (key != "exclude") continue;
    const auto excluded =
        std::find_if(found.checks.begin(), found.checks.end(),
                     [&, wanted = name](const Check& c) { return c.name == wanted; });
    if (excluded == found.checks.end()) {
      return problem(400, "exclude: there is no check " + std::string(name), request.path);
    }
    excluded->required = false;
  }
  const bool ready = std::all_of(found.checks.begin(), found.checks.end(),
                                 [](const Check& check) { return check.ok || !check.required; });
  const unsigned code = ready ? 200 : 503;
  if (ready && !request.has_query("verbose")) return text(code, "ok");
  std::string lines;
  for (const Check& check : found.checks) lines += line_of(check);
  return text(code, lines + (ready ? "ready\n" : "not ready\n"));
}

HttpResponse version() {
  JsonWriter writer;
  writer.begin_object()
      .member("version", kBuildVersion)
      .member("revision", kBuildRevision)
      .member("compiler", "g++ " __VERSION__)
      .key("features")
      .begin_array()
      .value("admin-api")
      .value("direct-io")
      .value("sd-notify")
      .end_array()
      .end_object();
  return json(writer.take() + "\n");
}

HttpResponse whole_status(const Status& status, const HttpRequest& request) {
  const auto limit = number_of(request, "limit", kMostReplicas);
  if (!limit) return problem(400, "limit is a number of replicas", request.path);
  return json(status_json(status, read_process_status(), *limit));
}

std::optional<std::uint64_t> replica_number(std::string_view id) {
  if (!id.starts_with('r')) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.begin() + 1, id.end(), number);
  if (error != std::errc() || end != id.end() || id.size() < 2) return std::nullopt;
  return number;
}

std::optional<ReplicaState> state_named(std::string_view name) {
  for (const ReplicaState state :
       {ReplicaState::kHandshake, ReplicaState::kQueued, ReplicaState::kSendingRdb,
        ReplicaState::kCatchingUp, ReplicaState::kOnline}) {
    if (name == name_of(state)) return state;
  }
  return std::nullopt;
}

HttpResponse replica_list(const Status& status, const HttpRequest& request) {
  const auto limit = number_of(request, "limit", kMostReplicas);
  if (!limit || *limit < 1 || *limit > kLargestPage) {
    return problem(400, "limit is a number from 1 to " + std::to_string(kLargestPage),
                   request.path);
  }
  std::optional<ReplicaState> wanted;
  if (const auto name = request.query_value("state")) {
    wanted = state_named(*name);
    if (!wanted) {
      return problem(400, "state is handshake, queued, sending_rdb, catching_up or online",
                     request.path);
    }
  }
  std::uint64_t after = 0;
  if (const auto id = request.query_value("after")) {
    const auto number = replica_number(*id);
    if (!number) return problem(400, "after is the id of a replica, r7", request.path);
    after = *number;
  }
  std::vector<const ReplicaStatus*> page;
  for (const ReplicaStatus& one : status.downstream.replicas) {
    if (one.id > after && (!wanted || one.state == *wanted)) page.push_back(&one);
  }
  std::sort(page.begin(), page.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
  std::uint64_t next = 0;
  if (page.size() > *limit) {
    page.resize(*limit);
    next = page.back()->id;
  }
  return json(replicas_json(status.downstream.replicas.size(), page, next));
}

HttpResponse one_replica(const Status& status, const HttpRequest& request) {
  const auto number = replica_number(request.part);
  for (const ReplicaStatus& one : status.downstream.replicas) {
    if (number && one.id == *number) return json(replica_json(one));
  }
  return problem(404, "no replica " + request.part + " is connected; /v1/replicas lists them",
                 request.path);
}

HttpResponse recent_events(const EventRing& events, const HttpRequest& request) {
  const auto since = number_of(request, "since", 0);
  if (!since) return problem(400, "since is the id of an event, a number", request.path);
  const auto limit = number_of(request, "limit", EventRing::kHeld);
  if (!limit) return problem(400, "limit is a number of events", request.path);
  std::string body = "{\"newest\":" + std::to_string(events.newest()) + ",\"events\":[";
  const char* between = "";
  const bool goes_on = request.has_query("since");
  for (const std::string& event : goes_on ? events.after(*since, *limit) : events.last(*limit)) {
    body += between + event;
    between = ",\n";
  }
  return json(body + "]}\n");
}

HttpResponse effective_config(const std::vector<ShownKey>& keys) {
  JsonWriter writer;
  writer.begin_object().key("keys").begin_array();
  for (const ShownKey& one : keys) {
    writer.begin_object()
        .member("key", one.key)
        .member("value", one.value)
        .member("default", one.default_value)
        .member("source", one.source)
        .member("reloadable", one.reloadable)
        .end_object();
  }
  writer.end_array().end_object();
  return json(writer.take() + "\n");
}

HttpResponse api_description() {
  HttpResponse response = text(200, std::string(openapi_yaml()));
  response.content_type = "application/yaml";
  return response;
}

}  // namespace

std::vector<Route> make_routes(const ControlHost& host, PageAudience audience,
                               const EventRing& events) {
  using Request = const HttpRequest&;
  const auto alive = [&host](Request request) { return livez(host.stuck_loops(), request); };
  std::vector<Route> routes;
  const auto answers = [&routes](const char* path, const char* handler, HttpHandler handle,
                                 std::vector<unsigned> others = {}) {
    Route route{path, handler, std::move(handle)};
    route.others = std::move(others);
    routes.push_back(std::move(route));
  };
  answers("/", "page", [&host, audience, &events](Request) {
    return front_page(host.status(), audience, events);
  });
  answers("/metrics", "metrics", [&host](Request) { return metrics(host.status()); });
  answers("/livez", "livez", alive, {400, 503});
  answers("/healthz", "healthz", alive, {400, 503});
  answers("/readyz", "readyz", [&host](Request request) { return readyz(host.status(), request); },
          {400, 503});
  answers("/version", "version", [](Request) { return version(); });
  answers("/openapi.yaml", "openapi", [](Request) { return api_description(); });
  answers("/v1/status", "status",
          [&host](Request request) { return whole_status(host.status(), request); }, {400});
  answers("/v1/replicas", "replicas",
          [&host](Request request) { return replica_list(host.status(), request); }, {400});
  answers("/v1/replicas/{id}", "replica",
          [&host](Request request) { return one_replica(host.status(), request); }, {404});
  answers("/v1/log", "log",
          [&host](Request) { return json(log_json(host.status(), host.log_detail())); });
  answers("/v1/snapshots", "snapshots",
          [&host](Request) { return json(snapshots_json(host.status())); });
  answers("/v1/events", "events",
          [&events](Request request) { return recent_events(events, request); }, {400});
  answers("/v1/series", "series", [&host](Request) { return json(host.recent_series()); });
  answers("/v1/config", "config",
          [&host](Request) { return effective_config(host.shown_config()); });
  return routes;
}

}  // namespace relay
