// `psync-relay ctl` as an operator runs it beside a relay: by the relay's own configuration, with
// what it prints in two files.
//
// Threading: the test's main thread.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/relay_process.h"
#include "tests/support/temp_dir.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {

struct CtlOutcome {
  ExitStatus status;
  std::string out;
  std::string err;
};

class CtlProcess {
 public:
  explicit CtlProcess(const std::vector<std::string>& argv);

  ChildProcess& process() { return *process_; }
  std::string out() const;
  std::string err() const;
  CtlOutcome wait();  // for its end

 private:
  TempDir dir_;
  std::unique_ptr<ChildProcess> process_;
};

// The command line that finds this relay.
std::vector<std::string> ctl_for(const RelayProcess& relay,
                                 const std::vector<std::string>& arguments);
CtlOutcome ctl(const RelayProcess& relay, const std::vector<std::string>& arguments);
// Without any relay.
CtlOutcome ctl(const std::vector<std::string>& arguments);

}  // namespace relay::test
