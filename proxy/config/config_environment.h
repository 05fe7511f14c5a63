// The environment as a source of the configuration: PSYNC_RELAY_UPSTREAM__HOST is upstream.host.
//
//  (1) Behind the prefix "__" separates group and name, "_" is "-"; other names of a key work too.
//  (2) An unknown PSYNC_RELAY_ variable is an error, as a mistyped one would otherwise be no
//      setting at all. The exceptions are the variables that Kubernetes puts into every pod beside
//      a Service called psync-relay..., and PSYNC_RELAY_URL, which is ctl's; they are ignored.
//  (3) Values are taken as they are, without expansion. A secret is taken and warned about.
#pragma once

#include "proxy/config/setting.h"

#include <string>
#include <string_view>

namespace relay {

Settings settings_of_environment(const Environment& environment);

// The variable for a key: "PSYNC_RELAY_UPSTREAM__HOST" for "upstream.host".
std::string variable_of(std::string_view path);

// A process's environment, as main() and environ give it: null-terminated "NAME=value".
Environment environment_of(const char* const* variables);

}  // namespace relay
