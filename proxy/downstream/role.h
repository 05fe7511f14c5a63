// ROLE, in the form of a replica, which the relay is to everyone who asks.
//
// Threading: the control executor; write_role() is pure.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

// connect, connecting, handshake, sync or connected: the words servers have for the states of a
// link.
std::string_view role_state(LinkState state);
void write_role(const Status& status, ReplyWriter& reply);

CommandTable role_commands();

}  // namespace relay
