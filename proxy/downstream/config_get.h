// CONFIG: the relay's configuration under the names that monitors and operators of servers know. It
// is read here and changed nowhere here: the file, the flags and the environment are where it
// lives.
//
//  (1) No secret is shown: the names are there, with empty values.
//  (2) REWRITE is accepted, as Sentinel says it after every re-pointing, which the relay has then
//      kept already.
//
// Threading: the control executor; config_entries() is pure.
#pragma once

#include "proxy/downstream/command_spec.h"

#include <string>
#include <utility>
#include <vector>

namespace relay {

// Name and value, in order of name.
std::vector<std::pair<std::string_view, std::string>> config_entries(const Config& config,
                                                                     const Status& status);

CommandTable config_commands();

}  // namespace relay
