#include "proxy/control/routes.h"

#include "proxy/metrics/exposition.h"
#include "proxy/metrics/process_status.h"
#include "proxy/metrics/readiness.h"
#include "proxy/status/build.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace relay {
namespace {

HttpResponse text(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

HttpResponse metrics(const Status& status) {
  HttpResponse response = text(200, expose(status, read_process_status()));
  response.content_type = kExpositionContentType;
  return response;
}

// "[+]disk ok"; "[-]" where it makes the relay unready, "[!]" where it is told only.
HttpResponse readyz(const Status& status, bool verbose) {
  const Readiness found = readiness(status);
  const unsigned code = found.ready ? 200 : 503;
  if (found.ready && !verbose) return text(code, "ok");
  std::string lines;
  for (const Check& check : found.checks) {
    lines += check.ok ? "[+]" : check.required ? "[-]" : "[!]";
    lines += std::string(check.name) + ' ' + check.text + '\n';
  }
  return text(code, lines + (found.ready ? "ready\n" : "not ready\n"));
}

HttpResponse version() {
  HttpResponse response;
  response.content_type = "application/json";
  response.body = R"({"version":")" + std::string(kBuildVersion) + R"(","revision":")" +
                  std::string(kBuildRevision) + "\"}\n";
  return response;
}

// RFC 9457.
HttpResponse bad_request(const std::string& detail) {
  HttpResponse response;
  response.status = 400;
  response.content_type = "application/problem+json";
  response.body =
      R"({"type":"about:blank","title":"Bad Request","status":400,"detail":")" + detail + "\"}\n";
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

HttpResponse recent(const EventRing& events, const HttpRequest& request) {
  const auto since = number_of(request, "since", 0);
  if (!since) return bad_request("since is the id of an event, a number");
  const auto limit = number_of(request, "limit", EventRing::kHeld);
  if (!limit) return bad_request("limit is a number of events");
  HttpResponse response;
  response.content_type = "application/json";
  response.body = "{\"newest\":" + std::to_string(events.newest()) + ",\"events\":[";
  const char* between = "";
  for (const std::string& event : events.after(*since, *limit)) {
    response.body += between + event;
    between = ",\n";
  }
  response.body += "]}\n";
  return response;
}

}  // namespace

std::vector<Route> make_routes(std::function<Status()> status, const EventRing& events) {
  const auto alive = [](const HttpRequest&) { return text(200, "ok"); };
  std::vector<Route> routes;
  routes.push_back(
      {"/metrics", "metrics", [status](const HttpRequest&) { return metrics(status()); }});
  routes.push_back({"/livez", "livez", alive});
  routes.push_back({"/healthz", "healthz", alive});
  routes.push_back({"/readyz", "readyz", [status = std::move(status)](const HttpRequest& request) {
                      return readyz(status(), request.has_query("verbose"));
                    }});
  routes.push_back({"/v1/events", "events",
                    [&events](const HttpRequest& request) { return recent(events, request); }});
  routes.push_back({"/version", "version", [](const HttpRequest&) { return version(); }});
  return routes;
}

}  // namespace relay
