// What `psync-relay ctl` says about itself, made from the table of commands: help, and a completion
// for bash.
//
// Threading: pure functions.
#pragma once

#include "proxy/ctl/ctl_command.h"

#include <string>

namespace relay {

std::string ctl_help();
std::string ctl_help(const CtlCommand& command);
std::string ctl_completion();

}  // namespace relay
