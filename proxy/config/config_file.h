// The configuration file: YAML, a map of groups and keys.
//
//  (1) Every error of the file is reported, each with line, column and the line itself; the first
//      hundred of them, if need be.
//  (2) A key given twice, under one name or two, is an error, and so is a group given twice.
//  (3) A group with nothing below it is fine; a key with nothing behind it is not (the empty text
//      is "").
//  (4) Values are expanded (expansion.h), keys are not. A secret that comes from a variable is
//      warned about.
#pragma once

#include "proxy/config/setting.h"

#include <string>
#include <string_view>

namespace relay {

// `name` is the file's as the operator gave it, for the messages.
Settings settings_of_file(const std::string& name, std::string_view text,
                          const Environment& environment);

}  // namespace relay
