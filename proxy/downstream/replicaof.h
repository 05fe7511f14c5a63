// REPLICAOF (SLAVEOF): points the upstream link at another master while the relay runs. Sentinel
// does so after a failover.
//
// NO ONE is refused: a relay without a master is not a master, it has no data, and whoever asks
// should learn so at once.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

CommandTable replicaof_commands();

}  // namespace relay
