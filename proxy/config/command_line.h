// psync-relay's command line.
//
//  (1) It is understood whole, or it is one UsageError: one line that says what is wrong, and a
//      hint (exit 2).
//  (2) Flags become settings of keys. What --set says about a key is checked with the rest of the
//      configuration; what a flag of its own says (--listen) is checked here.
//  (3) Secrets are refused: every user of the machine can read a command line. No message repeats
//      the value of one.
//
// Threading: pure functions.
#pragma once

#include "proxy/config/load_config.h"

#include <boost/system/result.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

struct CommandLine {
  enum class Action { kRun, kCheckConfig, kPrintConfig, kVersion, kHelp, kInspect, kCtl };
  Action action = Action::kRun;
  std::optional<std::string> config_file;
  std::vector<FlagSetting> settings;
  std::string inspected;              // kInspect: the directory
  bool as_json = false;               // kInspect: for programs
  std::vector<std::string_view> ctl;  // kCtl: what stands behind it
};

struct UsageError {
  std::string message;
  std::string text() const;  // two lines, for standard error
};

// `arguments` are those behind the program's name.
boost::system::result<CommandLine, UsageError> parse_command_line(
    std::span<const std::string_view> arguments);

// What load_config() is asked with, at the start and at each reload.
ConfigSources config_sources(const CommandLine& command_line, Environment environment);

std::string help_text();
std::string version_text();  // "psync-relay 0.1.0"

}  // namespace relay
