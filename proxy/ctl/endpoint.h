// Where `psync-relay ctl` connects, out of what it was told and of the relay's own configuration.
//
//  (1) What is said on ctl's command line wins. For looking: then PSYNC_RELAY_URL, then http.address
//      and http.port of the configuration. For steering: then the admin socket of the
//      configuration, then admin.address and admin.port with the token in admin.token-file.
//  (2) Of the configuration only the keys that concern us are read. A mistake in another one does
//      not keep an operator from asking the relay about it, nor does a password file that only the
//      relay may read.
//  (3) An address to listen on (0.0.0.0, [::]) becomes one to connect to.
//  (4) The token is read for steering alone, or where --token-file is given, and never shown.
//
// Threading: blocks on reading files; at the start of a command.
#pragma once

#include "proxy/config/load_config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

struct Endpoint {
  std::string socket;  // a unix socket's path; "": TCP
  std::string host;
  std::uint16_t port = 0;
  std::string prefix;  // of every path: a proxy's "/relay-0"
  std::string token;   // "": none is sent

  std::string shown() const;        // "http://127.0.0.1:8479", "unix:/run/relay/admin.sock"
  std::string host_header() const;  // "127.0.0.1:8479"
};

// Throws CtlFault: it is no URL that we can use.
Endpoint parse_url(std::string_view url);

struct ToldWhere {
  std::optional<std::string> url;
  std::optional<std::string> socket;
  std::optional<std::string> token_file;
  ConfigSources config;  // its environment has PSYNC_RELAY_URL too
};

// Throw CtlFault: what there is to go by cannot be read, or says no place.
Endpoint endpoint_to_look_at(const ToldWhere& told);
Endpoint endpoint_to_steer_by(const ToldWhere& told);

}  // namespace relay
