#include "proxy/ctl/ctl_line.h"

#include "common/base/duration.h"
#include "proxy/config/command_line.h"
#include "proxy/config/host_port.h"
#include "proxy/config/nearest_name.h"
#include "proxy/config/value_kinds.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace relay {
namespace {

using namespace std::string_literals;

constexpr std::array<std::string_view, 5> kStates = {"handshake", "queued", "sending_rdb",
                                                     "catching_up", "online"};
constexpr std::array<std::string_view, 3> kEventLevels = {"info", "warn", "error"};
constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};
constexpr std::string_view kCompletion = "--completion";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "" where the text is one of them.
std::string one_of(std::string_view text, std::span<const std::string_view> names) {
  if (std::find(names.begin(), names.end(), text) != names.end()) return "";
  std::string list;
  for (const std::string_view name : names) list.append(list.empty() ? "" : ", ").append(name);
  return in_quotes(text) + " is not one of " + list;
}

std::string complaint_about(CtlValue kind, std::string_view text) {
  switch (kind) {
    case CtlValue::kNone:
    case CtlValue::kText:
      return "";
    case CtlValue::kDuration: {
      const auto duration = parse_duration(text);
      if (!duration) return in_quotes(text) + " is no duration (500ms, 60s, 5m)";
      return *duration > 0s ? "" : in_quotes(text) + " is too short";
    }
    case CtlValue::kNumber:
      return parse_number(text) ? "" : in_quotes(text) + " is no number";
    case CtlValue::kEventLevel:
      return one_of(text, kEventLevels);
    case CtlValue::kReplicaState:
      return one_of(text, kStates);
  }
  return "";
}

