#include "proxy/control/routes.h"

#include "proxy/metrics/exposition.h"
#include "proxy/metrics/process_status.h"
#include "proxy/metrics/readiness.h"
#include "proxy/status/build.h"

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

}  // namespace

std::vector<Route> make_routes(std::function<Status()> status) {
  const auto alive = [](const HttpRequest&) { return text(200, "ok"); };
  std::vector<Route> routes;
  routes.push_back(
      {"/metrics", "metrics", [status](const HttpRequest&) { return metrics(status()); }});
  routes.push_back({"/livez", "livez", alive});
  routes.push_back({"/healthz", "healthz", alive});
  routes.push_back({"/readyz", "readyz", [status = std::move(status)](const HttpRequest& request) {
                      return readyz(status(), request.has_query("verbose"));
                    }});
  routes.push_back({"/version", "version", [](const HttpRequest&) { return version(); }});
  return routes;
}

}  // namespace relay
