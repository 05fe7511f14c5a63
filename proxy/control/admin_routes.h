// What an operator can do over HTTP, and have given: the routes of an admin listener alone.
// openapi.yaml has their shapes.
//
//  (1) A change is a POST, its body a JSON object whose members are all known: a misspelt one is an
//      error, never ignored.
//  (2) What cannot be done now is a 409 that says why.
//  (3) The read-only listener has the same paths, and answers 403: who is there sees where to go.
//
// Threading: as routes.h.
#pragma once

#include "proxy/control/control_host.h"
#include "proxy/control/http_message.h"

#include <vector>

namespace relay {

// The host outlives the table.
std::vector<Route> make_admin_routes(ControlHost& host);

}  // namespace relay
