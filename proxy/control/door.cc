#include "proxy/control/door.h"

#include "common/base/secret.h"
#include "proxy/control/problem.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace relay {
namespace {

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

bool shows(std::string_view authorization, const std::string& token) {
  constexpr std::string_view kScheme = "bearer ";
  if (in_small_letters(authorization.substr(0, kScheme.size())) != kScheme) return false;
  authorization.remove_prefix(kScheme.size());
  return !token.empty() && equals_secret(token, authorization);
}

bool is_json(std::string_view content_type) {
  std::string type = in_small_letters(content_type.substr(0, content_type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  return type == "application/json";
}

// Whether the name that somebody came by must be one of ours.
bool asks_for_the_name(const Door& door, const HttpRequest& request) {
  if (door.asks_everybody_for_the_name || !request.origin.empty()) return true;
  return door.admin && request.host.find('.') != std::string::npos;
}

// By either scheme: somebody may have put TLS in front of us.
bool is_origin_of(std::string_view origin, std::string_view host) {
  const std::string own = in_small_letters(host);
  const std::string given = in_small_letters(origin);
  return given == "http://" + own || given == "https://" + own;
}

}  // namespace

std::string host_of(std::string_view header) {
  if (header.starts_with('[')) {
    header.remove_prefix(1);
    return in_small_letters(header.substr(0, header.find(']')));
  }
  return in_small_letters(header.substr(0, header.find(':')));
}

bool is_own_name(const std::string& host, const std::vector<std::string>& names) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  if (!error || host == "localhost") return true;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return in_small_letters(name) == host; });
}

std::optional<HttpResponse> refused_at(const Door& door, const Route& route,
                                       const HttpRequest& request) {
  if (route.access == Access::kAdmin && !door.admin) {
    return problem(403,
                   "this is answered on the admin listener alone (admin.socket, admin.address)",
                   request.path);
  }
  if (asks_for_the_name(door, request)) {
    const auto names = door.host_names ? door.host_names() : std::vector<std::string>();
    if (!is_own_name(host_of(request.host), names)) {
      return problem(403,
                     "the Host header names neither an address nor localhost, and is not in "
                     "admin.allowed-hosts",
                     request.path);
    }
    if (!request.origin.empty() && !is_origin_of(request.origin, request.host)) {
      return problem(403, "a page of another origin asks for this", request.path);
    }
  }
  if (route.access == Access::kAdmin && door.token && !shows(request.authorization, door.token())) {
    HttpResponse response = problem(401,
                                    request.authorization.empty()
                                        ? "this needs \"Authorization: Bearer TOKEN\", the token "
                                          "being what admin.token-file has"
                                        : "the token is not the one that admin.token-file has",
                                    request.path);
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"psync-relay\"");
    return response;
  }
  if (route.method == "POST" && !is_json(request.content_type)) {
    return problem(415, "a change is a POST with \"Content-Type: application/json\"", request.path);
  }
  return std::nullopt;
}

}  // namespace relay
