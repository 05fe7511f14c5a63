// The command line of `psync-relay ctl`, understood.
//
//  (1) It is understood whole, or it is one UsageError: a line that says what is wrong, and a hint
//      (exit 2). Values are checked here, so that a command is never half done when a mistake shows.
//  (2) Options may stand before and behind the command. One that the command has itself (--timeout
//      of `wait`) is the command's behind it, and everybody's before it.
//  (3) A token is refused: every user of the machine can read a command line. No message repeats
//      what may be one.
//  (4) --config, --data-dir and --set are the relay's own, and are read by the relay's parser.
//
// Threading: pure functions.
#pragma once

#include "proxy/config/config.h"
#include "proxy/config/load_config.h"
#include "proxy/ctl/ctl_command.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct CtlLine {
  enum class Action { kRun, kHelp, kCompletion };
  enum class Form { kAuto, kJson, kHuman };

  Action action = Action::kRun;
  const CtlCommand* command = nullptr;  // kHelp may have none
  std::vector<std::string> operands;
  std::map<std::string, std::string, std::less<>> options;  // the command's own; "" for a flag

  std::optional<std::string> url;
  std::optional<std::string> socket;
  std::optional<std::string> token_file;
  std::optional<std::string> config_file;
  std::vector<FlagSetting> settings;
  Duration timeout = 5s;
  Form form = Form::kAuto;

  bool has(std::string_view option) const { return options.contains(option); }
  // Of options that were given; their values were checked.
  std::optional<std::string> text(std::string_view option) const;
  std::optional<Duration> duration(std::string_view option) const;
  std::optional<std::uint64_t> number(std::string_view option) const;
};

struct CtlUsageError {
  std::string message;
  std::string_view command;  // whose help is named; "": that of all
  std::string text() const;  // two lines, for standard error
};

// `arguments` are those behind "ctl".
boost::system::result<CtlLine, CtlUsageError> parse_ctl_line(
    std::span<const std::string_view> arguments);

}  // namespace relay
