#include "proxy/downstream/psync_request.h"

namespace relay {
namespace {

Outcome psync(Call& call) {
  // As on a server, from a replica that is served already it means nothing.
  if (call.client.is_replica) return Outcome::kSilent;
  const auto parsed = parse_psync(call.words);
  if (const auto* error = std::get_if<std::string>(&parsed)) return refuse(call, *error);
  return Outcome::kPsync;
}

Outcome sync(Call& call) { return call.client.is_replica ? Outcome::kSilent : Outcome::kSync; }

constexpr CommandSpec kCommands[] = {
    {"psync", -3, psync, kNotInMulti, "server", "2.8.0",
     "Become a replica of the relay, continuing a replication history"},
    {"sync", 1, sync, kNotInMulti, "server", "1.0.0", "Become a replica of the relay"},
};

}  // namespace

std::variant<PsyncRequest, std::string> parse_psync(const Request& words) {
  // A master that hands over names its own id, which is ours too: to compare ids, as a replica
  // would, would make the relay promote itself. The error makes the master give up and stay what it
  // is.
  if (words.size() > 3 && same_word(words[3], "failover")) {
    return "ERR PSYNC FAILOVER refused: psync-relay holds no data and cannot become a master";
  }
  const auto offset = parse_integer(words[2]);
  if (!offset) return std::string(kNotAnInteger);

  PsyncRequest request;
  request.id_text = words[1].substr(0, 64);
  request.never_had = words[1] == "?";
  request.id = ReplId::parse(words[1]);
  // Zero and less name no byte of any history: to a server that is a full sync, not an error.
  if (*offset > 0) request.next = static_cast<std::uint64_t>(*offset);
  return request;
}

CommandTable psync_commands() { return kCommands; }

}  // namespace relay
