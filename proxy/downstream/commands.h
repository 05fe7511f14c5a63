// The words a client may say to the Redis port: finds the command, checks that this client may say
// it now, and has it answered.
//
//  (1) Before authentication everything but AUTH, HELLO, QUIT and RESET is answered -NOAUTH,
//      unknown words included.
//  (2) Every reply to a replica's handshake is one line of less than 256 bytes: old replicas read
//      no longer ones.
//  (3) A data command is refused, with what is true: there is no data here. Nothing ever pretends
//      to be an empty dataset.
//  (4) What a client can make the relay remember or answer is bounded: names, channels, queued
//      commands, words per command.
//
// The caller sets Client::authenticated to true at connect if no password is configured, and
// afterwards looks at it to choose the request limit; it gives the ReplyWriter the client's
// protocol, and sends what was written whatever the outcome.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

Outcome execute(CommandHost& host, Client& client, const Request& request, ReplyWriter& reply);

// Answers a command that has been checked and is not to be queued any more: for EXEC.
Outcome run_command(Call& call);

// All commands, in order of name.
std::span<const CommandSpec* const> all_commands();
// By name, whatever its case. Null if there is none.
const CommandSpec* find_command(std::string_view name);
const CommandSpec* find_subcommand(const CommandSpec& container, std::string_view name);

}  // namespace relay
