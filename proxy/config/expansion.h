// ${POD_IP} in the values of a configuration file: replaced by that environment variable.
//
//  (1) Only ${NAME} means something; "$" and "$NAME" stand for themselves, "$${" for "${".
//  (2) A variable that is not set is an error, never "": a mistyped name must not become an empty
//      host.
//  (3) What a variable holds is not expanded again.
#pragma once

#include "proxy/config/setting.h"

#include <string>
#include <string_view>

namespace relay {

struct Expansion {
  std::string text;
  std::string complaint;  // "": text is good
  bool used = false;      // a variable was put in
};

Expansion expand(std::string_view text, const Environment& environment);

// The text that expand() turns into this one.
std::string unexpanded(std::string_view text);

}  // namespace relay
