// What psync-relay's exit status tells its supervisor. Part of the interface: a unit file names 78
// in RestartPreventExitStatus, since a restart does not mend a configuration. 74, 75 and 78 are
// those of sysexits.h.
#pragma once

namespace relay {

enum class ExitCode : int {
  kClean = 0,
  kFatal = 1,           // a failure at run time that the relay cannot go on after
  kUsage = 2,           // the command line cannot be understood
  kDataDirIo = 74,      // the data directory cannot be made, read or written
  kDataDirLocked = 75,  // another process holds it
  kBadConfig = 78,      // the configuration is wrong; every error was said
};

constexpr int status(ExitCode code) { return static_cast<int>(code); }

}  // namespace relay
