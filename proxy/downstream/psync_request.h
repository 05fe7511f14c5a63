// What a PSYNC asks: to be sent a history from one of its bytes on, or everything, because it has
// nothing.
//
// Pure. Whether the bytes are there is decided elsewhere; here only what could mean nothing at all
// is refused.
#pragma once

#include "common/base/replid.h"
#include "proxy/downstream/command_spec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace relay {

struct PsyncRequest {
  std::optional<ReplId> id;           // none for `?` and for what no history can be called
  std::string id_text;                // as sent, cut to a line's worth, for logs
  std::optional<std::uint64_t> next;  // the first byte wanted, from 1; none for -1 and 0
  bool never_had = false;             // the id is `?`: it says that it has no history
};

// The words of a PSYNC, its name included, of which there are at least three; or the text of the
// error to answer.
std::variant<PsyncRequest, std::string> parse_psync(const Request& words);

CommandTable psync_commands();

}  // namespace relay
