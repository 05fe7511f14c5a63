#include "proxy/status/status.h"

namespace relay {

const char* name_of(LinkState state) {
  switch (state) {
    case LinkState::kDisconnected:
      return "disconnected";
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kHandshake:
      return "handshake";
    case LinkState::kWaitingRdb:
      return "waiting_rdb";
    case LinkState::kReceivingRdb:
      return "receiving_rdb";
    case LinkState::kStreaming:
      return "streaming";
    case LinkState::kBackoff:
      return "backoff";
  }
  return "unknown";
}

const char* name_of(ReplicaState state) {
  switch (state) {
    case ReplicaState::kHandshake:
      return "handshake";
    case ReplicaState::kQueued:
      return "queued";
    case ReplicaState::kSendingRdb:
      return "sending_rdb";
    case ReplicaState::kCatchingUp:
      return "catching_up";
    case ReplicaState::kOnline:
      return "online";
  }
  return "unknown";
}

}  // namespace relay
