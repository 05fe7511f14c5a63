// Where the log's lines go: standard error, unless something that runs the relay inside its own
// process wants to read them.
//
// Threading: any. The descriptor stays open until another one is set.
#pragma once

namespace relay {

constexpr int kLogToStandardError = 2;

void set_log_output(int descriptor);

}  // namespace relay
