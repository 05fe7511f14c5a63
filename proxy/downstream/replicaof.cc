#include "proxy/downstream/replicaof.h"

#include "proxy/config/host_port.h"

#include <string>

namespace relay {
namespace {

Outcome replicaof(Call& call) {
  const std::string_view host = call.words[1];
  if (same_word(host, "no") && same_word(call.words[2], "one")) {
    return refuse(
        call,
        "ERR REPLICAOF NO ONE refused: psync-relay holds no data and cannot become a master; "
        "point it at another one with REPLICAOF <host> <port>");
  }
  const auto port = parse_integer(call.words[2]);
  if (!port || *port < 1 || *port > 65535) return refuse(call, "ERR Invalid master port");
  if (!is_host(host)) return refuse(call, "ERR Invalid master host");

  const UpstreamStatus now = call.host.status().upstream;
  if (now.host == host && now.port == *port) {
    call.reply.simple("OK Already connected to specified master");
    return Outcome::kReplied;
  }
  const std::string refusal =
      call.host.follow(std::string(host), static_cast<std::uint16_t>(*port));
  return refusal.empty() ? ok(call) : refuse(call, "ERR " + refusal);
}

constexpr CommandSpec kCommands[] = {
    {"replicaof", 3, replicaof, 0, "server", "5.0.0", "Point the relay at another master"},
    {"slaveof", 3, replicaof, 0, "server", "1.0.0", "Point the relay at another master"},
};

}  // namespace

CommandTable replicaof_commands() { return kCommands; }

}  // namespace relay
