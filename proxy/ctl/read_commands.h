// The commands that look at a relay and change nothing. Each gives its exit status and throws
// CtlFault.
//
// Threading: one thread; they block.
#pragma once

namespace relay {

class CtlSession;

int show_status(CtlSession& session);
int show_replicas(CtlSession& session);
int show_replica(CtlSession& session);
int show_events(CtlSession& session);  // events.cc
int run_top(CtlSession& session);      // top.cc
int show_log(CtlSession& session);
int show_snapshots(CtlSession& session);
int show_config(CtlSession& session);
int show_version(CtlSession& session);
int show_ready(CtlSession& session);

}  // namespace relay
