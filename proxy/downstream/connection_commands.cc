#include "proxy/downstream/connection_commands.h"

#include <chrono>
#include <string>

namespace relay {
namespace {

Outcome ping(Call& call) {
  const Request& words = call.words;
  if (words.size() > 2) return refuse(call, "ERR wrong number of arguments for 'ping' command");
  if (call.client.protocol == 2 && !call.client.channels.empty()) {
    call.reply.array(2);
    call.reply.bulk("pong");
    call.reply.bulk(words.size() == 2 ? words[1] : "");
  } else if (words.size() == 2) {
    call.reply.bulk(words[1]);
  } else {
    call.reply.simple("PONG");
  }
  return Outcome::kReplied;
}

Outcome echo(Call& call) {
  call.reply.bulk(call.words[1]);
  return Outcome::kReplied;
}

Outcome select(Call& call) {
  const auto database = parse_integer(call.words[1]);
  if (!database) return refuse(call, kNotAnInteger);
  if (*database != 0) return refuse(call, "ERR DB index is out of range");
  return ok(call);
}

Outcome quit(Call& call) {
  call.reply.simple("OK");
  return Outcome::kClose;
}

Outcome time(Call& call) {
  using namespace std::chrono;
  const auto now = duration_cast<microseconds>(call.host.status().now.time_since_epoch()).count();
  call.reply.array(2);
  call.reply.bulk(std::to_string(now / 1'000'000));
  call.reply.bulk(std::to_string(now % 1'000'000));
  return Outcome::kReplied;
}

Outcome no_cluster(Call& call) {
  return refuse(call, "ERR This instance has cluster support disabled");
}

constexpr CommandSpec kCommands[] = {
    {"asking", 1, no_cluster, 0, "cluster", "3.0.0", "Refused: not a cluster"},
    {"cluster", -2, no_cluster, 0, "cluster", "3.0.0", "Refused: not a cluster"},
    {"echo", 2, echo, 0, "connection", "1.0.0", "Echo the given string"},
    {"ping", -1, ping, kWhileSubscribed, "connection", "1.0.0", "Ping the relay"},
    {"quit", -1, quit, kBeforeAuth | kWhileSubscribed | kNeverQueued, "connection", "1.0.0",
     "Close the connection"},
    {"readonly", 1, no_cluster, 0, "cluster", "3.0.0", "Refused: not a cluster"},
    {"readwrite", 1, no_cluster, 0, "cluster", "3.0.0", "Refused: not a cluster"},
    {"select", 2, select, 0, "connection", "1.0.0", "Select database 0, the only one"},
    {"time", 1, time, 0, "server", "2.6.0", "Return the relay's time"},
};

}  // namespace

CommandTable connection_commands() { return kCommands; }

}  // namespace relay
