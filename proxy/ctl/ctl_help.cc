#include "proxy/ctl/ctl_help.h"

#include <algorithm>

namespace relay {
namespace {

// Two columns, the first so wide.
std::string entry(const std::string& what, std::string_view text, std::size_t width) {
  std::string line = "  " + what;
  line.resize(std::max(line.size() + 1, width + 4), ' ');
  return line.append(text) + "\n";
}

std::string synopsis(const CtlOption& option) {
  std::string text(option.name);
  if (!option.placeholder.empty()) text += " " + std::string(option.placeholder);
  return text;
}

std::string synopsis(const CtlCommand& command) {
  std::string text(command.name);
  for (const std::string_view operand : command.operands) text += " " + std::string(operand);
  for (const CtlOption& option : command.options) {
    text += option.required ? " " + synopsis(option) : " [" + synopsis(option) + "]";
  }
  return text;
}

// Names and operands alone: with the options it would not be a table.
std::string title(const CtlCommand& command) {
  std::string text(command.name);
  for (const std::string_view operand : command.operands) text += " " + std::string(operand);
  return text;
}

std::string commands_at(CtlCommand::Where where) {
  std::string text;
  for (const CtlCommand& command : ctl_commands()) {
    if (command.where == where) text += entry(title(command), command.summary, 18);
  }
  return text;
}

std::string options_text(std::span<const CtlOption> options) {
  std::string text;
  for (const CtlOption& option : options) text += entry(synopsis(option), option.text, 18);
  return text;
}

std::string words(std::span<const CtlOption> options) {
  std::string text;
  for (const CtlOption& option : options)
    text += (text.empty() ? "" : " ") + std::string(option.name);
  return text;
}

}  // namespace

std::string ctl_help() {
  return "psync-relay ctl: looks at a running relay, and steers it.\n"
         "\n"
         "Usage: psync-relay ctl [OPTION]... COMMAND [ARGUMENT]...\n"
         "       psync-relay ctl COMMAND --help\n"
         "\n"
         "Looking (the read-only listener)\n" +
         commands_at(CtlCommand::Where::kRead) +
         "\n"
         "Steering (the admin listener)\n" +
         commands_at(CtlCommand::Where::kAdmin) +
         "\n"
         "Options\n" +
         options_text(ctl_options()) +
         "\n"
         "Where it connects\n"
         "  looking   --url or --socket, else PSYNC_RELAY_URL, else http.address and http.port of "
         "the\n"
         "            relay's configuration (--config, --set, environment), else\n"
         "            http://127.0.0.1:8479\n"
         "  steering  --socket or --url, else admin.socket of that configuration (admin.sock in "
         "the\n"
         "            data directory, ./psync-relay-data by default), else admin.address and\n"
         "            admin.port with the token in admin.token-file\n"
         "\n"
         "What it prints\n"
         "  On a terminal text, with colours unless NO_COLOR is set. Otherwise JSON, as the API "
         "gave "
         "it;\n"
         "  --human and --json choose. Progress and complaints go to standard error.\n"
         "\n"
         "Exit status\n"
         "  0   done, or it is so\n"
         "  1   the relay said no, it is not so, or nobody answers\n"
         "  2   the command line is wrong\n"
         "\n"
         "Completion for bash: source <(psync-relay ctl --completion)\n";
}

std::string ctl_help(const CtlCommand& command) {
  std::string text = "Usage: psync-relay ctl [OPTION]... " + synopsis(command) + "\n\n";
  std::string summary(command.summary);
  if (summary.front() >= 'a' && summary.front() <= 'z') {
    summary.front() = static_cast<char>(summary.front() - 'a' + 'A');
  }
  text += summary + ".\n";
  if (!command.details.empty()) text += std::string(command.details) + "\n";
  if (!command.options.empty()) text += "\nIts options\n" + options_text(command.options);
  return text + "\nOptions of every command: psync-relay ctl --help\n";
}

std::string ctl_completion() {
  std::string names;
  std::string cases;
  for (const CtlCommand& command : ctl_commands()) {
    names += (names.empty() ? "" : " ") + std::string(command.name);
    if (!command.options.empty()) {
      cases +=
          "    " + std::string(command.name) + ") words+=\" " + words(command.options) + "\" ;;\n";
    }
  }
  return "# bash completion for psync-relay ctl.\n"
         "_psync_relay() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= "
         "word\n"
         "  local commands=\"" +
         names +
         "\"\n"
         "  local words=\"" +
         words(ctl_options()) +
         "\"\n"
         "  if [[ ${COMP_WORDS[1]} != ctl ]]; then\n"
         "    ((COMP_CWORD != 1)) || mapfile -t COMPREPLY < <(compgen -W 'ctl inspect' -- "
         "\"$current\")\n"
         "    return\n"
         "  fi\n"
         "  case $previous in\n"
         "    --socket | --token-file | --config | --data-dir | rdb | check-config)\n"
         "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "      return ;;\n"
         "    --state)\n"
         "      words='handshake queued sending_rdb catching_up online' ;;\n"
         "    --level)\n"
         "      words='info warn error' ;;\n"
         "    loglevel)\n"
         "      words='debug info warn error' ;;\n"
         "    *)\n"
         "      for word in \"${COMP_WORDS[@]:2:COMP_CWORD-2}\"; do\n"
         "        [[ \" $commands \" != *\" $word \"* ]] || command=$word\n"
         "      done\n"
         "      [[ -n $command ]] || words+=\" $commands\" ;;\n"
         "  esac\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -o default -F _psync_relay psync-relay\n";
}

}  // namespace relay
