// HTTP to one relay: a request, its answer, on a connection of their own.
//
//  (1) Each step (looking up the name, connecting, sending, the header, the body) is under a
//      deadline; of a body that is passed on piece by piece, each piece.
//  (2) An answer is bounded in memory. What may be larger is passed on.
//  (3) What goes wrong is a sentence that names where we tried: Unreachable if nobody answered to
//      the end, Refused if the relay said no, with the detail of its problem+json.
//  (4) The token goes into one header of the request, and nowhere else.
//
// Threading: ask() and pass_on() on the executor they are awaited on; ApiClient blocks.
#pragma once

#include "proxy/config/config.h"
#include "proxy/ctl/endpoint.h"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {

struct ApiRequest {
  std::string method = "GET";
  std::string target;
  std::string body = {};  // JSON
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct ApiAnswer {
  unsigned status = 0;
  std::string content_type;
  std::string body;
};

// The front of an answer whose body is passed on.
struct ApiHeader {
  unsigned status = 0;
  std::string etag;
  std::string content_range;
  std::optional<std::uint64_t> content_length;
};

// Throws Unreachable. What the status says is for the caller.
boost::asio::awaitable<ApiAnswer> ask(const Endpoint& endpoint, const ApiRequest& request,
                                      Duration limit);

// 200 and 206: on_header once, then on_bytes for each piece; anything else throws Refused, with
// 416's Content-Range passed to on_header before.
boost::asio::awaitable<void> pass_on(const Endpoint& endpoint, const ApiRequest& request,
                                     Duration limit,
                                     std::function<void(const ApiHeader&)> on_header,
                                     std::function<void(std::string_view)> on_bytes);

// Throws Refused unless the status is 2xx.
void require_success(const ApiRequest& request, const ApiAnswer& answer);

// Throws CtlFault where it is no JSON: somebody else answers there.
boost::json::value parse_json(const Endpoint& endpoint, const ApiAnswer& answer);

class ApiClient {
 public:
  ApiClient(Endpoint endpoint, Duration limit) : endpoint_(std::move(endpoint)), limit_(limit) {}

  const Endpoint& endpoint() const { return endpoint_; }
  Duration limit() const { return limit_; }

  ApiAnswer send(const ApiRequest& request) const;  // whatever the status
  // These throw Refused unless the status is 2xx.
  ApiAnswer get(const std::string& target) const;
  ApiAnswer post(const std::string& target, const std::string& body) const;
  boost::json::value get_json(const std::string& target) const;

 private:
  Endpoint endpoint_;
  Duration limit_;
};

}  // namespace relay
