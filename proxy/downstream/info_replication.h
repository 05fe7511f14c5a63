// The replication section of INFO: the relay as a chained replica, in the order and with the names
// of a server, which Sentinel, redis_exporter and failover tools read line by line.
//
//  (1) role:slave always, slave_priority:0 always: nobody may count the relay as a master or make
//      it one.
//  (2) The backlog fields are the disk log, exactly: tools compute with first_byte_offset and
//      histlen.
//  (3) connected_slaves is the number of slaveN lines.
//
// Pure.
#pragma once

#include "proxy/downstream/info_text.h"

namespace relay {

void write_replication(InfoText& info, const Status& status);

// A replica as slaveN and CLIENT LIST call it: wait_bgsave, send_bulk or online; empty if it is
// none yet.
std::string_view slave_state(ReplicaState state);

}  // namespace relay
