#include "proxy/control/admin_routes.h"

#include "common/base/duration.h"
#include "common/base/json_writer.h"
#include "common/base/logging.h"
#include "proxy/config/host_port.h"
#include "proxy/control/byte_range.h"
#include "proxy/control/problem.h"
#include "proxy/control/request_object.h"
#include "proxy/status/address_text.h"

#include <array>
#include <charconv>
#include <utility>

namespace relay {
namespace {

using boost::asio::awaitable;
using Request = const HttpRequest&;

constexpr std::chrono::milliseconds kLongestDrain = std::chrono::hours(24 * 365);

HttpResponse done(unsigned status, std::string_view what) {
  JsonWriter json;
  json.begin_object().member("done", what).end_object();
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json.take() + "\n";
  return response;
}

HttpResponse done_unless(const std::string& refusal, unsigned status, std::string_view what,
                         Request request) {
  if (!refusal.empty()) return problem(409, refusal, request.path);
  return done(status, what);
}

// The same, with what was asked for, which the log is to say.
HttpResponse said(HttpResponse response, std::string asked) {
  response.asked = std::move(asked);
  return response;
}

HttpResponse follow(ControlHost& host, Request request) {
  RequestObject body(request.body, {"host", "port"});
  const std::string name = body.text("host");
  const std::uint64_t port = body.number("port", 1, 65535);
  if (body.fault().empty() && !is_host(name)) body.fail("host is a name or an address");
  if (!body.fault().empty()) return problem(400, body.fault(), request.path);
  const std::string address = address_text(name, static_cast<std::uint16_t>(port));
  return said(done_unless(host.follow(name, static_cast<std::uint16_t>(port)), 200,
                          "following " + address, request),
              address);
}

HttpResponse resync(ControlHost& host, Request request) {
  RequestObject body(request.body, {"kind", "confirm"});
  if (body.text("kind") != "full" || !body.truth("confirm")) {
    body.fail(
        "this makes the master write a snapshot: say {\"kind\":\"full\",\"confirm\":true} if it "
        "is meant");
  }
  if (!body.fault().empty()) return problem(400, body.fault(), request.path);
  return said(done_unless(host.resync(), 200, "asking the master for everything", request),
              "full resync");
}

HttpResponse disconnect(ControlHost& host, Request request) {
  RequestObject body(request.body, {});
  if (!body.fault().empty()) return problem(400, body.fault(), request.path);
  std::uint64_t number = 0;
  const std::string& id = request.part;
  const char* const last = id.data() + id.size();
  const bool is_id = id.starts_with('r') &&
                     std::from_chars(id.data() + 1, last, number).ptr == last && id.size() > 1;
  if (!is_id || !host.disconnect(number)) {
    return said(
        problem(404, "no replica " + id + " is connected; /v1/replicas lists them", request.path),
        "replica " + id);
  }
  return said(done(200, "closed the connection of " + id), "replica " + id);
}

HttpResponse drain(ControlHost& host, Request request) {
  RequestObject body(request.body, {"timeout"}, RequestObject::MayBeEmpty::kYes);
  std::optional<std::chrono::milliseconds> timeout;
  if (body.has("timeout")) {
    const std::string text = body.text("timeout");
    timeout = parse_duration(text);
    if (body.fault().empty() && !timeout) body.fail("timeout is a duration: 45s, 2m");
    if (timeout && *timeout > kLongestDrain) {
      body.fail("timeout is at most " + format_duration(kLongestDrain));
    }
  }
  if (!body.fault().empty()) return problem(400, body.fault(), request.path);
  return said(done_unless(host.drain(timeout), 202, "draining", request),
              timeout ? "timeout " + format_duration(*timeout) : "timeout of a stop");
}

HttpResponse set_level(Request request) {
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  RequestObject body(request.body, {"level"});
  const std::string name = body.text("level");
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (!body.fault().empty() || name != kNames.at(i)) continue;
    set_log_level(static_cast<LogLevel>(i));
    return said(done(200, "the log shows " + name + " and above"), "level " + name);
  }
  body.fail("level is debug, info, warn or error");
  return problem(400, body.fault(), request.path);
}

void names(JsonWriter& json, std::string_view key, const std::vector<std::string>& list) {
  json.key(key).begin_array();
  for (const std::string& name : list) json.value(name);
  json.end_array();
}

HttpResponse outcome_of(const ReloadOutcome& outcome) {
  JsonWriter json;
  json.begin_object().member("valid", outcome.errors.empty());
  names(json, "applied", outcome.applied);
  names(json, "restart_required", outcome.restart_required);
  names(json, "errors", outcome.errors);
  names(json, "warnings", outcome.warnings);
  json.end_object();
  HttpResponse response;
  response.content_type = "application/json";
  response.body = json.take() + "\n";
  return response;
}

awaitable<HttpResponse> reload(ControlHost& host, Request request) {
  RequestObject body(request.body, {}, RequestObject::MayBeEmpty::kYes);
  if (!body.fault().empty()) co_return problem(400, body.fault(), request.path);
  const ReloadOutcome outcome = co_await host.reload();
  if (outcome.errors.empty()) co_return outcome_of(outcome);
  co_return problem(422, "the configuration in force stays", request.path, outcome.errors);
}

awaitable<HttpResponse> check(ControlHost& host, Request request) {
  RequestObject body(request.body, {"text"});
  std::string text = body.text("text");
  if (!body.fault().empty()) co_return problem(400, body.fault(), request.path);
  const ReloadOutcome outcome = co_await host.check_config(std::move(text));
  co_return outcome_of(outcome);
}

HttpResponse rdb(const ControlHost& host, Request request) {
  const std::optional<SnapshotFile> file = host.snapshot_file();
  if (!file) {
    return problem(409, "there is no whole snapshot now; POST /v1/snapshot fetches one",
                   request.path);
  }
  HttpResponse response;
  response.content_type = "application/octet-stream";
  const std::string tag = "\"" + file->tag + "\"";
  response.headers = {{"ETag", tag},
                      {"Accept-Ranges", "bytes"},
                      {"Content-Disposition", "attachment; filename=\"" + file->name + "\""}};
  ByteRange part{0, file->size};
  // Ranges are for GET alone.
  const bool may_go_on =
      request.method != "HEAD" && (request.if_range.empty() || request.if_range == tag);
  const RangeAnswer asked = may_go_on ? range_of(request.range, file->size) : RangeAnswer{};
  if (asked.is_unsatisfiable) {
    HttpResponse refused =
        problem(416, "the snapshot has " + std::to_string(file->size) + " bytes", request.path);
    refused.headers = {{"Content-Range", "bytes */" + std::to_string(file->size)}, {"ETag", tag}};
    return refused;
  }
  if (asked.part) {
    part = *asked.part;
    response.status = 206;
    response.headers.emplace_back("Content-Range",
                                  "bytes " + std::to_string(part.first) + "-" +
                                      std::to_string(part.first + part.length - 1) + "/" +
                                      std::to_string(file->size));
  }
  Download download;
  download.size = part.length;
  download.read = [read = file->read, first = part.first](std::uint64_t at, std::size_t most) {
    return read(first + at, most);
  };
  response.download = std::move(download);
  return response;
}

// Of a change that has no members.
template <typename Change>
HttpHandler without_members(Change change) {
  return [change](Request request) {
    RequestObject body(request.body, {}, RequestObject::MayBeEmpty::kYes);
    if (!body.fault().empty()) return problem(400, body.fault(), request.path);
    return change(request);
  };
}

}  // namespace

