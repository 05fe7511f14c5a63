// Who is at the other end of a connection, for the log: "10.0.0.7:41234", or, on a unix socket,
// "uid 0, pid 4711".
//
// Threading: pure, but for what it asks the kernel.
#pragma once

#include "proxy/control/http_exchange.h"

#include <string>

namespace relay {

std::string peer_name(const HttpSocket& socket);

}  // namespace relay
