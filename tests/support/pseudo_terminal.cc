#include "tests/support/pseudo_terminal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <pty.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace relay::test {

namespace {

winsize size_of(unsigned rows, unsigned columns) {
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return size;
}

}  // namespace

PseudoTerminal::PseudoTerminal(const std::vector<std::string>& argv, unsigned rows,
                               unsigned columns,
                               std::vector<std::pair<std::string, std::string>> environment)
    : rows_(rows), columns_(columns), lines_(rows) {
  std::vector<std::string> texts = argv;
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  environment.emplace_back("TERM", "xterm");
  std::vector<std::string> settings;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const bool is_replaced =
        text.starts_with("NO_COLOR=") ||
        std::any_of(environment.begin(), environment.end(),
                    [&](const auto& one) { return text.starts_with(one.first + "="); });
    if (!is_replaced) settings.push_back(text);
  }
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  std::vector<char*> variables;
  for (std::string& setting : settings) variables.push_back(setting.data());
  variables.push_back(nullptr);

  winsize size = size_of(rows, columns);
  pid_ = ::forkpty(&fd_, nullptr, nullptr, &size);
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "forkpty");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvpe(arguments[0], arguments.data(), variables.data());
    ::_exit(127);
  }
}

PseudoTerminal::~PseudoTerminal() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(fd_);
}

void PseudoTerminal::type(std::string_view keys) {
  if (::write(fd_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::system_error(errno, std::generic_category(), "typing");
  }
}

void PseudoTerminal::resize(unsigned rows, unsigned columns) {
  read_what_is_there();
  rows_ = rows;
  columns_ = columns;
  lines_.resize(rows);
  row_ = std::min<std::size_t>(row_, rows - 1);
  const winsize size = size_of(rows, columns);
  ::ioctl(fd_, TIOCSWINSZ, &size);
}

void PseudoTerminal::send_signal(int signal) const { ::kill(pid_, signal); }

bool PseudoTerminal::is_stopped() {
  int status = 0;
  if (!ended_ && ::waitpid(pid_, &status, WNOHANG | WUNTRACED | WCONTINUED) == pid_) {
    if (WIFSTOPPED(status)) is_stopped_ = true;
    if (WIFCONTINUED(status)) is_stopped_ = false;
    if (WIFEXITED(status)) ended_ = ExitStatus{WEXITSTATUS(status), 0};
    if (WIFSIGNALED(status)) ended_ = ExitStatus{-1, WTERMSIG(status)};
  }
  // After that: whoever is told of the stop has all that was written before it.
  read_what_is_there();
  return is_stopped_;
}

void PseudoTerminal::wait_for(std::string_view text) {
  wait_until([&] { return screen().find(text) != std::string::npos; }, kPatience,
             [&] { return "\"" + std::string(text) + "\" on this screen:\n" + screen(); });
}

void PseudoTerminal::wait_until_gone(std::string_view text) {
  wait_until(
      [&] { return screen().find(text) == std::string::npos; }, kPatience,
      [&] { return "the end of \"" + std::string(text) + "\" on this screen:\n" + screen(); });
}

ExitStatus PseudoTerminal::wait() {
  // Reading goes on meanwhile: a program that waits for room on its terminal would not end.
  wait_until([&] { return is_stopped(), ended_.has_value(); }, kPatience,
             [&] { return "the end of the program with this screen:\n" + screen(); });
  read_what_is_there();
  return *ended_;
}

std::string PseudoTerminal::screen() {
  read_what_is_there();
  std::string text;
  for (std::string line : lines_) {
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

termios PseudoTerminal::settings() const {
  termios found{};
  ::tcgetattr(fd_, &found);
  return found;
}

void PseudoTerminal::read_what_is_there() {
  std::array<char, 4096> piece{};
  while (true) {
    pollfd wanted{fd_, POLLIN, 0};
    if (::poll(&wanted, 1, 0) <= 0 || (wanted.revents & POLLIN) == 0) return;
    const ssize_t n = ::read(fd_, piece.data(), piece.size());
    if (n <= 0) return;  // the program has closed its side
    bytes_.append(piece.data(), static_cast<std::size_t>(n));
    for (ssize_t i = 0; i < n; ++i) show(piece[static_cast<std::size_t>(i)]);
  }
}

void PseudoTerminal::show(char byte) {
  if (!escape_.empty()) {
    escape_ += byte;
    // ESC [ parameters, and a letter at the end.
    if (escape_.size() > 2 && byte >= '@' && byte <= '~') obey(std::exchange(escape_, ""));
    return;
  }
  switch (byte) {
    case '\x1b':
      escape_ = byte;
      return;
    case '\r':
      column_ = 0;
      return;
    case '\n':
      ++row_;
      scroll_if_needed();
      return;
    default:
      put(byte);
  }
}

void PseudoTerminal::put(char byte) {
  if (column_ >= columns_) {
    column_ = 0;
    ++row_;
    scroll_if_needed();
  }
  std::string& line = lines_[row_];
  if (line.size() <= column_) line.resize(column_ + 1, ' ');
  line[column_++] = byte;
}

void PseudoTerminal::scroll_if_needed() {
  while (row_ >= rows_) {
    lines_.erase(lines_.begin());
    lines_.emplace_back();
    --row_;
  }
}

void PseudoTerminal::obey(const std::string& sequence) {
  const std::string what = sequence.substr(1);
  if (what.ends_with('m')) return;  // colours are not seen here
  if (what == "[H") {
    row_ = column_ = 0;
  } else if (what == "[K") {
    lines_[row_].resize(std::min(lines_[row_].size(), column_));
  } else if (what == "[J") {
    lines_[row_].resize(std::min(lines_[row_].size(), column_));
    for (std::size_t i = row_ + 1; i < lines_.size(); ++i) lines_[i].clear();
  } else if (what == "[2J") {
    for (std::string& line : lines_) line.clear();
  } else if (what == "[?1049h") {
    main_lines_ = std::exchange(lines_, std::vector<std::string>(rows_));
    is_alternate_ = true;
  } else if (what == "[?1049l") {
    lines_ = main_lines_;
    lines_.resize(rows_);
    is_alternate_ = false;
  } else if (what == "[?25l" || what == "[?25h") {
    is_cursor_shown_ = what.ends_with('h');
  } else {
    throw std::runtime_error("a sequence that no terminal of ours knows: ESC" + what);
  }
}

}  // namespace relay::test
