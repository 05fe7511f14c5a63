#include "proxy/downstream/refused_commands.h"

namespace relay {
namespace {

// The texts of a replica, word for word, where it refuses too: clients know them.
Outcome failover(Call& call) {
  return refuse(call, "ERR FAILOVER is not valid when server is a replica.");
}
Outcome wait(Call& call) {
  return refuse(
      call,
      "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a "
      "replica is configured to be writable (which is not the default) writes to replicas are just "
      "local and are not propagated.");
}
Outcome waitaof(Call& call) {
  return refuse(
      call,
      "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas "
      "are just local and are not propagated.");
}

Outcome shutdown(Call& call) {
  return refuse(
      call, "ERR SHUTDOWN refused: stop psync-relay through its service manager, or with SIGTERM");
}
Outcome debug(Call& call) { return refuse(call, "ERR DEBUG is not supported by psync-relay"); }
Outcome monitor(Call& call) {
  return refuse(call, "ERR MONITOR is not supported by psync-relay: ask the master");
}

constexpr CommandSpec kCommands[] = {
    {"debug", -2, debug, 0, "server", "1.0.0", "Refused"},
    {"failover", -1, failover, 0, "server", "6.2.0", "Refused: the relay is a replica"},
    {"monitor", 1, monitor, 0, "server", "1.0.0", "Refused"},
    {"shutdown", -1, shutdown, kNotInMulti, "server", "1.0.0", "Refused: use SIGTERM"},
    {"wait", 3, wait, 0, "generic", "3.0.0", "Refused: the relay is a replica"},
    {"waitaof", 4, waitaof, 0, "generic", "7.2.0", "Refused: the relay is a replica"},
};

}  // namespace

CommandTable refused_commands() { return kCommands; }

}  // namespace relay
