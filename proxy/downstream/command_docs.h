// COMMAND, and HELP of every command with subcommands: the relay's own commands, told from their
// tables, so that redis-cli and client libraries show and count what is really there.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

CommandTable command_docs_commands();

Outcome answer_help(Call& call, const CommandSpec& container);

}  // namespace relay
