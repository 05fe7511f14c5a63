// What a master's one-line reply to PSYNC means.
//
//  (1) Every line has exactly one meaning; a line that we cannot read whole is malformed, never
//      guessed at.
//  (2) Unsupported, which alone permits the old SYNC, is said only of a master that does not know
//      the command. A passing error must never lead there: it would cost a full sync and the
//      offsets.
//  (3) The newlines that may come before the reply are not replies: the caller passes over them.
//
// Inner ring. Threading: a pure function.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace relay {

// The stream goes on from where we asked; under this id, if one is named.
struct PsyncContinue {
  std::optional<ReplId> id;
  bool operator==(const PsyncContinue&) const = default;
};

// A snapshot at this place follows.
struct PsyncFullResync {
  ReplId id;
  Offset offset;
  bool operator==(const PsyncFullResync&) const = default;
};

// The master cannot say now. What we hold stays good: ask again later.
struct PsyncTryLater {
  std::string text;
  bool operator==(const PsyncTryLater&) const = default;
};

// The master does not know PSYNC.
struct PsyncUnsupported {
  std::string text;
  bool operator==(const PsyncUnsupported&) const = default;
};

// Any other error: rights, a password, a bad argument. What we hold stays good; an operator may
// have to act.
struct PsyncRefused {
  std::string text;
  bool operator==(const PsyncRefused&) const = default;
};

// No reply to PSYNC that we could have asked for. The connection is of no use any more.
struct PsyncMalformed {
  std::string text;
  bool operator==(const PsyncMalformed&) const = default;
};

using PsyncReply = std::variant<PsyncContinue, PsyncFullResync, PsyncTryLater, PsyncUnsupported,
                                PsyncRefused, PsyncMalformed>;

// `line` is one line; its line break may still be there. The texts are the line without it.
PsyncReply parse_psync_reply(std::string_view line);

}  // namespace relay
