#include "proxy/downstream/command_docs.h"

#include "proxy/downstream/commands.h"
#include "proxy/downstream/glob.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace relay {
namespace {

std::string full_name(const CommandSpec& spec, const CommandSpec* container) {
  return container ? std::string(container->name) + "|" + std::string(spec.name)
                   : std::string(spec.name);
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

// Name, arity, flags, keys from and to and step, categories, tips, key specifications, subcommands:
// as since Redis 7.
void write_info(ReplyWriter& reply, const CommandSpec& spec, const CommandSpec* container) {
  std::vector<std::string_view> flags = {"loading", "stale"};
  if (spec.flags & kBeforeAuth) flags.emplace_back("no_auth");
  if (spec.flags & kNotInMulti) flags.emplace_back("no_multi");
  reply.array(10);
  reply.bulk(full_name(spec, container));
  reply.integer(spec.arity);
  reply.array(flags.size());
  for (const std::string_view flag : flags) reply.simple(flag);
  for (int key = 0; key < 3; ++key) reply.integer(0);
  reply.array(1);
  reply.simple(spec.group == "connection" ? "@connection" : "@admin");
  reply.array(0);
  reply.array(0);
  reply.array(spec.subcommands.size());
  for (const CommandSpec& subcommand : spec.subcommands) write_info(reply, subcommand, &spec);
}

void write_docs(ReplyWriter& reply, const CommandSpec& spec, const CommandSpec* container) {
  reply.bulk(full_name(spec, container));
  reply.map(spec.subcommands.empty() ? 3 : 4);
  reply.bulk("summary");
  reply.bulk(spec.summary);
  reply.bulk("since");
  reply.bulk(spec.since);
  reply.bulk("group");
  reply.bulk(spec.group);
  if (spec.subcommands.empty()) return;
  reply.bulk("subcommands");
  reply.map(spec.subcommands.size());
  for (const CommandSpec& subcommand : spec.subcommands) write_docs(reply, subcommand, &spec);
}

struct Named {
  const CommandSpec* spec = nullptr;
  const CommandSpec* container = nullptr;
};

// "client" or "client|list".
Named find_named(std::string_view name) {
  const auto bar = name.find('|');
  const CommandSpec* spec = find_command(name.substr(0, bar));
  if (!spec || bar == std::string_view::npos) return {spec, nullptr};
  return {find_subcommand(*spec, name.substr(bar + 1)), spec};
}

Outcome info(Call& call) {
  if (call.words.size() <= 2) {
    call.reply.array(all_commands().size());
    for (const CommandSpec* spec : all_commands()) write_info(call.reply, *spec, nullptr);
    return Outcome::kReplied;
  }
  call.reply.array(call.words.size() - 2);
  for (std::size_t i = 2; i < call.words.size(); ++i) {
    const Named named = find_named(call.words[i]);
    if (named.spec) {
      write_info(call.reply, *named.spec, named.container);
    } else {
      call.reply.null();
    }
  }
  return Outcome::kReplied;
}

Outcome docs(Call& call) {
  std::vector<Named> wanted;
  if (call.words.size() == 2) {
    for (const CommandSpec* spec : all_commands()) wanted.push_back({spec, nullptr});
  }
  for (std::size_t i = 2; i < call.words.size(); ++i) {
    const Named named = find_named(call.words[i]);
    if (named.spec) wanted.push_back(named);
  }
  call.reply.map(wanted.size());
  for (const Named& named : wanted) write_docs(call.reply, *named.spec, named.container);
  return Outcome::kReplied;
}

Outcome count(Call& call) {
  call.reply.integer(static_cast<long long>(all_commands().size()));
  return Outcome::kReplied;
}

Outcome list(Call& call) {
  const Request& words = call.words;
  const bool by_pattern =
      words.size() == 5 && same_word(words[2], "filterby") && same_word(words[3], "pattern");
  if (words.size() != 2 && !by_pattern) return refuse(call, kSyntaxError);
  std::vector<std::string_view> names;
  for (const CommandSpec* spec : all_commands()) {
    if (!by_pattern || matches(words[4], spec->name, true)) names.push_back(spec->name);
  }
  call.reply.array(names.size());
  for (const std::string_view name : names) call.reply.bulk(name);
  return Outcome::kReplied;
}

Outcome no_keys(Call& call) {
  return refuse(call, find_command(call.words[2]) ? "ERR The command has no key arguments"
                                                  : "ERR Invalid command specified");
}

constexpr CommandSpec kSubcommands[] = {
    {"count", 2, count, 0, "server", "2.8.13", "Count the commands"},
    {"docs", -2, docs, 0, "server", "7.0.0", "Document commands"},
    {"getkeys", -3, no_keys, 0, "server", "2.8.13", "Refused: no command has keys"},
    {"info", -2, info, 0, "server", "2.8.13", "Describe commands"},
    {"list", -2, list, 0, "server", "7.0.0", "Name the commands"},
};

constexpr CommandSpec kCommands[] = {
    {"command", -1, info, 0, "server", "2.8.13", "Describe the commands", kSubcommands},
};

}  // namespace

CommandTable command_docs_commands() { return kCommands; }

Outcome answer_help(Call& call, const CommandSpec& container) {
  call.reply.array(3 + 2 * container.subcommands.size());
  call.reply.simple(upper(container.name) +
                    " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const CommandSpec& spec : container.subcommands) {
    call.reply.simple(upper(spec.name));
    call.reply.simple("    " + std::string(spec.summary));
  }
  call.reply.simple("HELP");
  call.reply.simple("    Print this help.");
  return Outcome::kReplied;
}

}  // namespace relay
