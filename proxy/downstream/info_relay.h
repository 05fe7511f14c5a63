// The section `relay` of INFO: the frontiers of the log, the snapshot, and both sides of
// replication, which no server has fields for.
//
// Pure. Names begin with `relay_`, so that no tool takes them for a server's.
#pragma once

#include "proxy/downstream/info_text.h"

namespace relay {

void write_relay(InfoText& info, const Status& status);

}  // namespace relay
