#include "proxy/downstream/role.h"

namespace relay {
namespace {

Outcome role(Call& call) {
  write_role(call.host.status(), call.reply);
  return Outcome::kReplied;
}

constexpr CommandSpec kCommands[] = {
    {"role", 1, role, 0, "server", "2.8.12", "Return the replication role"},
};

}  // namespace

std::string_view role_state(LinkState state) {
  switch (state) {
    case LinkState::kDisconnected:
    case LinkState::kBackoff:
      return "connect";
    case LinkState::kConnecting:
      return "connecting";
    case LinkState::kHandshake:
      return "handshake";
    case LinkState::kWaitingRdb:
    case LinkState::kReceivingRdb:
      return "sync";
    case LinkState::kStreaming:
      return "connected";
  }
  return "unknown";
}

void write_role(const Status& status, ReplyWriter& reply) {
  const UpstreamStatus& upstream = status.upstream;
  reply.array(5);
  reply.bulk("slave");
  reply.bulk(upstream.host);
  reply.integer(upstream.port);
  reply.bulk(upstream.host.empty() ? "none" : role_state(upstream.state));
  reply.integer(status.log.exists ? static_cast<long long>(status.log.end.bytes()) : -1);
}

CommandTable role_commands() { return kCommands; }

}  // namespace relay
