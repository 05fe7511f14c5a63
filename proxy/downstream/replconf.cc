#include "proxy/downstream/replconf.h"

#include <algorithm>
#include <optional>
#include <string>

namespace relay {
namespace {

constexpr std::size_t kLongestLine = 255;  // CRLF included
constexpr std::size_t kLongestAddress = 255;
constexpr std::size_t kLongestVersion = 64;

// What may be repeated in INFO, where a line break or a comma would forge a field.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != ','; });
}

void set_capability(ReplicaIntroduction& introduction, std::string_view name) {
  if (same_word(name, "eof")) introduction.capa_eof = true;
  if (same_word(name, "psync2")) introduction.capa_psync2 = true;
  if (same_word(name, "psync-relay")) introduction.is_relay = true;
}

// Returns what to answer if it may not be.
std::optional<std::string> set_option(ReplicaIntroduction& introduction, std::string_view option,
                                      std::string_view value) {
  if (same_word(option, "listening-port")) {
    const auto port = parse_integer(value);
    if (!port || *port < 0 || *port > 65535) return std::string(kNotAnInteger);
    introduction.listening_port = static_cast<std::uint16_t>(*port);
  } else if (same_word(option, "ip-address")) {
    if (value.size() > kLongestAddress) {
      return "ERR REPLCONF ip-address provided by replica instance is too long: " +
             std::to_string(value.size()) + " bytes";
    }
    if (!is_plain(value)) return "ERR REPLCONF ip-address contains invalid characters";
    introduction.ip_address = value;
  } else if (same_word(option, "capa")) {
    set_capability(introduction, value);
  } else if (same_word(option, "version")) {
    if (value.size() > kLongestVersion || !is_plain(value))
      return "ERR Unrecognized version format";
    introduction.version = value;
  } else if (same_word(option, "rdb-only")) {
    const auto wanted = parse_integer(value);
    if (!wanted) return std::string(kNotAnInteger);
    if (*wanted != 0 && *wanted != 1) {
      return "ERR value is out of range, value must between 0 and 1";
    }
    introduction.rdb_only = *wanted == 1;
  } else if (same_word(option, "rdb-filter-only")) {
    return "ERR Unsupported rdb-filter-only option: " + std::string(excerpt(value));
  } else if (same_word(option, "rdb-no-compress") || same_word(option, "main-ch-client-id") ||
             same_word(option, "set-cluster-node-id")) {
    // Known, and nothing follows from them for a relay. `rdb-channel` is not among them: whoever
    // asks for one expects the snapshot alone on this connection, under another framing.
  } else {
    return "ERR Unrecognized REPLCONF option: " + std::string(excerpt(option));
  }
  return std::nullopt;
}

std::string chain_line(const CommandHost& host) {
  std::string line = "OK psync-relay";
  for (const std::string& id : host.relay_chain()) {
    if (line.size() + 1 + id.size() + std::string_view("+\r\n").size() > kLongestLine) break;
    line += " " + id;
  }
  return line;
}

bool is_ack(const Request& words) {
  return words.size() > 1 && (same_word(words[1], "ack") || same_word(words[1], "getack"));
}

Outcome replconf(Call& call) {
  const Request& words = call.words;
  if (is_ack(words)) return Outcome::kSilent;
  if (words.size() % 2 == 0) return refuse(call, kSyntaxError);

  bool asks_for_chain = false;
  for (std::size_t i = 1; i < words.size(); i += 2) {
    if (const auto error = set_option(call.client.introduction, words[i], words[i + 1])) {
      return refuse(call, *error);
    }
    asks_for_chain |= same_word(words[i], "capa") && same_word(words[i + 1], "psync-relay");
  }
  call.reply.simple(asks_for_chain ? chain_line(call.host) : "OK");
  return Outcome::kReplied;
}

constexpr CommandSpec kCommands[] = {
    // Never queued: an ACK has no reply, and a reply to each command is what EXEC promises.
    {"replconf", -1, replconf, kNeverQueued, "server", "3.0.0", "Introduce a replica"},
};

}  // namespace

CommandTable replconf_commands() { return kCommands; }

}  // namespace relay
