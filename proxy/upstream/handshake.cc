#include "proxy/upstream/handshake.h"

#include "common/resp/reply_writer.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>
#include <variant>

namespace relay {
namespace {

namespace asio = boost::asio;
using Kind = HandshakeError::Kind;

constexpr std::string_view kRelayCapa = "psync-relay";

struct Option {
  std::string name;  // for the log
  std::string command;
};

// What a master wrote, fit for one line of a log.
std::string printable(std::string_view line) {
  std::string text(line);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c == 0x7f; }, '?');
  return text;
}

// "-ERR unknown command 'AUTH', with args beginning with: 'the password'", possibly cut in the
// middle of it.
std::string without_secret(std::string_view line, const std::string& secret) {
  std::string text(line.substr(0, line.find(", with args")));
  if (secret.empty()) return text;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
    at += 3;
  }
  return text;
}

std::string explain(std::string_view step, std::string_view line) {
  if (line.empty()) return std::string(step) + " was answered with an empty line";
  return std::string(step) + " was answered with: " + printable(line);
}

// Masters that want a password refuse PING before AUTH; one whose rights do not cover PING may
// still let us replicate.
bool is_alive(std::string_view line) {
  static constexpr std::array<std::string_view, 4> kAlive = {"+", "-NOAUTH", "-NOPERM",
                                                             "-ERR operation not permitted"};
  return std::any_of(kAlive.begin(), kAlive.end(),
                     [&](std::string_view prefix) { return line.starts_with(prefix); });
}

asio::awaitable<std::string> ask(Peer& master, std::string command) {
  co_await master.send(std::move(command));
  co_return co_await master.read_line(Patience::kReply);
}

asio::awaitable<void> ping(Peer& master, const Introduction& me) {
  std::string command = to_command({me.words.ping});
  const std::string line = co_await ask(master, std::move(command));
  if (is_alive(line)) co_return;
  throw HandshakeError(line.starts_with('-') ? Kind::kRefused : Kind::kProtocol,
                       explain("PING", line));
}

std::string auth_command(const Introduction& me) {
  if (me.username.empty()) return to_command({me.words.auth, me.password});
  return to_command({me.words.auth, me.username, me.password});
}

std::vector<Option> options_of(const Introduction& me) {
  const std::string& replconf = me.words.replconf;
  const std::string port = std::to_string(me.listening_port);
  std::vector<Option> options;
  options.push_back({"listening-port", to_command({replconf, "listening-port", port})});
  if (!me.ip_address.empty()) {
    options.push_back({"ip-address", to_command({replconf, "ip-address", me.ip_address})});
  }
  // A master ignores a capa that it does not know. To announce any of the newer ones would change
  // the protocol.
  options.push_back(
      {"capa", to_command({replconf, "capa", "eof", "capa", "psync2", "capa", kRelayCapa})});
  if (!me.version.empty()) {
    options.push_back({"version", to_command({replconf, "version", me.version})});
  }
  if (me.rdb_only) options.push_back({"rdb-only", to_command({replconf, "rdb-only", "1"})});
  return options;
}

// A relay answers our capa with "+OK psync-relay <its own id> <the id of its upstream> ...".
std::vector<std::string> relay_chain_of(const std::string& line) {
  std::istringstream words(line);
  std::string ok, name, id;
  words >> ok >> name;
  std::vector<std::string> chain;
  if (ok != "+OK" || name != kRelayCapa) return chain;
  while (words >> id) chain.push_back(id);
  return chain;
}

void refuse_a_loop(const std::vector<std::string>& chain, const ReplId& run_id) {
  const std::string ours = relay_id(run_id);
  if (chain.empty() || std::find(chain.begin(), chain.end(), ours) == chain.end()) return;
  throw LoopError(chain.front() == ours
                      ? "the upstream is this relay itself (" + ours + ")"
                      : "the upstream follows this relay (" + ours + "): that would be a loop");
}

// All in one go; each has its reply, read before anything else is said.
asio::awaitable<void> describe(Peer& master, const Introduction& me, Greeting& greeting) {
  const std::vector<Option> options = options_of(me);
  std::string commands;
  for (const Option& option : options) commands += option.command;
  co_await master.send(std::move(commands));
  for (const Option& option : options) {
    const std::string line = co_await master.read_line(Patience::kReply);
    const bool taken = !line.starts_with('-');
    if (!taken) greeting.refusals.push_back(option.name + ": " + printable(line));
    if (option.name == "capa") greeting.relay_chain = relay_chain_of(line);
    if (option.name == "rdb-only") greeting.rdb_only = taken;
  }
  refuse_a_loop(greeting.relay_chain, me.run_id);
}

asio::awaitable<PsyncReply> ask_for_stream(Peer& master, const Introduction& me,
                                           const ResumePoint& from) {
  const std::string id = from.id_word();
  const std::string offset = from.offset_word();
  std::string command = to_command({me.words.psync, id, offset});
  co_await master.send(std::move(command));
  std::string line;
  while (line.empty()) line = co_await master.read_line(Patience::kSilence);
  PsyncReply reply = parse_psync_reply(line);
  if (std::holds_alternative<PsyncMalformed>(reply)) {
    throw HandshakeError(Kind::kProtocol, explain("PSYNC", line));
  }
  co_return reply;
}

}  // namespace

const char* name_of(HandshakeError::Kind kind) {
  switch (kind) {
    case Kind::kRefused:
      return "refused";
    case Kind::kAuth:
      return "auth";
    case Kind::kProtocol:
      return "protocol";
    case Kind::kLoop:
      return "loop";
  }
  return "unknown";
}

asio::awaitable<void> authenticate(Peer& master, const Introduction& me) {
  if (me.username.empty() && me.password.empty()) co_return;
  std::string command = auth_command(me);
  const std::string line = co_await ask(master, std::move(command));
  if (line == "+OK") co_return;
  throw HandshakeError(line.starts_with('-') ? Kind::kAuth : Kind::kProtocol,
                       explain("AUTH", without_secret(line, me.password)));
}

asio::awaitable<Greeting> greet(Peer& master, const Introduction& me, ResumePoint from) {
  Greeting greeting;
  co_await ping(master, me);
  co_await authenticate(master, me);
  co_await describe(master, me, greeting);
  greeting.reply = co_await ask_for_stream(master, me, from);
  co_return greeting;
}

asio::awaitable<void> send_sync(Peer& master, const Introduction& me) {
  std::string command = to_command({me.words.sync});
  co_await master.send(std::move(command));
}

}  // namespace relay
