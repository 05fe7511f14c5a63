#include "proxy/ctl/terminal.h"

#include "proxy/ctl/fault.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace relay {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";  // other screen, no cursor
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearRest = "\x1b[J";
constexpr std::string_view kClearLine = "\x1b[K";

// What cannot be said on a terminal that has gone away is not missed.
void write_if_possible(int fd, std::string_view text) {
  try {
    write_all(fd, text);
  } catch (const CtlFault&) {
    return;
  }
}

}  // namespace

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

ScreenSize screen_size(int fd) {
  winsize size{};
  ScreenSize found;
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0) {
    if (size.ws_row > 0) found.rows = size.ws_row;
    if (size.ws_col > 0) found.columns = size.ws_col;
  }
  return found;
}

Style style_for(int fd, const Environment& environment) {
  Style style;
  if (!is_terminal(fd)) return style;
  style.columns = screen_size(fd).columns;
  const auto value = [&](std::string_view name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  style.colour = value("NO_COLOR").empty() && value("TERM") != "dumb";
  return style;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {  // whoever shares the terminal with us may have asked for this
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    throw CtlFault(std::string("cannot write the answer: ") + std::strerror(errno));
  }
}

ProgressLine::ProgressLine() : is_terminal_(is_terminal(STDERR_FILENO)) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(std::string_view text) {
  if (!is_terminal_) return;
  // A line that wraps could not be drawn over.
  const std::size_t columns = screen_size(STDERR_FILENO).columns;
  const std::string line = clipped(text, columns > 1 ? columns - 1 : 1);
  write_if_possible(STDERR_FILENO, "\r" + line + std::string(kClearLine));
  is_dirty_ = true;
}

void ProgressLine::clear() {
  if (!is_dirty_) return;
  write_if_possible(STDERR_FILENO, "\r" + std::string(kClearLine));
  is_dirty_ = false;
}

FullScreen::FullScreen(int input, int output) : input_(input), output_(output) {
  if (::tcgetattr(input_, &before_) != 0) {
    throw CtlFault(std::string("cannot use the terminal: ") + std::strerror(errno));
  }
  flags_before_ = ::fcntl(input_, F_GETFL);
  enter();
}

FullScreen::~FullScreen() { leave(); }

void FullScreen::enter() {
  if (is_entered_) return;
  termios raw = before_;
  // Keys one by one and unseen. Ctrl-C and Ctrl-Z stay signals.
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(input_, TCSANOW, &raw);
  if (flags_within_ >= 0) ::fcntl(input_, F_SETFL, flags_within_);
  write_if_possible(output_, kEnter);
  is_entered_ = true;
}

void FullScreen::leave() {
  if (!is_entered_) return;
  write_if_possible(output_, kLeave);
  // What was typed and not read is dropped: a second "q" must not become a command of the shell's.
  ::tcsetattr(input_, TCSAFLUSH, &before_);
  // Waiting for keys has made the descriptor non-blocking, and the shell shares it.
  flags_within_ = ::fcntl(input_, F_GETFL);
  if (flags_before_ >= 0) ::fcntl(input_, F_SETFL, flags_before_);
  is_entered_ = false;
}

void FullScreen::draw(const std::vector<std::string>& lines) const {
  const ScreenSize room = size();
  std::string text(kHome);
  for (std::size_t i = 0; i < std::min<std::size_t>(lines.size(), room.rows); ++i) {
    if (i > 0) text += "\r\n";
    text += clipped(lines[i], room.columns);
    text += kClearLine;
  }
  text += kClearRest;
  write_all(output_, text);
}

}  // namespace relay