std::vector<Route> make_admin_routes(ControlHost& host) {
  std::vector<Route> routes;
  const auto change = [&routes](const char* path, const char* handler, HttpHandler handle,
                                unsigned success = 200, std::vector<unsigned> others = {}) {
    routes.push_back(
        {path, handler, std::move(handle), "POST", Access::kAdmin, {}, success, std::move(others)});
  };
  const auto slow_change = [&routes](const char* path, const char* handler, WaitingHandler wait,
                                     std::vector<unsigned> others = {}) {
    routes.push_back(
        {path, handler, {}, "POST", Access::kAdmin, std::move(wait), 200, std::move(others)});
  };
  change("/v1/upstream", "follow", [&host](Request r) { return follow(host, r); }, 200, {409});
  change("/v1/upstream/reconnect", "reconnect", without_members([&host](Request r) {
           return done_unless(host.reconnect(), 200, "connecting to the master again", r);
         }),
         200, {409});
  change("/v1/upstream/resync", "resync", [&host](Request r) { return resync(host, r); }, 200,
         {409});
  change("/v1/snapshot", "snapshot", without_members([&host](Request r) {
           return done_unless(host.refresh_snapshot(), 202, "fetching a fresh snapshot", r);
         }),
         202, {409});
  change("/v1/replicas/{id}/disconnect", "disconnect",
         [&host](Request r) { return disconnect(host, r); }, 200, {404});
  change("/v1/drain", "drain", [&host](Request r) { return drain(host, r); }, 202, {409});
  change("/v1/undrain", "undrain", without_members([&host](Request r) {
           return done_unless(host.undrain(), 200, "taking replicas again", r);
         }),
         200, {409});
  change("/v1/loglevel", "loglevel", [](Request r) { return set_level(r); });
  change("/v1/shutdown", "shutdown", without_members([&host](Request) {
           host.shut_down();
           return done(202, "stopping");
         }),
         202);
  slow_change("/v1/reload", "reload", [&host](Request r) { return reload(host, r); }, {422});
  slow_change("/v1/config/check", "check-config", [&host](Request r) { return check(host, r); });
  routes.push_back({"/v1/rdb",
                    "rdb",
                    [&host](Request r) { return rdb(host, r); },
                    "GET",
                    Access::kAdmin,
                    {},
                    200,
                    {206, 409, 416}});
  return routes;
}

}  // namespace relay
