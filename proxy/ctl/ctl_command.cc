#include "proxy/ctl/ctl_command.h"

#include "proxy/ctl/admin_commands.h"
#include "proxy/ctl/read_commands.h"
#include "proxy/ctl/wait_commands.h"

#include <array>

namespace relay {
namespace {

using Where = CtlCommand::Where;
using Json = CtlCommand::Json;

std::vector<CtlCommand> reading() {
  return {
      {.name = "status",
       .summary = "the whole picture: master, log, snapshot, disk, replicas, warnings",
       .details = "Replicas in most trouble come first: those that are not online, then by lag.",
       .run = show_status},
      {.name = "replicas",
       .options = {{"--state", CtlValue::kReplicaState, "STATE",
                    "only those in it: handshake, queued, sending_rdb, catching_up, online"}},
       .summary = "the connected replicas, by id",
       .run = show_replicas},
      {.name = "replica",
       .operands = {"ID"},
       .summary = "one replica, by its id (r17) or its name (10.0.0.7:6379)",
       .details = "An id is a connection's: a replica that connects again has another.",
       .run = show_replica},
      {.name = "events",
       .options = {{"--follow", CtlValue::kNone, "", "go on with what happens, until interrupted"},
                   {"--since", CtlValue::kNumber, "ID", "only those behind this id"},
                   {"--level", CtlValue::kEventLevel, "LEVEL",
                    "only these and worse: info, warn, error"},
                   {"--limit", CtlValue::kNumber, "N", "only the last so many"}},
       .summary = "the last 1000 changes of state, with their reasons",
       .details =
           "--follow begins with the last ten (--limit), or behind --since; its JSON is one event "
           "on a\n"
           "line. A relay that goes away is waited for; events that were missed are said on\n"
           "standard error.",
       .run = show_events},
      {.name = "top",
       .options = {{"--interval", CtlValue::kDuration, "D", "how often it is drawn anew: 2s"}},
       .json = Json::kNever,
       .summary = "the picture on the whole terminal, drawn anew every two seconds",
       .details = "q, Escape or Ctrl-C ends it; the space bar draws it at once. Needs a terminal.",
       .run = run_top},
      {.name = "log",
       .summary = "the replication log: what it holds, its files, its histories",
       .run = show_log},
      {.name = "snapshots",
       .summary = "the snapshot that is held, and the one that is arriving",
       .run = show_snapshots},
      {.name = "config",
       .summary = "the configuration in effect, and where each key comes from",
       .run = show_config},
      {.name = "version",
       .summary = "which build of the relay runs there",
       .details = "`psync-relay --version` is this program's own.",
       .run = show_version},
      {.name = "ready",
       .json = Json::kNever,
       .summary = "whether replicas should be sent there: exits with 0 or 1",
       .details = "For a container's HEALTHCHECK and for scripts; a line for each check says why.",
       .run = show_ready},
      {.name = "wait",
       .options = {{"--ready", CtlValue::kNone, "", "until it is ready for replicas"},
                   {"--online", CtlValue::kNumber, "N", "until so many replicas are online"},
                   {"--offset", CtlValue::kNumber, "N", "until its log reaches this offset"},
                   {"--timeout", CtlValue::kDuration, "D", "how long at most: 60s"}},
       .summary = "wait for all that is asked for; exits with 1 when the time is up",
       .details =
           "A relay that does not answer yet is waited for as well. When the time is up, it\n"
           "says what is still missing. --json prints the status that was waited for.",
       .run = wait_for_conditions},
  };
}

std::vector<CtlCommand> steering() {
  return {
      {.name = "snapshot",
       .options = {{"--wait", CtlValue::kNone, "", "until it is whole; exits with 1 if it fails"},
                   {"--timeout", CtlValue::kDuration, "D", "how long to wait at most: 1h"}},
       .where = Where::kAdmin,
       .summary = "fetch a fresh snapshot beside the stream",
       .details = "The master makes one, for which it forks. With --wait, one that is on its way\n"
                  "already is waited for.",
       .run = start_snapshot},
      {.name = "reload",
       .where = Where::kAdmin,
       .summary = "read the configuration and the password files again",
       .details = "The whole is taken, or nothing of it and every mistake is said.",
       .run = reload_config},
      {.name = "check-config",
       .operands = {"FILE"},
       .where = Where::kAdmin,
       .summary = "what would be wrong with this file there, and what it would change",
       .details = "It is checked by the running relay, with that one's environment and options;\n"
                  "\"-\" is standard input. `psync-relay --check-config` asks no relay.",
       .run = check_config},
      {.name = "drain",
       .options = {{"--timeout", CtlValue::kDuration, "D",
                    "when the last replicas are closed: shutdown-timeout"},
                   {"--wait", CtlValue::kNone, "", "until no replica is left"}},
       .where = Where::kAdmin,
       .summary = "send the replicas away, and no longer be ready",
       .details =
           "Full syncs that run are finished, replicas that have everything are closed, and\n"
           "after the timeout all others. The link to the master stays.",
       .run = drain},
      {.name = "undrain", .where = Where::kAdmin, .summary = "take replicas again", .run = undrain},
      {.name = "follow",
       .operands = {"HOST:PORT"},
       .where = Where::kAdmin,
       .summary = "follow another master, as REPLICAOF",
       .details = "What is held is kept: a master of the same history is continued. It is\n"
                  "remembered over a restart until the configured upstream itself changes.",
       .run = follow_master},
      {.name = "reconnect",
       .where = Where::kAdmin,
       .summary = "close the link to the master and connect again at once",
       .run = reconnect},
      {.name = "resync",
       .options = {{"--full", CtlValue::kNone, "", "everything, as if nothing were held", true},
                   {"--yes", CtlValue::kNone, "", "it is meant: the master makes a snapshot",
                    true}},
       .where = Where::kAdmin,
       .summary = "ask the master for everything anew",
       .details = "For when what is held is not trusted. It is served until the new snapshot is\n"
                  "whole; then replicas that cannot continue get a full sync.",
       .run = resync},
      {.name = "disconnect",
       .operands = {"ID|NAME"},
       .where = Where::kAdmin,
       .summary = "close a replica's connection; it comes again by itself",
       .run = disconnect_replica},
      {.name = "loglevel",
       .operands = {"LEVEL"},
       .where = Where::kAdmin,
       .summary = "which lines its log shows: debug, info, warn, error",
       .details = "Until the next reload or restart.",
       .run = set_relay_log_level},
      {.name = "shutdown",
       .options = {{"--wait", CtlValue::kNone, "", "until it answers no more"}},
       .where = Where::kAdmin,
       .summary = "stop the relay, as SIGTERM does",
       .run = shut_down},
      {.name = "rdb",
       .operands = {"FILE"},
       .options = {{"--resume", CtlValue::kNone, "", "go on where a download broke off"}},
       .where = Where::kAdmin,
       .summary = "download the newest snapshot: a backup without a fork of the master",
       .details =
           "It arrives in FILE.partial and is renamed when its size and its checksum are\n"
           "right. With --resume and no FILE.partial it begins at the beginning; so it does\n"
           "where the relay has another snapshot by now.",
       .run = download_rdb},
  };
}

constexpr std::array<CtlOption, 10> kEverywhere = {{
    {"--url", CtlValue::kText, "URL", "where the relay's HTTP is: http://127.0.0.1:8479"},
    {"--socket", CtlValue::kText, "PATH", "its admin socket instead"},
    {"--token-file", CtlValue::kText, "FILE", "a file with the token of the admin listener on TCP"},
    {"--config", CtlValue::kText, "FILE", "the relay's configuration, to find it by"},
    {"--data-dir", CtlValue::kText, "DIR", "its data directory, where the admin socket is"},
    {"--set", CtlValue::kText, "KEY=VALUE", "one key of its configuration"},
    {"--timeout", CtlValue::kDuration, "D", "how long each step of a request may take: 5s"},
    {"--json", CtlValue::kNone, "", "print the answer as the API gave it"},
    {"--human", CtlValue::kNone, "", "print text, where JSON would be printed"},
    {"--help", CtlValue::kNone, "", "print this, or what a command takes, and exit"},
}};

}  // namespace

const std::vector<CtlCommand>& ctl_commands() {
  static const std::vector<CtlCommand> all = [] {
    std::vector<CtlCommand> commands = reading();
    for (const CtlCommand& command : steering()) commands.push_back(command);
    return commands;
  }();
  return all;
}

const CtlCommand* find_ctl_command(std::string_view name) {
  for (const CtlCommand& command : ctl_commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::span<const CtlOption> ctl_options() { return kEverywhere; }

}  // namespace relay
