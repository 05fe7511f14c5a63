// What one command is: its name and shape as COMMAND reports them, the states of a connection in
// which it may be said, and the function that answers. Each family of commands keeps its own table
// of these beside its answers; commands.cc joins them.
//
//  (1) A handler is called only when the number of words fits `arity` and the flags allow the
//      command in the client's state.
//  (2) It writes exactly one reply, unless it returns kSilent, or is a subscription, which answers
//      once per channel. Only kNotInMulti and kNeverQueued commands may do so: EXEC counts its
//      replies.
//  (3) A command with subcommands has no handler of its own; its subcommands count themselves and
//      it in their arity.
//
// Threading: the control executor.
#pragma once

#include "common/resp/reply_writer.h"
#include "common/resp/request_parser.h"
#include "proxy/downstream/command_host.h"

#include <span>
#include <string_view>

namespace relay {

enum class Outcome {
  kReplied,
  kSilent,  // there is nothing to send
  kClose,   // send what was written, then close
  // nothing written: the connection becomes a replica session, and parse_psync() says what it asks
  kPsync,
  kSync,  // the same by SYNC
};

struct Call {
  CommandHost& host;
  Client& client;
  const Request& words;
  ReplyWriter& reply;
};

using Handler = Outcome (*)(Call&);

constexpr unsigned kBeforeAuth = 1;       // allowed before authentication
constexpr unsigned kWhileSubscribed = 2;  // allowed in RESP2 on a connection with subscriptions
constexpr unsigned kNotInMulti = 4;       // refused inside MULTI
constexpr unsigned kNeverQueued = 8;      // inside MULTI, done at once

struct CommandSpec {
  std::string_view name;  // lower case; of a subcommand without its container's
  int arity;              // words, its own name included; negative: at least that many
  Handler handler;
  unsigned flags;
  std::string_view group;
  std::string_view since;
  std::string_view summary;
  std::span<const CommandSpec> subcommands = {};
};

using CommandTable = std::span<const CommandSpec>;

inline Outcome ok(Call& call) {
  call.reply.simple("OK");
  return Outcome::kReplied;
}
inline Outcome refuse(Call& call, std::string_view error) {
  call.reply.error(error);
  return Outcome::kReplied;
}

constexpr std::string_view kSyntaxError = "ERR syntax error";
constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";

// The part of a client's own text that an error may repeat.
inline std::string_view excerpt(std::string_view text) { return text.substr(0, 128); }

}  // namespace relay
