// psync-relay's entry: arguments and configuration, the relay, signals, exit codes.
#include "common/base/logging.h"
#include "common/io/directory_lock.h"
#include "common/io/passed_sockets.h"
#include "common/io/posix_file.h"
#include "proxy/config/command_line.h"
#include "proxy/config/config_environment.h"
#include "proxy/config/config_reader.h"
#include "proxy/config/exit_codes.h"
#include "proxy/config/print_config.h"
#include "proxy/ctl/run_ctl.h"
#include "proxy/history/inspection.h"
#include "proxy/history/inspection_json.h"
#include "proxy/relay.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace relay {
namespace {

// Of sockets that we may be passed; the first is also that of one without a name.
constexpr std::array<std::string_view, 4> kSocketNames = {"replica", "replica-tls", "http",
                                                          "admin"};

void warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) log_warn("config.warning", {{"text", warning}});
}

[[noreturn]] void leave(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

int run(const ConfigReader& reader, const ConfigReading& read) {
  const LoadedConfig& loaded = *read.load;
  set_log_level(loaded.config.logging.level);
  set_log_format(loaded.config.logging.format);
  warn(loaded.warnings);
  auto sockets = PassedSockets::of_environment(kSocketNames);
  if (!sockets) {
    // A restart does not mend it either.
    log_error("relay.cannot_start", {{"reason", sockets.error()}});
    return status(ExitCode::kBadConfig);
  }
  PosixFileSystem disk;
  Relay relay(loaded.config, disk);
  relay.listen_on(std::move(*sockets));
  const std::string fault = relay.open();
  if (!fault.empty()) {
    log_error("relay.cannot_start", {{"reason", fault}});
    return relay.exit_code();
  }
  relay.read_config_with(reader, read);
  relay.handle_signals();
  // Either way at once. Everything that was to be stored is, and what is left (a thread in a disk
  // that does not answer) must not hold us. After a failure tasks are left too, which the parts
  // cannot be destroyed under.
  try {
    leave(relay.run());
  } catch (const std::exception& error) {
    log_error("relay.failed", {{"reason", error.what()}});
    leave(status(ExitCode::kFatal));
  }
}

int inspect_directory(const std::string& directory, bool as_json) {
  PosixFileSystem disk(PosixFileSystem::Access::kReadOnly);
  if (DirectoryLock::is_taken(directory)) {
    std::cerr << "note: a relay runs on this directory (" << DirectoryLock::holder(directory)
              << "); what it is writing at this moment may look torn\n";
  }
  const auto found = inspect(disk, directory);
  if (!found) {
    std::cerr << "psync-relay: " << directory << ": " << found.error().message() << "\n";
    return status(ExitCode::kDataDirIo);
  }
  std::cout << (as_json ? to_json(*found) + "\n" : describe(*found));
  return found->is_damaged() ? 1 : 0;
}

int start(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  const auto parsed = parse_command_line(arguments);
  if (!parsed) {
    std::cerr << parsed.error().text() << "\n";
    return status(ExitCode::kUsage);
  }
  if (parsed->action == CommandLine::Action::kHelp) {
    std::cout << help_text();
    return 0;
  }
  if (parsed->action == CommandLine::Action::kVersion) {
    std::cout << version_text() << "\n";
    return 0;
  }
  if (parsed->action == CommandLine::Action::kCtl) {
    return run_ctl(parsed->ctl, environment_of(environ));
  }
  if (parsed->action == CommandLine::Action::kInspect) {
    return inspect_directory(parsed->inspected, parsed->as_json);
  }
  const ConfigReader reader(config_sources(*parsed, environment_of(environ)));
  const ConfigReading read = reader.read();
  const ConfigLoad& loaded = read.load;
  if (!loaded) {
    std::cerr << describe(loaded.error());
    return status(ExitCode::kBadConfig);
  }
  if (parsed->action == CommandLine::Action::kRun) return run(reader, read);
  for (const std::string& warning : loaded->warnings) std::cerr << "warning: " << warning << "\n";
  if (parsed->action == CommandLine::Action::kPrintConfig) {
    std::cout << print_config(loaded->config, loaded->sources);
  } else {
    std::cout << "the configuration is good\n";
  }
  return 0;
}

}  // namespace
}  // namespace relay

int main(int argc, char** argv) {
  // A closed pipe (standard error among them) is an error of that write, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return relay::start(argc, argv);
  } catch (const std::exception& error) {
    relay::log_error("relay.failed", {{"reason", error.what()}});
    return relay::status(relay::ExitCode::kFatal);
  }
}
