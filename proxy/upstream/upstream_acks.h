// The offset that we acknowledge to the master, and when a GETACK is to be answered.
//
//  (1) ack <= boundary: a master is told of whole commands outside MULTI only, as a replica would
//      tell it.
//  (2) Within a history the ack never goes back. What would lower it (a replica that leaves, a
//      policy that changed) leaves it where it is.
//  (3) FACK <= durable and FACK <= ack.
//  (4) Replicas' own acks are absorbed here, never forwarded: the master sees one replica.
//  (5) A GETACK is answered as soon as the policy lets the ack reach the place before it, so that
//      WAIT on the master returns within a round trip; until then the acks of each second show how
//      far it has come. Any number of unanswered GETACKs is two offsets.
//
// Inner ring. Threading: owned by the upstream link.
#pragma once

#include "common/base/offset.h"
#include "proxy/config/config.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct AckInputs {
  Offset boundary;
  Offset durable;
  std::span<const Offset> replica_acks;  // of the replicas that are online on the current history
};

class UpstreamAcks {
 public:
  explicit UpstreamAcks(AckPolicy policy) : policy_(policy) {}

  void set_policy(AckPolicy policy) { policy_ = policy; }
  // A new history, or one recovered from disk, stands at this place: all up to it counts as
  // acknowledged. A master starts the stream after a diskless transfer only when it gets an ack of
  // the snapshot's offset, whatever the policy.
  void reset(Offset at);

  // Takes what has changed, and returns the ack. `boundary` is never behind ack().
  Offset update(const AckInputs& now);
  Offset ack() const { return ack_; }
  Offset fack(Offset durable) const;

  // A GETACK has passed; `before` is the place before it.
  void getack_seen(Offset before);
  // Whether an ack is to be sent now because of a GETACK. answered() when it has been sent.
  bool answer_due() const;
  void answered();

 private:
  std::optional<Offset> allowed(const AckInputs& now);

  AckPolicy policy_;
  Offset ack_;
  std::optional<Offset> next_;  // the GETACK, or the progress towards one, that is answered next
  Offset last_;                 // the last GETACK seen, while next_ is set
  std::vector<Offset> scratch_;
};

// "REPLCONF ACK <ack> [FACK <fack>]"; the word is the master's name for REPLCONF.
std::string encode_ack(Offset ack, std::optional<Offset> fack,
                       std::string_view replconf_word = "REPLCONF");

}  // namespace relay
