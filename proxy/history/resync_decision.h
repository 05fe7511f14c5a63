// What a replica that asks for PSYNC or SYNC gets: a pure function over what we hold, what our link
// can still bring, and what the replica asks and can do.
//
//  (1) Bytes that we hold are served as a partial resync, however many, whether or not the upstream
//      is there (unless the policy says otherwise) and even while a snapshot of a new history
//      arrives.
//  (2) A replica is never sent back by a full sync only because we are behind it, or do not know
//      yet under which id the master goes on: it is held, or refused for now, and keeps its data.
//  (3) A snapshot is served only while the log holds its offset: begin <= offset <= end.
//  (4) Each decision has a reason for the log; a partial resync that was asked for and not granted
//      has a RefusalReason for the metric.
//
// A decision holds for the moment it was made. Whoever waits asks again, with a fresh Situation and
// the time it has waited, after each change of what it waits for.
//
// Inner ring. Threading: none.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"
#include "proxy/history/history.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace relay {

// What the upstream link may still bring.
enum class UpstreamOutlook {
  kDown,          // not there for longer than replicas.ahead_wait: nothing more is to be expected
  kConnecting,    // not there for less than that: bytes, or a new id, may come any moment
  kTransferring,  // between +FULLRESYNC and the switch to the new generation
  kStreaming,
};

struct Situation {
  struct Held {  // the current generation
    History history;
    Offset begin;  // the log holds bytes begin+1..end
    Offset end;
  };
  struct Arriving {  // a transfer from the master, from its +FULLRESYNC on
    ReplId id;
    Offset offset;
    bool size_known = false;   // $length, and not the EOF mark
    bool new_history = false;  // to replace the current generation; else a refresh of it
  };

  std::optional<Held> held;
  std::optional<Offset> snapshot;  // of the current generation: whole and verified
  bool snapshot_outgrown = false;  // is_outgrown() of the refresh policy
  bool may_refresh = false;        // should_refresh() says yes if this replica waits
  std::optional<Arriving> arriving;
  UpstreamOutlook upstream = UpstreamOutlook::kDown;
  bool serve_while_upstream_down = true;
  bool draining = false;    // replicas are to go elsewhere
  bool cut_through = true;  // the policy allows to serve a snapshot that still arrives
};

struct Asked {
  bool never_had = false;      // PSYNC ? -1
  bool legacy_sync = false;    // SYNC
  std::optional<ReplId> id;    // none where the text was no id: it matches nothing
  std::optional<Offset> from;  // of PSYNC K, K >= 1; none where it named no byte
  bool capa_eof = false;
  bool capa_psync2 = false;
  bool rdb_only = false;
  std::chrono::milliseconds waited{0};  // for bytes, so far
  std::chrono::milliseconds wait_limit{0};
};

// Why a PSYNC was not answered with a partial resync. No history: the replica has none, PSYNC ? -1.
enum class RefusalReason { kNoHistory, kUnknownReplid, kTrimmed, kAhead };
// The metric's label: no_history, unknown_replid, trimmed, ahead.
const char* name_of(RefusalReason reason);

struct Continue {
  Offset from;
  bool say_id = false;  // "+CONTINUE <id>", else a bare "+CONTINUE"
};
struct Full {  // from the whole snapshot
  Offset at;
};
struct CutThrough {  // from the arriving snapshot, as it arrives
  Offset at;
  bool by_length = false;  // "$length", else the EOF mark
};
// Both waits: newlines keep it alive meanwhile. For bytes it ends when our end is there, when the
// wait limit is over, and when the link's state changes; for a snapshot when one begins to arrive,
// is whole, or has failed.
struct WaitForBytes {
  Offset until;
};
struct WaitForSnapshot {
  bool ask_refresh = false;  // none is arriving: the refresh policy is to be told that one waits
};
struct Refuse {
  std::string_view error;  // the reply without its '-'
};

struct Decision {
  std::variant<Continue, Full, CutThrough, WaitForBytes, WaitForSnapshot, Refuse> what;
  std::string_view reason;  // text with static storage, for the log
  // Set where a PSYNC is not answered with a partial resync (waiting for bytes is neither).
  // Counted when the replica is answered.
  std::optional<RefusalReason> refusal{};
};

Decision decide(const Situation& now, const Asked& asked);

}  // namespace relay
