// What a handler sees of an HTTP request and what it answers with: plain values, so that handlers
// are tested without a socket and only http_server.cc knows Beast.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay {

struct HttpRequest {
  std::string method;
  std::string path;   // without the query; "%" escapes are left as they are: no route has any
  std::string query;  // what is behind "?"

  // The value of `key` in the query, empty where it has none; none where it is not there.
  std::optional<std::string_view> query_value(std::string_view key) const {
    std::string_view rest = query;
    while (!rest.empty()) {
      const std::string_view part = rest.substr(0, rest.find('&'));
      const std::size_t sign = std::min(part.find('='), part.size());
      if (part.substr(0, sign) == key) return part.substr(std::min(sign + 1, part.size()));
      rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    }
    return std::nullopt;
  }
  bool has_query(std::string_view key) const { return query_value(key).has_value(); }
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// Answers GET, and HEAD, for which the server leaves the body out. Called on the server's executor;
// what it throws becomes a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct Route {
  std::string path;     // all of it: "/readyz"
  std::string handler;  // its name in psync_relay_http_requests_total
  HttpHandler handle;
};

}  // namespace relay
