#include "proxy/downstream/authentication.h"

#include "common/base/secret.h"
#include "proxy/downstream/client_command.h"
#include "proxy/downstream/transaction.h"

#include <optional>

namespace relay {
namespace {

constexpr std::string_view kWrongPassword =
    "WRONGPASS invalid username-password pair or user is disabled.";

bool admits(Call& call, std::string_view user, std::string_view password) {
  const std::string& wanted = call.host.config().listen.password;
  const bool right_password = wanted.empty() || equals_secret(wanted, password);
  const bool right = user == "default" && right_password;
  if (right) call.client.authenticated = true;
  return right;
}

Outcome auth(Call& call) {
  const Request& words = call.words;
  if (words.size() > 3) return refuse(call, kSyntaxError);
  if (words.size() == 2 && call.host.config().listen.password.empty()) {
    return refuse(
        call,
        "ERR AUTH <password> called without any password configured for the default user. "
        "Are you sure your configuration is correct?");
  }
  const bool with_user = words.size() == 3;
  if (!admits(call, with_user ? words[1] : "default", words.back())) {
    return refuse(call, kWrongPassword);
  }
  return ok(call);
}

void write_hello(Call& call) {
  ReplyWriter& reply = call.reply;
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(call.host.config().emulated_version);
  reply.bulk("proto");
  reply.integer(call.client.protocol);
  reply.bulk("id");
  reply.integer(static_cast<long long>(call.client.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("replica");
  reply.bulk("modules");
  reply.array(0);
}

struct HelloOptions {
  std::optional<std::string_view> user, password, name;
};

// Null where an option is unknown or incomplete; `at` is then its place.
std::optional<HelloOptions> parse_hello(const Request& words, std::size_t& at) {
  HelloOptions options;
  for (at = 2; at < words.size(); ++at) {
    const std::size_t following = words.size() - at - 1;
    if (same_word(words[at], "auth") && following >= 2) {
      options.user = words[++at];
      options.password = words[++at];
    } else if (same_word(words[at], "setname") && following >= 1) {
      options.name = words[++at];
    } else {
      return std::nullopt;
    }
  }
  return options;
}

Outcome hello(Call& call) {
  const Request& words = call.words;
  int protocol = call.client.protocol;
  if (words.size() > 1) {
    const auto asked = parse_integer(words[1]);
    if (!asked) return refuse(call, "ERR Protocol version is not an integer or out of range");
    if (*asked != 2 && *asked != 3) return refuse(call, "NOPROTO unsupported protocol version");
    protocol = static_cast<int>(*asked);
  }
  std::size_t at = 0;
  const auto options = parse_hello(words, at);
  if (!options) {
    return refuse(call,
                  "ERR Syntax error in HELLO option '" + std::string(excerpt(words[at])) + "'");
  }
  if (options->user && !admits(call, *options->user, *options->password)) {
    return refuse(call, kWrongPassword);
  }
  if (!is_authenticated(call.host, call.client)) {
    return refuse(
        call,
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the "
        "HELLO AUTH <user> <pass> option can be used to authenticate the client and select "
        "the RESP protocol version at the same time");
  }
  if (options->name) {
    if (const auto error = set_name(call.client, *options->name)) return refuse(call, *error);
  }
  call.client.protocol = protocol;
  call.reply.set_protocol(protocol);
  write_hello(call);
  return Outcome::kReplied;
}

Outcome reset(Call& call) {
  Client& client = call.client;
  discard_transaction(client);
  client.channels.clear();
  client.name.clear();
  client.no_evict = false;
  client.introduction = {};
  client.authenticated = call.host.config().listen.password.empty();
  client.protocol = 2;
  call.reply.set_protocol(2);
  call.reply.simple("RESET");
  return Outcome::kReplied;
}

constexpr CommandSpec kCommands[] = {
    {"auth", -2, auth, kBeforeAuth, "connection", "1.0.0", "Authenticate to the relay"},
    {"hello", -1, hello, kBeforeAuth | kNotInMulti, "connection", "6.0.0",
     "Handshake: protocol version, authentication, name"},
    {"reset", 1, reset, kBeforeAuth | kWhileSubscribed | kNeverQueued, "connection", "6.2.0",
     "Reset the connection"},
};

}  // namespace

CommandTable authentication_commands() { return kCommands; }

bool is_authenticated(const CommandHost& host, const Client& client) {
  return client.authenticated || host.config().listen.password.empty();
}

}  // namespace relay
