// What a handler sees of an HTTP request and what it answers with: plain values, so that handlers
// are tested without a socket and only http_server.cc knows Beast.
#pragma once

#include "common/base/result.h"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {

struct HttpRequest {
  std::string method;
  std::string path;   // without the query; "%" escapes are left as they are: no route has any
  std::string query;  // what is behind "?"
  std::string body;
  std::string part;  // of the path, where the route says {id}
  // Headers that somebody looks at; empty where there are none.
  std::string host;
  std::string origin;
  std::string authorization;
  std::string content_type;
  std::string range;
  std::string if_range;

  // The value of `key` in the query, empty where it has none; none where it is not there.
  std::optional<std::string_view> query_value(std::string_view key) const {
    for (const auto& [name, value] : query_values()) {
      if (name == key) return value;
    }
    return std::nullopt;
  }
  bool has_query(std::string_view key) const { return query_value(key).has_value(); }
  // All of them, in their order.
  std::vector<std::pair<std::string_view, std::string_view>> query_values() const {
    std::vector<std::pair<std::string_view, std::string_view>> values;
    std::string_view rest = query;
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, rest.find('&'));
      const std::size_t sign = std::min(piece.find('='), piece.size());
      values.emplace_back(piece.substr(0, sign), piece.substr(std::min(sign + 1, piece.size())));
      rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
    }
    return values;
  }
};

// A body too large to be held: read piece by piece while it is sent. `read` may wait, and gives at
// most what is asked for; where it fails or gives nothing the connection is cut.
struct Download {
  std::uint64_t size = 0;
  std::function<boost::asio::awaitable<Result<std::string>>(std::uint64_t at, std::size_t most)>
      read;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // beside those that all answers have
  std::optional<Download> download;                          // instead of the body
  std::string asked;  // what a change was to be, for the log: "level debug"
};

// Called on the server's executor; what it throws becomes a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;
// One that may wait. The request stays where it is until it has returned.
using WaitingHandler = std::function<boost::asio::awaitable<HttpResponse>(const HttpRequest&)>;

enum class Access : std::uint8_t {
  kAll,    // changes nothing, shows no data
  kAdmin,  // through an admin door alone
};

struct Route {
  std::string path;     // all of it: "/readyz"; one part may be "{id}", which matches anything
  std::string handler;  // its name in psync_relay_http_requests_total
  HttpHandler handle;   // or `wait`
  std::string method = "GET";  // HEAD comes with it: the server leaves the body out
  Access access = Access::kAll;
  WaitingHandler wait = {};
  unsigned success = 200;             // counted from the start, at 0
  std::vector<unsigned> others = {};  // so are these, beside what the door and the server answer
};

}  // namespace relay
