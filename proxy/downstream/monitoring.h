// What monitors ask besides INFO: LATENCY, SLOWLOG, COMMANDLOG, MEMORY, and the few words of ACL
// and MODULE that tools begin with. The relay records none of it, so the answers are empty; what it
// does measure is at /metrics.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

CommandTable monitoring_commands();

}  // namespace relay
