// What the HTTP port answers: the metrics, the probes, the version. The table is built from one
// callback, so that no handler sees a component, and so that a test is a Status.
//
// /metrics            for Prometheus /livez, /healthz    200 as long as the process turns: it is
// not better off restarted because its
//                       master is away
// /readyz[?verbose]   200 or 503: see readiness.h /version            JSON
// /v1/events[?since=ID][&limit=N]   the last changes of state, each as in the log, as JSON
//
// Threading: as the server that is given the table; `status` is called on its executor and may not
// wait.
#pragma once

#include "common/base/event_ring.h"
#include "proxy/control/http_message.h"
#include "proxy/status/status.h"

#include <functional>
#include <vector>

namespace relay {

std::vector<Route> make_routes(std::function<Status()> status,
                               const EventRing& events = logged_events());

}  // namespace relay
