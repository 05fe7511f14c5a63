// Commands that a server has and a relay must not: those that would make it a master, stop it, or
// look into a dataset. Each is refused with its reason, so that whoever sent it knows what to do
// instead.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

CommandTable refused_commands();

}  // namespace relay
