#include "proxy/upstream/upstream_acks.h"

#include "common/resp/reply_writer.h"

#include <algorithm>
#include <functional>

namespace relay {

void UpstreamAcks::reset(Offset at) {
  ack_ = at;
  next_.reset();
}

// How far the policy lets us acknowledge; none where it cannot be said now.
std::optional<Offset> UpstreamAcks::allowed(const AckInputs& now) {
  switch (policy_.kind) {
    case AckPolicy::Kind::kReceived:
      return now.boundary;
    case AckPolicy::Kind::kDurable:
      return now.durable;
    case AckPolicy::Kind::kReplicas:
      break;
  }
  if (policy_.replicas == 0) return now.boundary;
  if (now.replica_acks.size() < policy_.replicas) return std::nullopt;
  scratch_.assign(now.replica_acks.begin(), now.replica_acks.end());
  const auto wanted = scratch_.begin() + static_cast<std::ptrdiff_t>(policy_.replicas - 1);
  std::nth_element(scratch_.begin(), wanted, scratch_.end(), std::greater<>());
  return *wanted;
}

Offset UpstreamAcks::update(const AckInputs& now) {
  if (const auto limit = allowed(now)) ack_ = std::max(ack_, std::min(*limit, now.boundary));
  return ack_;
}

Offset UpstreamAcks::fack(Offset durable) const { return std::min(durable, ack_); }

void UpstreamAcks::getack_seen(Offset before) {
  if (!next_) next_ = before;
  last_ = before;
}

bool UpstreamAcks::answer_due() const {
  if (!next_) return false;
  return policy_.kind == AckPolicy::Kind::kReceived || ack_ >= *next_;
}

void UpstreamAcks::answered() {
  if (policy_.kind == AckPolicy::Kind::kReceived || ack_ >= last_) {
    next_.reset();
  } else if (next_) {
    // More GETACKs wait, somewhere up to last_: any progress may be what one of them waits for.
    next_ = std::max(*next_, ack_ + 1);
  }
}

std::string encode_ack(Offset ack, std::optional<Offset> fack, std::string_view replconf_word) {
  const std::string acked = std::to_string(ack.bytes());
  if (!fack) return to_command({replconf_word, "ACK", acked});
  const std::string durable = std::to_string(fack->bytes());
  return to_command({replconf_word, "ACK", acked, "FACK", durable});
}

}  // namespace relay
