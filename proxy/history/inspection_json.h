// An Inspection for programs: `psync-relay inspect --json DIR`. One object, on one line:
//
//   damaged        whether there is any: then the exit status is 1
//   generations[]  the newest first
//     name, used           used: a start would go on with it
//     damaged, fault       fault: why none of it can be served; null: see its parts
//     incomplete           its snapshot was still arriving; a start removes it
//     history              null where it cannot be read, or
//       id, start          start: the offset where it began
//       own_id             the id is the relay's own: the master knows no PSYNC
//       former[]           id, until: ids that it had before, and the offset up to which they hold
//     log                  null where there is none, or
//       begin, end         offsets: how many bytes of the history come before the first, and the last
//       boundary           the last command border; a start goes on from there
//       segments[]         begin, end, file_bytes: the oldest first
//     log_damaged          whether an incident is no trace of a crash
//     incidents[]          what is wrong with the log, a sentence each
//     lost_bytes           of segment files: what a start that reads everything would drop
//     snapshots[]
//       name, offset, bytes
//       fault              null: it is what it says it is
//       checksum           whether the master had written one
//   set_aside[]    files and directories that earlier starts have set aside, relative to DIR
//   start          what a start would do
//     fault                why it would fail; null: it would not
//     uses                 the generation that it would go on with, or null
//     asks                 its PSYNC to the master; "" where it would fail
//     changes[]            to the files, in order, a sentence each
//
// Keys are not renamed or removed; there may be more of them in a later version. Texts are for
// people, and may be worded differently then. Offsets are whole numbers up to 2^63.
//
// Threading: pure functions.
#pragma once

#include "proxy/history/inspection.h"

#include <string>

namespace relay {

std::string to_json(const Inspection& found);

}  // namespace relay
