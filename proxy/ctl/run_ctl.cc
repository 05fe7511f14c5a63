#include "proxy/ctl/run_ctl.h"

#include "proxy/config/exit_codes.h"
#include "proxy/ctl/ctl_help.h"
#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/fault.h"
#include "proxy/ctl/terminal.h"

#include <csignal>
#include <exception>
#include <unistd.h>
#include <utility>

namespace relay {
namespace {

int run(CtlLine line, Environment environment) {
  if (line.action == CtlLine::Action::kCompletion) {
    write_all(STDOUT_FILENO, ctl_completion());
    return 0;
  }
  if (line.action == CtlLine::Action::kHelp) {
    write_all(STDOUT_FILENO, line.command == nullptr ? ctl_help() : ctl_help(*line.command));
    return 0;
  }
  const CtlCommand& command = *line.command;
  CtlSession session(std::move(line), std::move(environment));
  return command.run(session);
}

}  // namespace

int run_ctl(std::span<const std::string_view> arguments, Environment environment) {
  // `ctl events --follow | head` ends as any other program in a pipe.
  std::signal(SIGPIPE, SIG_DFL);
  auto line = parse_ctl_line(arguments);
  std::string trouble;
  try {
    if (line) return run(std::move(*line), std::move(environment));
    write_all(STDERR_FILENO, line.error().text());
    return status(ExitCode::kUsage);
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  try {
    write_all(STDERR_FILENO, "psync-relay ctl: " + trouble + "\n");
  } catch (const CtlFault&) {
    // Nowhere to say it; the exit status does.
  }
  return status(ExitCode::kFatal);
}

}  // namespace relay
