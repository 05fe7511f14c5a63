#include "proxy/config/command_line.h"

#include "proxy/config/config_keys.h"
#include "proxy/config/host_port.h"
#include "proxy/config/nearest_name.h"

#include <algorithm>
#include <array>

namespace relay {
namespace {

using Action = CommandLine::Action;

constexpr std::array<std::string_view, 14> kOptions = {
    "--config", "--upstream",     "--listen",  "--http", "--data-dir",  "--set",  "--check-config",
    "--check",  "--print-config", "--version", "--help", "--replicaof", "--port", "--dir"};

bool takes_value(std::string_view option) {
  constexpr std::array<std::string_view, 9> kWithValue = {"--config", "--upstream", "--listen",
                                                          "--http",   "--data-dir", "--set",
                                                          "--port",   "--dir",      "--replicaof"};
  return std::find(kWithValue.begin(), kWithValue.end(), option) != kWithValue.end();
}

class Parser {
 public:
  explicit Parser(std::span<const std::string_view> arguments) : rest_(arguments) {}

  boost::system::result<CommandLine, UsageError> parse() {
    if (!rest_.empty() && rest_.front() == "inspect") return inspect();
    if (!rest_.empty() && rest_.front() == "ctl") return ctl();
    while (!rest_.empty() && error_.empty()) {
      take_one();
      // Whoever asks for help gets it, whatever else stands there.
      if (result_.action == Action::kHelp || result_.action == Action::kVersion)
        return std::move(result_);
    }
    if (!error_.empty()) return UsageError{std::move(error_)};
    return std::move(result_);
  }

 private:
  // Understood by proxy/ctl, which has a command line of its own.
  boost::system::result<CommandLine, UsageError> ctl() {
    result_.action = Action::kCtl;
    result_.ctl.assign(rest_.begin() + 1, rest_.end());
    return std::move(result_);
  }

  boost::system::result<CommandLine, UsageError> inspect() {
    result_.action = Action::kInspect;
    std::vector<std::string_view> directories;
    for (next(); !rest_.empty();) {
      const std::string_view argument = next();
      if (argument == "--help" || argument == "-h") {
        result_.action = Action::kHelp;
        return std::move(result_);
      }
      if (argument == "--json") {
        result_.as_json = true;
      } else if (argument.starts_with('-')) {
        return UsageError{"inspect has no option " + shown(argument) + ", only --json"};
      } else {
        directories.push_back(argument);
      }
    }
    if (directories.size() != 1) {
      return UsageError{"inspect needs one data directory: psync-relay inspect [--json] DIR"};
    }
    result_.inspected = std::string(directories.front());
    while (result_.inspected.size() > 1 && result_.inspected.ends_with('/')) {
      result_.inspected.pop_back();
    }
    return std::move(result_);
  }

  void take_one() {
    const std::string_view argument = next();
    if (!argument.starts_with('-')) {
      const std::string hint = argument.ends_with(".yaml") || argument.ends_with(".yml")
                                   ? " (a configuration file is given with --config)"
                                   : "";
      return fail("unexpected argument " + in_quotes(argument) + hint);
    }
    const std::size_t sign = argument.find('=');
    const std::string_view option = argument.substr(0, sign);
    const bool has_value = sign != std::string_view::npos;

    if (std::find(kOptions.begin(), kOptions.end(), option) == kOptions.end()) {
      if (option == "-h") return flag(Action::kHelp);
      if (option == "-v" || option == "-V") return flag(Action::kVersion);
      return unknown(option);
    }
    if (!takes_value(option)) {
      if (has_value) return fail(std::string(option) + " takes no value");
      if (option == "--help") return flag(Action::kHelp);
      if (option == "--version") return flag(Action::kVersion);
      return flag(option == "--print-config" ? Action::kPrintConfig : Action::kCheckConfig);
    }

    std::string_view value;
    if (has_value) {
      value = argument.substr(sign + 1);
    } else if (!rest_.empty() && !rest_.front().starts_with("--")) {
      value = next();
    }
    if (value.empty()) return fail(std::string(option) + " needs a value");
    with_value(option, value);
  }

  void flag(Action action) {
    // Printing checks as well, so it wins over checking.
    if (result_.action == Action::kPrintConfig && action == Action::kCheckConfig) return;
    result_.action = action;
  }

