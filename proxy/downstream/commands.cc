#include "proxy/downstream/commands.h"

#include "proxy/downstream/authentication.h"
#include "proxy/downstream/client_command.h"
#include "proxy/downstream/command_docs.h"
#include "proxy/downstream/config_get.h"
#include "proxy/downstream/connection_commands.h"
#include "proxy/downstream/data_commands.h"
#include "proxy/downstream/info.h"
#include "proxy/downstream/monitoring.h"
#include "proxy/downstream/psync_request.h"
#include "proxy/downstream/pubsub.h"
#include "proxy/downstream/refused_commands.h"
#include "proxy/downstream/replconf.h"
#include "proxy/downstream/replicaof.h"
#include "proxy/downstream/role.h"
#include "proxy/downstream/transaction.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

namespace relay {
namespace {

constexpr std::size_t kMaxWords = 1024;  // COMMAND INFO with every name there is has about 400

bool name_less(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) <
           std::tolower(static_cast<unsigned char>(y));
  });
}

std::vector<const CommandSpec*> join_tables() {
  std::vector<const CommandSpec*> all;
  for (const CommandTable table :
       {authentication_commands(), client_commands(), command_docs_commands(), config_commands(),
        connection_commands(), info_commands(), monitoring_commands(), psync_commands(),
        pubsub_commands(), refused_commands(), replconf_commands(), replicaof_commands(),
        role_commands(), transaction_commands()}) {
    for (const CommandSpec& spec : table) all.push_back(&spec);
  }
  std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->name < b->name; });
  return all;
}

// What was found of a request: `container` only where `spec` is a subcommand, or where there is no
// such subcommand.
struct Found {
  const CommandSpec* spec = nullptr;
  const CommandSpec* container = nullptr;
  bool help = false;
};

Found find(const Request& request) {
  Found found;
  found.spec = find_command(request[0]);
  if (!found.spec || found.spec->subcommands.empty() || request.size() < 2) return found;
  found.container = found.spec;
  found.spec = find_subcommand(*found.container, request[1]);
  found.help = !found.spec && request.size() == 2 && same_word(request[1], "help");
  return found;
}

std::string full_name(const Found& found) {
  if (!found.container) return std::string(found.spec->name);
  return std::string(found.container->name) + "|" +
         std::string(found.spec ? found.spec->name : "help");
}

bool arity_fits(int arity, std::size_t words) {
  return arity >= 0 ? words == static_cast<std::size_t>(arity)
                    : words >= static_cast<std::size_t>(-arity);
}

std::string unknown_command(const Request& request) {
  std::string text =
      "ERR unknown command '" + std::string(excerpt(request[0])) + "', with args beginning with: ";
  const std::size_t args_begin = text.size();
  for (std::size_t i = 1; i < request.size() && text.size() - args_begin < 128; ++i) {
    const std::size_t room = 128 - (text.size() - args_begin);
    text += "'" + std::string(request[i].substr(0, room)) + "' ";
  }
  return text;
}

std::string unknown(const Request& request) {
  switch (data_command(request[0])) {
    case DataCommand::kWrite:
      return "READONLY You can't write against a read only replica.";
    case DataCommand::kRead:
      return "ERR psync-relay holds no data: " + std::string(excerpt(request[0])) +
             " must be asked of the master or of a replica";
    case DataCommand::kNone:
      break;
  }
  return unknown_command(request);
}

// Why this client may not say this now, or nothing.
std::optional<std::string> objection(const CommandHost& host, const Client& client,
                                     const Request& request, const Found& found) {
  const unsigned flags = found.spec ? found.spec->flags : 0;
  if (!(flags & kBeforeAuth) && !is_authenticated(host, client))
    return "NOAUTH Authentication required.";
  if (!found.spec && !found.container) return unknown(request);
  if (!found.spec && !found.help) {
    std::string container(found.container->name);
    std::transform(container.begin(), container.end(), container.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return "ERR unknown subcommand '" + std::string(excerpt(request[1])) + "'. Try " + container +
           " HELP.";
  }
  if (!found.help && !arity_fits(found.spec->arity, request.size())) {
    return "ERR wrong number of arguments for '" + full_name(found) + "' command";
  }
  if (request.size() > kMaxWords) return "ERR too many arguments";
  if (client.protocol == 2 && !client.channels.empty() && !(flags & kWhileSubscribed)) {
    return "ERR Can't execute '" + full_name(found) +
           "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
           "context";
  }
  if (client.in_multi && (flags & kNotInMulti))
    return "ERR Command not allowed inside a transaction";
  return std::nullopt;
}

}  // namespace

std::span<const CommandSpec* const> all_commands() {
  static const std::vector<const CommandSpec*> all = join_tables();
  return all;
}

const CommandSpec* find_command(std::string_view name) {
  const auto all = all_commands();
  const auto at = std::lower_bound(
      all.begin(), all.end(), name,
      [](const CommandSpec* spec, std::string_view n) { return name_less(spec->name, n); });
  return at != all.end() && same_word((*at)->name, name) ? *at : nullptr;
}

const CommandSpec* find_subcommand(const CommandSpec& container, std::string_view name) {
  for (const CommandSpec& spec : container.subcommands) {
    if (same_word(spec.name, name)) return &spec;
  }
  return nullptr;
}

Outcome execute(CommandHost& host, Client& client, const Request& request, ReplyWriter& reply) {
  Call call{host, client, request, reply};
  const Found found = find(request);

  ++client.commands;
  client.last_command = Clock::now();
  client.last_command_name = found.spec || found.help ? full_name(found) : "NULL";

  if (const auto error = objection(host, client, request, found)) {
    if (client.in_multi) client.multi_failed = true;
    return refuse(call, *error);
  }
  if (client.in_multi && (found.help || !(found.spec->flags & kNeverQueued)))
    return queue_command(call);
  return run_command(call);
}

Outcome run_command(Call& call) {
  const Found found = find(call.words);
  return found.help ? answer_help(call, *found.container) : found.spec->handler(call);
}

}  // namespace relay
