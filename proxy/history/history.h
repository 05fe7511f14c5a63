// A replication history: the id under which the master sends now, and every earlier id under which
// bytes that we still hold were sent, each with the place up to which it names our bytes. A replica
// that comes back after several failovers is known by it.
//
//  (1) The ids are distinct, none of them is the all-zero one but perhaps the current. The newest
//      former id comes first.
//  (2) A former id holds for bytes up to its `until`, that place included: in Redis's words
//      second_replid_offset is until + 1, and PSYNC old K is accepted while K <=
//      second_replid_offset, which is Offset::from_psync(K) <= until.
//  (3) `start` is where this history's log began (the offset of its +FULLRESYNC). Bytes before it
//      are unknown.
//  (4) encode() ends in a checksum line. What decode() returns was written whole by encode(); "cut
//      short" and "damaged" stay apart.
//
// Inner ring. Threading: a value; whoever holds it owns it.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"
#include "common/base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

class History {
 public:
  struct Former {
    ReplId id;
    Offset until;
    bool operator==(const Former&) const = default;
  };

  // `own_ids`: the master knows no PSYNC, the id and the offsets are ours. Such a history can never
  // be continued upstream.
  History(const ReplId& id, Offset start, bool own_ids = false)
      : id_(id), start_(start), own_ids_(own_ids) {}

  const ReplId& id() const { return id_; }
  Offset start() const { return start_; }
  bool own_ids() const { return own_ids_; }
  const std::vector<Former>& former() const { return former_; }  // newest first
  // The newest former id: replid2 of INFO, whose second_repl_offset is until.to_psync().
  std::optional<Former> previous() const;

  // Whether a replica that has bytes 1..at of history `id` has the bytes that we call 1..at. Says
  // nothing about which of them are still in the log, nor whether we have come so far ourselves.
  bool holds(const ReplId& id, Offset at) const;

  // The master continues us from `at` under another id (+CONTINUE <new id>); the log has been cut
  // back to `at`. The current id becomes a former one until `at`, and no former id holds beyond
  // `at` any more. The current id again: nothing changes. An id that was left earlier: it is
  // current again, and holds for all that we have; the master that answered says so.
  void shift(const ReplId& new_id, Offset at);

  // Bytes before `log_begin` are gone: former ids that ended before it can serve nobody and go too.
  void forget_before(Offset log_begin);

  std::string encode() const;
  // DataError::kTorn, kDamaged, or kUnsupported (whole, but written by a later version).
  static Result<History> decode(std::string_view text);

  bool operator==(const History&) const = default;

 private:
  ReplId id_;
  Offset start_;
  bool own_ids_;
  std::vector<Former> former_;
};

}  // namespace relay