  void with_value(std::string_view option, std::string_view value) {
    if (option == "--config") {
      if (result_.config_file) return fail("--config is given twice");
      result_.config_file = std::string(value);
    } else if (option == "--set") {
      set_key(value);
    } else if (option == "--upstream") {
      upstream(value);
    } else if (option == "--replicaof") {
      replica_of(value);
    } else if (option == "--listen") {
      address(option, value, "listen.address", "listen.port");
    } else if (option == "--http") {
      address(option, value, "http.address", "http.port");
    } else if (option == "--port") {
      add(option, "listen.port", value);
    } else {
      add(option, "data-dir", value);
    }
  }

  void set_key(std::string_view setting) {
    const std::size_t sign = setting.find('=');
    if (sign == std::string_view::npos || sign == 0) {
      // Not repeated: it may be a password with its key forgotten.
      return fail("--set needs key.path=value");
    }
    const std::string path(setting.substr(0, sign));
    const ConfigKey* key = find_key(path);
    if (key == nullptr) {
      const auto nearest = nearest_key(path);
      key = nearest ? nearest->key : nullptr;
      if (key == nullptr || !key->secret) key = nullptr;
    }
    if (key != nullptr && key->secret) {
      return fail("--set " + shown(path) +
                  ": everyone can see a command line; put the secret into a file and use --set " +
                  std::string(key->path) + "-file=FILE");
    }
    result_.settings.push_back({"--set", path, std::string(setting.substr(sign + 1))});
  }

  void upstream(std::string_view value) {
    const auto parsed = parse_host_port(value);
    if (!parsed || !parsed->host) {
      return fail("--upstream: " + in_quotes(value) +
                  " is not HOST:PORT (redis:6379, 10.0.0.1:6379, [::1]:6379)");
    }
    add("--upstream", "upstream.host", *parsed->host);
    add("--upstream", "upstream.port", parsed->port);
  }

  // As redis-server takes it: two arguments, or one with a blank between.
  void replica_of(std::string_view value) {
    std::string_view host = value;
    std::string_view port;
    if (const std::size_t blank = value.find(' '); blank != std::string_view::npos) {
      host = value.substr(0, blank);
      port = value.substr(blank + 1);
    } else if (!rest_.empty() && !rest_.front().starts_with("--")) {
      port = next();
    }
    if (port.empty()) return fail("--replicaof needs HOST PORT");
    add("--replicaof", "upstream.host", host);
    add("--replicaof", "upstream.port", port);
  }

  void address(std::string_view option, std::string_view value, std::string_view address_key,
               std::string_view port_key) {
    const auto parsed = parse_host_port(value);
    if (!parsed) {
      return fail(std::string(option) + ": " + in_quotes(value) +
                  " is not [ADDR:]PORT (6479, 0.0.0.0:6479, [::]:6479)");
    }
    if (parsed->host) add(option, address_key, *parsed->host);
    add(option, port_key, parsed->port);
  }

  void add(std::string_view option, std::string_view path, std::string_view value) {
    if (!error_.empty()) return;
    Config scratch;
    if (const Complaint complaint = find_key(path)->parse(value, scratch)) {
      return fail(std::string(option) + ": " + *complaint);
    }
    for (const FlagSetting& earlier : result_.settings) {
      if (find_key(earlier.path) != find_key(path)) continue;
      return fail(earlier.flag == option
                      ? std::string(option) + " is given twice"
                      : std::string(option) + " and " + earlier.flag + " set the same");
    }
    result_.settings.push_back({std::string(option), std::string(path), std::string(value)});
  }

  void unknown(std::string_view option) {
    const std::string_view name =
        option.substr(std::min(option.find_first_not_of('-'), option.size()));
    if (const ConfigKey* key = find_key(name); key != nullptr && key->secret) {
      return fail(shown(option) +
                  ": everyone can see a command line; put the secret into a file and use --set " +
                  std::string(key->path) + "-file=FILE");
    }
    if (const ConfigKey* key = find_key(name)) {
      return fail("unknown option " + shown(option) + ", use --set " + std::string(key->path) +
                  "=VALUE");
    }
    const auto nearest = nearest_name(option, kOptions);
    fail("unknown option " + shown(option) +
         (nearest ? ", did you mean " + std::string(*nearest) + "?" : ""));
  }

