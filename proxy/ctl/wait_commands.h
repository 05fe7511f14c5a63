// The commands that may wait until what they are about has come true. Each gives its exit status
// and throws CtlFault.
//
// They ask the relay over and over, with a pause, until the condition holds or the time is up.
//
// Threading: one thread; they block.
#pragma once

namespace relay {

class CtlSession;

int wait_for_conditions(CtlSession& session);
int start_snapshot(CtlSession& session);
int drain(CtlSession& session);
int shut_down(CtlSession& session);

}  // namespace relay
