// What both listeners answer: the page, the metrics, the probes, and the JSON that changes nothing.
// openapi.yaml beside this file has every path and shape. What changes something is in
// admin_routes.h.
//
//  (1) Every answer is possible before the first sync has happened.
//  (2) /livez says only whether the event loops turn: nobody is better off if the relay is
//      restarted because its master is away, or its disk full.
//
// Threading: as the server that is given the table; the host is asked on its executor.
#pragma once

#include "common/base/event_ring.h"
#include "proxy/control/control_host.h"
#include "proxy/control/http_message.h"
#include "proxy/control/page.h"

#include <vector>

namespace relay {

// The host and the events outlive the table.
std::vector<Route> make_routes(const ControlHost& host, PageAudience audience,
                               const EventRing& events = logged_events());

}  // namespace relay
