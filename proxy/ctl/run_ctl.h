// `psync-relay ctl`: looks at a running relay and steers it, over its API.
//
// A client and nothing else: it shares no file, no memory and no lock with the relay, and holds no
// state between two calls but what `rdb` has downloaded. Reading order: ctl_command.cc (what there
// is), ctl_line.h (what was asked), endpoint.h (where), api_client.h (how), then a file per kind of
// command and one per kind of text.
//
// Threading: one thread; blocks.
#pragma once

#include "proxy/config/setting.h"

#include <span>
#include <string_view>

namespace relay {

// `arguments` are those behind "ctl". Gives the exit status: 0 done or true, 1 refused, not true or
// nobody there, 2 not understood.
int run_ctl(std::span<const std::string_view> arguments, Environment environment);

}  // namespace relay
