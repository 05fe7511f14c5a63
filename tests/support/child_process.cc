#include "tests/support/child_process.h"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace relay::test {

namespace {

constexpr int kCouldNotStart = 127;

std::vector<std::string> merged_environment(const Program& program) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : program.environment) {
      replaced = replaced || text.starts_with(name + "=");
    }
    if (!replaced) result.push_back(text);
  }
  for (const auto& [name, value] : program.environment) result.push_back(name + "=" + value);
  return result;
}

constexpr std::string_view kListenPid = "LISTEN_PID=";

// The process's own number, written where room was left for it: nothing may be allocated after a
// fork.
void write_own_pid(const std::vector<char*>& environment) {
  for (char* entry : environment) {
    if (entry == nullptr || !std::string_view(entry).starts_with(kListenPid)) continue;
    char* const digits = entry + kListenPid.size();
    *std::to_chars(digits, digits + std::strlen(digits), ::getpid()).ptr = '\0';
  }
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

ChildProcess::ChildProcess(const Program& program) {
  // Everything that allocates is done before the fork: other threads of the test may hold the
  // allocator's lock at that moment.
  auto argv_texts = program.argv;
  auto environment_texts = merged_environment(program);
  if (!program.listening.empty()) {
    environment_texts.push_back(std::string(kListenPid) + "4294967295");
    environment_texts.push_back("LISTEN_FDS=" + std::to_string(program.listening.size()));
  }
  const auto argv = pointers_to(argv_texts);
  const auto environment = pointers_to(environment_texts);
  const std::string mount_options =
      program.filesystem ? "size=" + std::to_string(program.filesystem->bytes) : "";
  const int output =
      ::open(program.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) {
    throw std::system_error(errno, std::generic_category(), program.output.string());
  }
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(kCouldNotStart);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (program.network >= 0 && ::setns(program.network, CLONE_NEWNET) != 0) {
      ::_exit(kCouldNotStart);
    }
    // First out of the way of each other; none of them is that high yet.
    const int passed = static_cast<int>(program.listening.size());
    for (int i = 0; i < passed; ++i)
      ::dup2(program.listening[static_cast<std::size_t>(i)], 500 + i);
    for (int i = 0; i < passed; ++i) ::dup2(500 + i, 3 + i);
    ::close_range(static_cast<unsigned>(3 + passed), ~0U, 0);
    write_own_pid(environment);
    if (!program.directory.empty() && ::chdir(program.directory.c_str()) != 0) {
      ::_exit(kCouldNotStart);
    }
    if (program.filesystem) {
      if (::unshare(CLONE_NEWNS) != 0 ||
          ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", program.filesystem->path.c_str(), "tmpfs", 0, mount_options.c_str()) !=
              0) {
        ::_exit(kCouldNotStart);
      }
    }
    ::execvpe(argv[0], argv.data(), environment.data());
    ::_exit(kCouldNotStart);
  }
  ::close(output);
}

ChildProcess::~ChildProcess() { kill(); }

bool ChildProcess::is_running() { return !ended_ && !reap(WNOHANG); }

bool ChildProcess::reap(int flags) {
  int status = 0;
  if (::waitpid(pid_, &status, flags) != pid_) return false;
  ended_ =
      WIFSIGNALED(status) ? ExitStatus{-1, WTERMSIG(status)} : ExitStatus{WEXITSTATUS(status), 0};
  return true;
}

void ChildProcess::send_signal(int signal) {
  if (is_running()) ::kill(pid_, signal);
}

void ChildProcess::kill() {
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  reap(0);
}

ExitStatus ChildProcess::wait(std::chrono::milliseconds timeout) {
  wait_until([this] { return !is_running(); }, timeout,
             [this] { return "the end of process " + std::to_string(pid_); });
  return *ended_;
}

std::uint64_t ChildProcess::memory_field(const std::string& name) const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) * 1024;
  }
  return 0;
}

ExitStatus run(const Program& program, std::chrono::milliseconds timeout) {
  ChildProcess process(program);
  return process.wait(timeout);
}

}  // namespace relay::test