  // A name in a message, without quotes.
  static std::string shown(std::string_view name) {
    const std::string quotes = in_quotes(name);
    return quotes.substr(1, quotes.size() - 2);
  }

  std::string_view next() {
    const std::string_view argument = rest_.front();
    rest_ = rest_.subspan(1);
    return argument;
  }

  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }

  std::span<const std::string_view> rest_;
  CommandLine result_;
  std::string error_;
};

}  // namespace

std::string UsageError::text() const {
  return "psync-relay: " + message + "\nTry 'psync-relay --help' for what it takes.\n";
}

boost::system::result<CommandLine, UsageError> parse_command_line(
    std::span<const std::string_view> arguments) {
  return Parser(arguments).parse();
}

ConfigSources config_sources(const CommandLine& command_line, Environment environment) {
  return {command_line.config_file, std::move(environment), command_line.settings};
}

std::string version_text() { return "psync-relay " RELAY_VERSION; }

std::string help_text() {
  return R"(psync-relay: one link to a Redis or Valkey master, any number of replicas behind it.

Usage: psync-relay [OPTION]...
       psync-relay ctl COMMAND
       psync-relay inspect [--json] DIR

With no option it follows 127.0.0.1:6379, serves replicas on 127.0.0.1:6479 and HTTP on
127.0.0.1:8479, and keeps its log in ./psync-relay-data.

Where to connect, listen and store
  --upstream HOST:PORT     the master (or another relay) to follow; IPv6 as [::1]:6379
  --listen [ADDR:]PORT     where replicas and clients connect; 0.0.0.0 and [::] are all addresses
  --http [ADDR:]PORT       where metrics and health checks are served
  --data-dir DIR           the log and the snapshots; made if it is not there

Configuration
  --config FILE            a YAML file; config.example.yaml explains every key
  --set KEY=VALUE          one key of it, by its path: --set log.max-size=10gb, and so on;
                           a password only by its file: --set upstream.password-file=FILE
  --check-config           say what is wrong with the configuration, or nothing, and exit
  --print-config           print the configuration in effect and where each key comes from, and exit

  An option wins over the environment, the environment over the file, the file over the default.
  In the environment log.max-size is PSYNC_RELAY_LOG__MAX_SIZE.

Spelled as in Redis
  --replicaof HOST PORT    as --upstream HOST:PORT
  --port PORT              as --listen PORT
  --dir DIR                as --data-dir DIR
  --check                  as --check-config

A relay that runs
  ctl COMMAND              look at it and steer it: status, replicas, events, top, wait, drain,
                           reload and others; psync-relay ctl --help

Looking at a data directory
  inspect [--json] DIR     read and verify all that is in it, and say what a start would do with it;
                           changes nothing. 0: sound, 1: there is damage, 74: it cannot be read

  With --json it prints one JSON object, whose keys stay as they are:
    damaged                whether there is any
    generations            a list, the newest first: name, used, damaged, fault, incomplete,
                           history {id, start, own_id, former [{id, until}]},
                           log {begin, end, boundary, segments [{begin, end, file_bytes}]},
                           log_damaged, incidents, lost_bytes,
                           snapshots [{name, offset, bytes, fault, checksum}]
    set_aside              what earlier starts have set aside, relative to DIR
    start                  what a start would do: fault, uses, asks, changes
  What there is none of is null. Offsets are bytes of the replication stream.

Others
  --version                print the version and exit
  --help                   print this and exit

Signals
  HUP          read the configuration again; what needs a restart is said
  TERM, INT    stop: replicas get what is there, the log is synced; a second one stops at once
  QUIT         stop at once; as safe as a crash, which loses nothing
  USR1, USR2   log a line of status; turn debug lines on and off

Exit status
  0   stopped as asked, or the configuration is right
  1   it could not go on
  2   the command line is wrong
  74  the data directory cannot be read or written
  75  the data directory is in use by another process
  78  the configuration is wrong

Example
  psync-relay --upstream redis-0:6379 --listen 0.0.0.0:6479 --data-dir /var/lib/psync-relay
)";
}

}  // namespace relay
