// The small words about a connection: PING, ECHO, SELECT, QUIT, and CLUSTER, which is how clients
// find out that there is none.
//
// PING is +PONG always: the relay neither loads nor is ever down because its master is. SELECT
// knows database 0 alone: there is no data behind any number, and a client that means another
// should hear so.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

CommandTable connection_commands();

}  // namespace relay
