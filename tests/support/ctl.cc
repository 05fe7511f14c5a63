#include "tests/support/ctl.h"

#include "tests/support/text_file.h"

namespace relay::test {

CtlProcess::CtlProcess(const std::vector<std::string>& argv) {
  Program program;
  program.argv = {"sh", "-c", "exec \"$@\" 2>" + (dir_ / "err").string(), "sh"};
  program.argv.insert(program.argv.end(), argv.begin(), argv.end());
  program.output = dir_ / "out";
  program.directory = dir_.path();
  process_ = std::make_unique<ChildProcess>(program);
}

std::string CtlProcess::out() const { return read_text(dir_ / "out"); }
std::string CtlProcess::err() const { return read_text(dir_ / "err"); }

CtlOutcome CtlProcess::wait() {
  const ExitStatus status = process_->wait();
  return {status, out(), err()};
}

std::vector<std::string> ctl_for(const RelayProcess& relay,
                                 const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {relay_binary(), "ctl",
                                   "--set",        "http.port=" + std::to_string(relay.http_port()),
                                   "--data-dir",   relay.data_dir().string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

CtlOutcome ctl(const RelayProcess& relay, const std::vector<std::string>& arguments) {
  return CtlProcess(ctl_for(relay, arguments)).wait();
}

CtlOutcome ctl(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {relay_binary(), "ctl"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return CtlProcess(argv).wait();
}

}  // namespace relay::test
