// REPLCONF: how a replica introduces itself before it asks for a sync. What it says is kept in
// Client::introduction.
//
//  (1) An option we do not know is refused, as servers do: an OK would promise what it asks for. A
//      capability we do not know is ignored: it says what the replica could take, and asks for
//      nothing.
//  (2) ACK and GETACK are never answered. From a replica they are the session's; here they are
//      words without meaning.
//  (3) To our own capability, psync-relay, the reply names the relays above the asker: one that
//      finds itself there has closed a loop. The reply is one line of less than 256 bytes, which
//      holds five names.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

CommandTable replconf_commands();

}  // namespace relay
