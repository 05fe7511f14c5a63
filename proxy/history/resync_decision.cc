#include "proxy/history/resync_decision.h"

namespace relay {
namespace {

// Replicas of every version keep their data on this reply and ask again a second later. -MASTERDOWN
// or any other error would make them fall to SYNC.
constexpr std::string_view kNoMasterLink =
    "NOMASTERLINK Can't SYNC while not connected with my master";

using Why = std::optional<RefusalReason>;

bool is_connected(UpstreamOutlook upstream) {
  return upstream == UpstreamOutlook::kTransferring || upstream == UpstreamOutlook::kStreaming;
}

bool brings_a_new_history(const Situation& now) {
  return now.arriving && now.arriving->new_history;
}

// The history that arrives is the one the replica follows, and the log will begin no later than
// where it stands.
bool follows_the_arriving(const Situation& now, const Asked& asked) {
  return brings_a_new_history(now) && asked.id && asked.from && *asked.id == now.arriving->id &&
         !asked.id->is_none() && *asked.from >= now.arriving->offset;
}

bool has_whole_snapshot(const Situation& now) {
  return now.held && now.snapshot && *now.snapshot >= now.held->begin &&
         *now.snapshot <= now.held->end;
}

// A refresh joins the stream at its offset: the log must have that place, or be about to.
bool has_refresh_arriving(const Situation& now) {
  if (!now.arriving || now.arriving->new_history || !now.held) return false;
  const auto& refresh = *now.arriving;
  const bool in_the_log = refresh.offset <= now.held->end;
  return now.held->history.holds(refresh.id, refresh.offset) && refresh.offset >= now.held->begin &&
         (in_the_log || now.upstream == UpstreamOutlook::kStreaming);
}

Decision from_the_arriving(const Situation& now, const Asked& asked, std::string_view reason,
                           Why why) {
  const auto& arriving = *now.arriving;
  if (now.cut_through && (arriving.size_known || asked.capa_eof)) {
    return {CutThrough{arriving.offset, arriving.size_known}, reason, why};
  }
  return {WaitForSnapshot{}, reason, why};
}

Decision full(const Situation& now, const Asked& asked, std::string_view reason, Why why) {
  // What is whole belongs to a history about to end: its replicas would all have to come again.
  if (brings_a_new_history(now)) return from_the_arriving(now, asked, reason, why);

  const bool whole = has_whole_snapshot(now);
  // Who takes only the snapshot is not sent the log that outgrew it.
  const bool worth_it = !now.snapshot_outgrown || asked.rdb_only;
  if (whole && worth_it) return {Full{*now.snapshot}, reason, why};
  if (has_refresh_arriving(now)) return from_the_arriving(now, asked, reason, why);
  if (now.may_refresh) return {WaitForSnapshot{.ask_refresh = true}, reason, why};
  if (whole) return {Full{*now.snapshot}, reason, why};
  return {Refuse{kNoMasterLink}, "nothing to serve, and no snapshot can be fetched now", why};
}

// The replica has bytes of this history that we have not: it got them from us before we crashed, or
// from the master.
Decision ahead(const Situation& now, const Asked& asked) {
  constexpr RefusalReason kAhead = RefusalReason::kAhead;
  if (brings_a_new_history(now)) {
    return full(now, asked, "ahead of us in a history that is being replaced", kAhead);
  }
  if (now.held->history.own_ids()) {
    // The ids are ours: nobody else can have given it those bytes, and no master will bring them
    // again.
    return full(now, asked, "ahead of us in a history of our own ids", kAhead);
  }
  if (now.upstream == UpstreamOutlook::kDown) {
    return {Refuse{kNoMasterLink}, "ahead of us, and the upstream is down", kAhead};
  }
  if (asked.waited < asked.wait_limit) {
    return {WaitForBytes{*asked.from}, "ahead of us: waiting for those bytes"};
  }
  if (now.upstream != UpstreamOutlook::kStreaming) {
    // A full sync would send it back to where we are, for good if the upstream does not return.
    return {Refuse{kNoMasterLink}, "ahead of us, and the upstream has not come back", kAhead};
  }
  return full(now, asked, "ahead of us, and the bytes did not come", kAhead);
}

Decision unknown_id(const Situation& now, const Asked& asked) {
  constexpr RefusalReason kUnknown = RefusalReason::kUnknownReplid;
  const auto& held = *now.held;
  const bool was_ours = asked.id && held.history.holds(*asked.id, Offset());
  if (was_ours) {
    return full(now, asked, "its id ended before the place it asks for", kUnknown);
  }
  // After a failover the replica may have met the new master before us. Our log may be the very one
  // it can continue in. One that asks for byte 1 has nothing to lose: a server that has just
  // stopped being a master asks so.
  const bool may_be_the_next_id = now.upstream == UpstreamOutlook::kConnecting &&
                                  !brings_a_new_history(now) && !held.history.own_ids() &&
                                  asked.id && !asked.id->is_none() && asked.from &&
                                  asked.from->bytes() > 0 && *asked.from >= held.begin;
  if (may_be_the_next_id) {
    return {Refuse{kNoMasterLink}, "unknown id, and the master's id is not confirmed yet",
            kUnknown};
  }
  return full(now, asked, "unknown replication id", kUnknown);
}

Decision partial(const Situation& now, const Asked& asked) {
  const bool the_arriving = follows_the_arriving(now, asked);
  constexpr std::string_view kArriving = "the history it follows is arriving";
  if (!now.held) {
    if (the_arriving) return {WaitForSnapshot{}, kArriving, RefusalReason::kUnknownReplid};
    return full(now, asked, "no history here yet", RefusalReason::kUnknownReplid);
  }
  const auto& held = *now.held;
  const bool is_ours = asked.id && asked.from && held.history.holds(*asked.id, *asked.from);
  if (!is_ours) {
    if (the_arriving) return {WaitForSnapshot{}, kArriving, RefusalReason::kUnknownReplid};
    const bool names_no_byte = asked.id && !asked.from && *asked.id == held.history.id();
    if (names_no_byte) {
      return full(now, asked, "its offset names no byte", RefusalReason::kTrimmed);
    }
    return unknown_id(now, asked);
  }
  if (*asked.id != held.history.id() && !asked.capa_psync2) {
    // It would go on under the former id, unaware, and be lost at the next change.
    return full(now, asked, "asks by a former id and cannot be told the new one",
                RefusalReason::kUnknownReplid);
  }
  if (*asked.from < held.begin) {
    return full(now, asked, "already trimmed from the log", RefusalReason::kTrimmed);
  }
  if (*asked.from <= held.end) {
    return {Continue{*asked.from, asked.capa_psync2}, "the log holds what it asks for"};
  }
  if (the_arriving) return {WaitForSnapshot{}, kArriving, RefusalReason::kAhead};
  return ahead(now, asked);
}

}  // namespace

const char* name_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kNoHistory:
      return "no_history";
    case RefusalReason::kUnknownReplid:
      return "unknown_replid";
    case RefusalReason::kTrimmed:
      return "trimmed";
    case RefusalReason::kAhead:
      return "ahead";
  }
  return "unknown";
}

Decision decide(const Situation& now, const Asked& asked) {
  if (now.draining) return {Refuse{kNoMasterLink}, "the relay is being drained"};
  if (!now.serve_while_upstream_down && !is_connected(now.upstream)) {
    return {Refuse{kNoMasterLink}, "the upstream is down, and the policy is not to serve then"};
  }
  if (asked.legacy_sync) return full(now, asked, "asks by SYNC", std::nullopt);
  if (asked.never_had) return full(now, asked, "has nothing yet", RefusalReason::kNoHistory);
  return partial(now, asked);
}

}  // namespace relay
