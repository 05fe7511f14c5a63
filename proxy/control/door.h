// Who may come in where: the read-only listener, and the admin one.
//
//  (1) What changes something or gives data away goes through an admin door alone.
//  (2) A unix socket is guarded by its mode, an admin door on TCP by a token, for what is not merely
//      read.
//  (3) A browser can be led to any address that its user can reach, also to a socket that is
//      forwarded to one. So whoever says an Origin is served at every door only where it is that of
//      the Host, and the Host a name of ours. Who says none is asked for the name at an admin door
//      on TCP, and at a unix socket only for one that somebody else could own, which has a dot.
//      Probes and Prometheus come to the read-only door by any.
//  (4) A change is a POST of application/json, which no form can send.
//
// Pure, but for what the door is asked. Threading: the control executor.
#pragma once

#include "proxy/control/http_message.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct Door {
  bool admin = false;
  // On TCP: the token that must be shown. Null: none, the door is guarded otherwise.
  std::function<std::string()> token = {};
  // Names of ours, beside addresses and localhost. Null: there are none.
  std::function<std::vector<std::string>()> host_names = {};
  bool asks_everybody_for_the_name = false;
};

// Why this request is not let in here; none if it is.
std::optional<HttpResponse> refused_at(const Door& door, const Route& route,
                                       const HttpRequest& request);

// The host in a Host header, without its port and brackets, in small letters.
std::string host_of(std::string_view header);
// Whether it is an IP address, localhost, or one of `names`.
bool is_own_name(const std::string& host, const std::vector<std::string>& names);

}  // namespace relay
