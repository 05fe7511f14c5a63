// MULTI, EXEC, DISCARD, WATCH: commands said one by one and done together. Sentinel re-points a
// replica so.
//
//  (1) Nothing runs between the commands of one EXEC; they are done in order, each with its reply.
//  (2) A command that is refused while queueing spoils the transaction: EXEC then does none of it.
//  (3) The queue is bounded in commands and bytes. A queue is short because its replies are made at
//      once.
//  (4) WATCH is accepted and never fails: there are no keys that could change.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

namespace relay {

constexpr std::size_t kMaxQueuedCommands = 32;
constexpr std::size_t kMaxQueuedBytes = 64 * 1024;

CommandTable transaction_commands();

// The client is in MULTI and may say this command: keeps it for EXEC.
Outcome queue_command(Call& call);
void discard_transaction(Client& client);

}  // namespace relay
