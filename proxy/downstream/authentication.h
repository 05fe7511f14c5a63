// Who a client is: AUTH, HELLO and RESET. There is one user, `default`, and one password, or none.
//
//  (1) A password is compared in a time that does not tell how much of it was right.
//  (2) Replies and errors are those of Redis 7, whose users have the same two cases.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

CommandTable authentication_commands();

bool is_authenticated(const CommandHost& host, const Client& client);

}  // namespace relay
