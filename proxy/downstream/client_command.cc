#include "proxy/downstream/client_command.h"

#include "proxy/downstream/client_kill.h"

#include <algorithm>
#include <set>

namespace relay {
namespace {

constexpr std::size_t kLongestName = 256;

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

long long seconds_since(std::chrono::steady_clock::time_point then,
                        std::chrono::steady_clock::time_point now) {
  return std::max<long long>(0,
                             std::chrono::duration_cast<std::chrono::seconds>(now - then).count());
}

Outcome id(Call& call) {
  call.reply.integer(static_cast<long long>(call.client.id));
  return Outcome::kReplied;
}

Outcome info(Call& call) {
  call.reply.verbatim(describe(call.client, std::chrono::steady_clock::now()));
  return Outcome::kReplied;
}

Outcome list(Call& call) {
  const Request& words = call.words;
  std::optional<ClientType> type;
  std::set<std::uint64_t> ids;
  const bool by_id = words.size() > 3 && same_word(words[2], "id");
  if (by_id) {
    for (std::size_t i = 3; i < words.size(); ++i) {
      const auto id = parse_integer(words[i]);
      if (!id || *id < 0) return refuse(call, "ERR Invalid client ID");
      ids.insert(static_cast<std::uint64_t>(*id));
    }
  } else if (words.size() == 4 && same_word(words[2], "type")) {
    type = parse_client_type(words[3]);
    if (!type) {
      return refuse(call, "ERR Unknown client type '" + std::string(excerpt(words[3])) + "'");
    }
  } else if (words.size() != 2) {
    return refuse(call, kSyntaxError);
  }

  std::string text;
  const auto now = std::chrono::steady_clock::now();
  for (const Client* client : call.host.clients()) {
    if (by_id && !ids.contains(client->id)) continue;
    if (type && type_of(*client) != *type) continue;
    text += describe(*client, now);
  }
  call.reply.verbatim(text);
  return Outcome::kReplied;
}

Outcome get_name(Call& call) {
  if (call.client.name.empty()) {
    call.reply.null();
  } else {
    call.reply.bulk(call.client.name);
  }
  return Outcome::kReplied;
}

Outcome set_name_command(Call& call) {
  if (const auto error = set_name(call.client, call.words[2])) return refuse(call, *error);
  return ok(call);
}

Outcome set_info(Call& call) {
  const std::string_view attribute = call.words[2];
  const bool is_name = same_word(attribute, "lib-name");
  if (!is_name && !same_word(attribute, "lib-ver")) {
    return refuse(call, "ERR Unrecognized option '" + std::string(excerpt(attribute)) + "'");
  }
  const std::string_view value = call.words[3];
  if (value.size() > kLongestName || !is_plain(value)) {
    return refuse(call, std::string("ERR ") + (is_name ? "lib-name" : "lib-ver") +
                            " cannot contain spaces, newlines or special characters.");
  }
  (is_name ? call.client.lib_name : call.client.lib_version) = value;
  return ok(call);
}

std::optional<bool> parse_on_off(std::string_view word) {
  if (same_word(word, "on")) return true;
  if (same_word(word, "off")) return false;
  return std::nullopt;
}

// The relay evicts no client; the wish is kept for CLIENT LIST.
Outcome no_evict(Call& call) {
  const auto wanted = parse_on_off(call.words[2]);
  if (!wanted) return refuse(call, kSyntaxError);
  call.client.no_evict = *wanted;
  return ok(call);
}

Outcome no_touch(Call& call) {
  return parse_on_off(call.words[2]) ? ok(call) : refuse(call, kSyntaxError);
}

Outcome reply_mode(Call& call) {
  if (same_word(call.words[2], "on")) return ok(call);
  return refuse(call, "ERR psync-relay answers every command: CLIENT REPLY knows only ON");
}

Outcome tracking_info(Call& call) {
  call.reply.map(3);
  call.reply.bulk("flags");
  call.reply.array(1);
  call.reply.bulk("off");
  call.reply.bulk("redirect");
  call.reply.integer(-1);
  call.reply.bulk("prefixes");
  call.reply.array(0);
  return Outcome::kReplied;
}

Outcome get_redirection(Call& call) {
  call.reply.integer(-1);
  return Outcome::kReplied;
}

Outcome unblock(Call& call) {
  if (!parse_integer(call.words[2])) return refuse(call, kNotAnInteger);
  call.reply.integer(0);  // no command blocks here
  return Outcome::kReplied;
}

Outcome no_tracking(Call& call) {
  return refuse(call, "ERR psync-relay holds no data that could be tracked");
}

Outcome no_pause(Call& call) {
  return refuse(call, "ERR CLIENT PAUSE is not supported by psync-relay: pause the master");
}

constexpr CommandSpec kSubcommands[] = {
    {"caching", 3, no_tracking, 0, "connection", "6.0.0", "Refused: there is no data"},
    {"getname", 2, get_name, 0, "connection", "2.6.9", "Return the connection's name"},
    {"getredir", 2, get_redirection, 0, "connection", "6.0.0", "Return -1: nothing is tracked"},
    {"id", 2, id, 0, "connection", "5.0.0", "Return the connection's id"},
    {"info", 2, info, 0, "connection", "6.2.0", "Describe the connection"},
    {"kill", -3, client_kill, 0, "connection", "2.4.0", "End connections"},
    {"list", -2, list, 0, "connection", "2.4.0", "Describe the connections"},
    {"no-evict", 3, no_evict, 0, "connection", "7.0.0", "Accepted: no client is evicted"},
    {"no-touch", 3, no_touch, 0, "connection", "7.2.0", "Accepted: there are no keys"},
    {"pause", -3, no_pause, 0, "connection", "3.0.0", "Refused: pause the master"},
    {"reply", 3, reply_mode, 0, "connection", "3.2.0", "Only ON"},
    {"setinfo", 4, set_info, 0, "connection", "7.2.0", "Name the client library"},
    {"setname", 3, set_name_command, 0, "connection", "2.6.9", "Name the connection"},
    {"tracking", -3, no_tracking, 0, "connection", "6.0.0", "Refused: there is no data"},
    {"trackinginfo", 2, tracking_info, 0, "connection", "6.2.0", "Say that nothing is tracked"},
    {"unblock", -3, unblock, 0, "connection", "5.0.0", "Return 0: no client is blocked"},
    {"unpause", 2, ok, 0, "connection", "6.2.0", "Accepted: nothing is paused"},
};

constexpr CommandSpec kCommands[] = {
    {"client", -2, nullptr, 0, "connection", "2.4.0", "Commands about connections", kSubcommands},
};

}  // namespace

ClientType type_of(const Client& client) {
  if (client.is_replica) return ClientType::kReplica;
  return client.channels.empty() ? ClientType::kNormal : ClientType::kPubsub;
}

std::optional<ClientType> parse_client_type(std::string_view word) {
  if (same_word(word, "normal")) return ClientType::kNormal;
  if (same_word(word, "slave") || same_word(word, "replica")) return ClientType::kReplica;
  if (same_word(word, "pubsub")) return ClientType::kPubsub;
  if (same_word(word, "master")) return ClientType::kMaster;
  return std::nullopt;
}

std::optional<std::string> set_name(Client& client, std::string_view name) {
  if (!is_plain(name)) {
    return "ERR Client names cannot contain spaces, newlines or special characters.";
  }
  if (name.size() > kLongestName) return "ERR Client name too long";
  client.name = name;
  return std::nullopt;
}

std::string describe(const Client& client, std::chrono::steady_clock::time_point now) {
  std::string flags;
  if (client.is_replica) flags += 'S';
  if (!client.channels.empty()) flags += 'P';
  if (client.in_multi) flags += 'x';
  if (client.no_evict) flags += 'e';
  if (flags.empty()) flags = "N";

  std::string line;
  const auto field = [&line](std::string_view name, const std::string& value) {
    if (!line.empty()) line += ' ';
    line.append(name).append("=").append(value);
  };
  // Fields about buffers that the relay does not have are 0: their readers expect every name.
  field("id", std::to_string(client.id));
  field("addr", client.peer);
  field("laddr", client.local);
  field("fd", "-1");
  field("name", client.name);
  field("age", std::to_string(seconds_since(client.connected, now)));
  field("idle", std::to_string(seconds_since(client.last_command, now)));
  field("flags", flags);
  field("db", "0");
  field("sub", std::to_string(client.channels.size()));
  field("psub", "0");
  field("ssub", "0");
  field("multi", client.in_multi ? std::to_string(client.queued.size()) : "-1");
  field("qbuf", "0");
  field("qbuf-free", "0");
  field("argv-mem", "0");
  field("multi-mem", std::to_string(client.queued_bytes));
  field("rbs", "0");
  field("rbp", "0");
  field("obl", "0");
  field("oll", "0");
  field("omem", "0");
  field("tot-mem", "0");
  field("events", "r");
  field("cmd", client.last_command_name.empty() ? "NULL" : client.last_command_name);
  field("user", "default");
  field("redir", "-1");
  field("resp", std::to_string(client.protocol));
  field("lib-name", client.lib_name);
  field("lib-ver", client.lib_version);
  line += '\n';
  return line;
}

CommandTable client_commands() { return kCommands; }

}  // namespace relay
