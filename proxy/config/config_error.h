// What is wrong with a configuration, in words and with the place: one of the list that a loading
// gives.
//
//   relay.yaml:12:3: upstream.repl-timout: unknown key, did you mean "repl-timeout"?
//      12 |   repl-timout: 60s
//         |   ^
//
// No error holds a secret, neither in its message nor in the line it shows.
#pragma once

#include <string>
#include <vector>

namespace relay {

struct ConfigError {
  std::string where;    // "relay.yaml:12:3", "PSYNC_RELAY_LOG__FSYNC", "--listen"
  std::string message;  // begins with the key, where one is meant
  std::string excerpt;  // the line and a caret below it; "" where there is no line

  std::string text() const;  // all of it, without a newline at the end
};

using ConfigErrors = std::vector<ConfigError>;

// All of them, one below the other, each with a newline.
std::string describe(const ConfigErrors& errors);

}  // namespace relay
