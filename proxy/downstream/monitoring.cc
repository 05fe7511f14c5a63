#include "proxy/downstream/monitoring.h"

#include "proxy/downstream/process_facts.h"

#include <string>

namespace relay {
namespace {

Outcome no_elements(Call& call) {
  call.reply.array(0);
  return Outcome::kReplied;
}
Outcome no_entries(Call& call) {
  call.reply.map(0);
  return Outcome::kReplied;
}
Outcome zero(Call& call) {
  call.reply.integer(0);
  return Outcome::kReplied;
}

Outcome latency_doctor(Call& call) {
  call.reply.verbatim("psync-relay records no latency events; see its /metrics.\n");
  return Outcome::kReplied;
}
Outcome latency_graph(Call& call) {
  return refuse(call,
                "ERR No samples available for event '" + std::string(excerpt(call.words[2])) + "'");
}

Outcome slowlog_get(Call& call) {
  if (call.words.size() > 3) return refuse(call, kSyntaxError);
  if (call.words.size() == 3) {
    const auto count = parse_integer(call.words[2]);
    if (!count || *count < -1) {
      return refuse(call, "ERR count should be greater than or equal to -1");
    }
  }
  return no_elements(call);
}

Outcome memory_usage(Call& call) {
  return refuse(call, "ERR psync-relay holds no data: MEMORY USAGE must be asked of a replica");
}
Outcome memory_doctor(Call& call) {
  call.reply.verbatim(
      "psync-relay holds no dataset; its memory does not grow with the master's.\n");
  return Outcome::kReplied;
}
Outcome memory_stats(Call& call) {
  const Status status = call.host.status();
  call.reply.map(3);
  call.reply.bulk("total.allocated");
  call.reply.integer(static_cast<long long>(read_process_facts().resident_bytes));
  call.reply.bulk("replication.backlog");
  call.reply.integer(static_cast<long long>(status.log.memory_bytes));
  call.reply.bulk("keys.count");
  call.reply.integer(0);
  return Outcome::kReplied;
}

Outcome who_am_i(Call& call) {
  call.reply.bulk("default");
  return Outcome::kReplied;
}

constexpr CommandSpec kLatency[] = {
    {"doctor", 2, latency_doctor, 0, "server", "2.8.13", "Say that nothing is recorded"},
    {"graph", 3, latency_graph, 0, "server", "2.8.13", "Refused: no samples"},
    {"histogram", -2, no_entries, 0, "server", "7.0.0", "Empty"},
    {"history", 3, no_elements, 0, "server", "2.8.13", "Empty"},
    {"latest", 2, no_elements, 0, "server", "2.8.13", "Empty"},
    {"reset", -2, zero, 0, "server", "2.8.13", "Return 0: nothing to reset"},
};
constexpr CommandSpec kSlowlog[] = {
    {"get", -2, slowlog_get, 0, "server", "2.2.12", "Empty"},
    {"len", 2, zero, 0, "server", "2.2.12", "Return 0"},
    {"reset", 2, ok, 0, "server", "2.2.12", "Accepted: nothing to reset"},
};
constexpr CommandSpec kCommandlog[] = {
    {"get", 4, no_elements, 0, "server", "8.1.0", "Empty"},
    {"len", 3, zero, 0, "server", "8.1.0", "Return 0"},
    {"reset", 3, ok, 0, "server", "8.1.0", "Accepted: nothing to reset"},
};
constexpr CommandSpec kMemory[] = {
    {"doctor", 2, memory_doctor, 0, "server", "4.0.0", "Say that there is no dataset"},
    {"purge", 2, ok, 0, "server", "4.0.0", "Accepted"},
    {"stats", 2, memory_stats, 0, "server", "4.0.0", "Memory of the relay's process"},
    {"usage", -3, memory_usage, 0, "server", "4.0.0", "Refused: there is no data"},
};
constexpr CommandSpec kAcl[] = {
    {"whoami", 2, who_am_i, 0, "server", "6.0.0", "Return the only user"},
};
constexpr CommandSpec kModule[] = {
    {"list", 2, no_elements, 0, "server", "4.0.0", "Empty"},
};

constexpr CommandSpec kCommands[] = {
    {"acl", -2, nullptr, 0, "server", "6.0.0", "Users", kAcl},
    {"commandlog", -2, nullptr, 0, "server", "8.1.0", "Slow and large commands", kCommandlog},
    {"latency", -2, nullptr, 0, "server", "2.8.13", "Latency events", kLatency},
    {"memory", -2, nullptr, 0, "server", "4.0.0", "Memory", kMemory},
    {"module", -2, nullptr, 0, "server", "4.0.0", "Modules", kModule},
    {"slowlog", -2, nullptr, 0, "server", "2.2.12", "Slow commands", kSlowlog},
};

}  // namespace

CommandTable monitoring_commands() { return kCommands; }

}  // namespace relay
