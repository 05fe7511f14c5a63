// The commands of `psync-relay ctl`, a row each: its name, what it takes, what it says about itself,
// and what runs it. The parser, the help and the completion go over this table.
//
// Threading: a constant.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace relay {

class CtlSession;

// What an option of a command may be given; checked when the command line is read.
enum class CtlValue { kNone, kText, kDuration, kNumber, kEventLevel, kReplicaState };

struct CtlOption {
  std::string_view name = {};  // "--since"
  CtlValue value = CtlValue::kNone;
  std::string_view placeholder = {};  // as the help names its value: "ID"
  std::string_view text = {};
  bool required = false;
};

struct CtlCommand {
  enum class Where { kRead, kAdmin };  // which listener answers it
  enum class Json {
    kNever,      // there is no JSON of it
    kWhenPiped,  // where standard output is no terminal, or with --json
  };

  std::string_view name = {};
  std::vector<std::string_view> operands = {};  // every one must be given: "HOST:PORT"
  std::vector<CtlOption> options = {};
  Where where = Where::kRead;
  Json json = Json::kWhenPiped;
  std::string_view summary = {};      // a line
  std::string_view details = {};      // lines; "" where the summary says it all
  int (*run)(CtlSession&) = nullptr;  // gives the exit status; throws CtlFault
};

const std::vector<CtlCommand>& ctl_commands();
const CtlCommand* find_ctl_command(std::string_view name);

// Those that stand with any command.
std::span<const CtlOption> ctl_options();

}  // namespace relay
