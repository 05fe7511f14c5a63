// INFO: the relay in the sections and under the names of a server, told from one Status, and a
// section `relay` with what only a relay has.
//
//  (1) A field has a server's name only if it means what it means there; where the relay has no
//      such thing it is the value of a server that does not use it, or is absent.
//  (2) `sync_*` count replicas of the relay; what the relay asked of its master is in the section
//      `relay`.
//
// Threading: the control executor; info_text() is pure.
#pragma once

#include "proxy/downstream/command_spec.h"
#include "proxy/downstream/process_facts.h"

#include <span>
#include <string>
#include <string_view>

namespace relay {

struct InfoSource {
  const Config& config;
  const Status& status;
  const ProcessFacts& process;
  std::size_t pubsub_channels = 0;
};

// The sections asked for, in the order of servers; all the usual ones if none is named. Unknown
// names add nothing.
std::string info_text(const InfoSource& source, std::span<const std::string_view> sections);

CommandTable info_commands();

}  // namespace relay