const CtlOption* find_in(std::span<const CtlOption> options, std::string_view name) {
  for (const CtlOption& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

class Parser {
 public:
  explicit Parser(std::span<const std::string_view> arguments) : rest_(arguments) {}

  boost::system::result<CtlLine, CtlUsageError> parse() {
    while (!rest_.empty() && error_.empty()) {
      take_one();
      if (line_.action == CtlLine::Action::kCompletion) return std::move(line_);
    }
    // Whoever asks for help gets it, unless what it is asked about is not understood.
    if (error_.empty() && line_.action == CtlLine::Action::kHelp) return std::move(line_);
    if (error_.empty()) check_whole();
    if (error_.empty()) read_relays_own();
    if (!error_.empty()) return CtlUsageError{std::move(error_), command_name()};
    return std::move(line_);
  }

 private:
  void take_one() {
    const std::string_view argument = next();
    // "-" alone is a file's name.
    if (!argument.starts_with('-') || argument == "-") return operand(argument);

    const std::size_t sign = argument.find('=');
    const std::string_view name = argument.substr(0, sign);
    if (name == "--help" || name == "-h") {
      line_.action = CtlLine::Action::kHelp;
      return;
    }
    if (name == kCompletion) {
      line_.action = CtlLine::Action::kCompletion;
      return;
    }
    const CtlOption* option =
        line_.command == nullptr ? nullptr : find_in(line_.command->options, name);
    const bool is_commands_own = option != nullptr;
    if (option == nullptr) option = find_in(ctl_options(), name);
    if (option == nullptr) return unknown(name);

    std::string_view value;
    if (option->value == CtlValue::kNone) {
      if (sign != std::string_view::npos) return fail(std::string(name) + " takes no value");
    } else {
      if (sign != std::string_view::npos) {
        value = argument.substr(sign + 1);
      } else if (!rest_.empty() && !rest_.front().starts_with("--")) {
        value = next();
      }
      if (value.empty()) {
        return fail(std::string(name) + " needs a value: " + std::string(name) + " " +
                    std::string(option->placeholder));
      }
      if (const std::string complaint = complaint_about(option->value, value); !complaint.empty()) {
        return fail(std::string(name) + ": " + complaint);
      }
    }
    if (!is_commands_own) return for_everybody(name, value);
    if (!line_.options.emplace(name, value).second) fail(std::string(name) + " is given twice");
  }

  void for_everybody(std::string_view name, std::string_view value) {
    if (name == "--url") return once(name, line_.url, value);
    if (name == "--socket") return once(name, line_.socket, value);
    if (name == "--token-file") return once(name, line_.token_file, value);
    if (name == "--config" || name == "--data-dir" || name == "--set") {
      relays_own_.push_back(name);
      relays_own_.push_back(value);
    } else if (name == "--timeout") {
      line_.timeout = *parse_duration(value);
    } else {
      const auto form = name == "--json" ? CtlLine::Form::kJson : CtlLine::Form::kHuman;
      if (line_.form != CtlLine::Form::kAuto && line_.form != form) {
        return fail("--json and --human exclude each other");
      }
      line_.form = form;
    }
  }

  void once(std::string_view name, std::optional<std::string>& into, std::string_view value) {
    if (into) return fail(std::string(name) + " is given twice");
    into = std::string(value);
  }

  void operand(std::string_view word) {
    if (line_.command != nullptr) {
      line_.operands.emplace_back(word);
      return;
    }
    if (word == "help") {
      line_.action = CtlLine::Action::kHelp;
      return;
    }
    line_.command = find_ctl_command(word);
    if (line_.command != nullptr) return;
    std::vector<std::string_view> names;
    for (const CtlCommand& command : ctl_commands()) names.push_back(command.name);
    const auto nearest = nearest_name(word, names);
    fail("unknown command " + in_quotes(word) +
         (nearest ? ", did you mean " + std::string(*nearest) + "?" : ""));
  }

  void unknown(std::string_view name) {
    if (name == "--token" || name == "--password" || name == "--header") {
      return fail(std::string(name) +
                  ": everyone can see a command line; put the token into a file and use "
                  "--token-file FILE");
    }
    std::vector<std::string_view> names;
    if (line_.command != nullptr) {
      for (const CtlOption& option : line_.command->options) names.push_back(option.name);
    }
    for (const CtlOption& option : ctl_options()) names.push_back(option.name);
    const auto nearest = nearest_name(name, names);
    fail("unknown option " + in_quotes(name) +
         (nearest ? ", did you mean " + std::string(*nearest) + "?" : "") + of_another(name));
  }

  // An option that is right, with the wrong command or in front of its own.
  std::string of_another(std::string_view name) const {
    for (const CtlCommand& command : ctl_commands()) {
      if (&command != line_.command && find_in(command.options, name) != nullptr) {
        return " (" + std::string(command.name) + " takes it, behind its name)";
      }
    }
    return "";
  }

  void check_whole() {
    if (line_.command == nullptr) return fail("which command? (status, replicas, events, ...)");
    const CtlCommand& command = *line_.command;
    const std::string name(command.name);
    if (line_.operands.size() < command.operands.size()) {
      return fail(name + " needs " + std::string(command.operands[line_.operands.size()]));
    }
    if (line_.operands.size() > command.operands.size()) {
      return fail(name + ": unexpected argument " +
                  in_quotes(line_.operands[command.operands.size()]));
    }
    for (const CtlOption& option : command.options) {
      if (option.required && !line_.has(option.name)) {
        return fail(name + " needs " + std::string(option.name) + ": " + std::string(option.text));
      }
    }
    if (command.json == CtlCommand::Json::kNever && line_.form == CtlLine::Form::kJson) {
      return fail("there is no JSON of " + name);
    }
    if (line_.url && line_.socket) return fail("--url and --socket exclude each other");
    if (name == "wait" && !line_.has("--ready") && !line_.has("--online") &&
        !line_.has("--offset")) {
      return fail("wait needs to know what for: --ready, --online N, --offset N");
    }
    if (name == "loglevel") {
      const std::string complaint = one_of(line_.operands[0], kLogLevels);
      if (!complaint.empty()) fail(name + ": " + complaint);
    }
    if (name == "follow") check_address(line_.operands[0]);
  }

  void check_address(std::string_view address) {
    const auto parsed = parse_host_port(address);
    const auto port = parsed ? parse_number(parsed->port) : std::nullopt;
    if (!parsed || !parsed->host || !port || *port < 1 || *port > 65535) {
      fail("follow: " + in_quotes(address) + " is not HOST:PORT (redis:6379, [::1]:6379)");
    }
  }

  void read_relays_own() {
    auto parsed = parse_command_line(relays_own_);
    if (!parsed) return fail(parsed.error().message);
    line_.config_file = parsed->config_file;
    line_.settings = parsed->settings;
  }

  std::string_view command_name() const {
    return line_.command == nullptr ? "" : line_.command->name;
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
  std::vector<std::string_view> relays_own_;
  CtlLine line_;
  std::string error_;
};

}  // namespace

std::optional<std::string> CtlLine::text(std::string_view option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Duration> CtlLine::duration(std::string_view option) const {
  const auto given = text(option);
  return given ? parse_duration(*given) : std::nullopt;
}

std::optional<std::uint64_t> CtlLine::number(std::string_view option) const {
  const auto given = text(option);
  return given ? parse_number(*given) : std::nullopt;
}

std::string CtlUsageError::text() const {
  const std::string of = command.empty() ? "" : " " + std::string(command);
  return "psync-relay ctl: " + message + "\nTry 'psync-relay ctl" + of +
         " --help' for what it takes.\n";
}

boost::system::result<CtlLine, CtlUsageError> parse_ctl_line(
    std::span<const std::string_view> arguments) {
  return Parser(arguments).parse();
}

}  // namespace relay
