// The configuration in effect, as a YAML file that means the same when it is read: for
// --print-config and the control API.
//
//  (1) Every key is there, in the order of config.example.yaml; one that was set names its source
//      in a comment.
//  (2) Secrets are "***"; a password that comes from a file is left out, as its -file key is there.
#pragma once

#include "proxy/config/setting.h"

#include <string>

namespace relay {

std::string print_config(const Config& config, const KeySources& sources);

}  // namespace relay
