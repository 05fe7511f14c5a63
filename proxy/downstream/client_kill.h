// CLIENT KILL: ends the connections that meet all the conditions named. The old form names one by
// its address.
//
//  (1) The connection that asks is spared, unless SKIPME no is said; the old form spares nobody.
//  (2) Replicas are ended like any other: they come back and continue.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

Outcome client_kill(Call& call);

}  // namespace relay
