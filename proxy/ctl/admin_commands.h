// The commands that change something at a relay, at once. Each gives its exit status and throws
// CtlFault.
//
// Threading: one thread; they block.
#pragma once

namespace relay {

class CtlSession;

int reload_config(CtlSession& session);
int check_config(CtlSession& session);
int undrain(CtlSession& session);
int follow_master(CtlSession& session);
int reconnect(CtlSession& session);
int resync(CtlSession& session);
int disconnect_replica(CtlSession& session);
int set_relay_log_level(CtlSession& session);
int download_rdb(CtlSession& session);  // rdb_command.cc

}  // namespace relay
