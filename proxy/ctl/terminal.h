// The operator's terminal: whether there is one, how large it is, a line of progress, the whole
// screen.
//
//  (1) A line of progress and the whole screen exist only where there is a terminal, and leave it
//      as it was: also when an exception passes.
//  (2) Colour needs a terminal that is not "dumb", and no NO_COLOR.
//
// Threading: one thread.
#pragma once

#include "proxy/config/setting.h"
#include "proxy/ctl/text_table.h"

#include <string>
#include <string_view>
#include <termios.h>
#include <vector>

namespace relay {

bool is_terminal(int fd);

struct ScreenSize {
  unsigned rows = 24;
  unsigned columns = 80;
};
ScreenSize screen_size(int fd);

// Of what is written to this descriptor.
Style style_for(int fd, const Environment& environment);

// All of it, whatever the descriptor takes at once. Throws CtlFault.
void write_all(int fd, std::string_view text);

// One line on standard error that is drawn over and over; nothing where that is no terminal.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  bool is_shown() const { return is_terminal_; }
  void show(std::string_view text);
  void clear();

 private:
  const bool is_terminal_;
  bool is_dirty_ = false;
};

// While it lives the terminal shows what draw() is given, and passes each key on at once.
class FullScreen {
 public:
  FullScreen(int input, int output);
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  ScreenSize size() const { return screen_size(output_); }
  // As much of the lines as there is room for.
  void draw(const std::vector<std::string>& lines) const;

  // Between these two the terminal is as it was before: for being stopped by Ctrl-Z.
  void leave();
  void enter();

 private:
  // Fixed after construction.
  const int input_;
  const int output_;
  termios before_{};
  int flags_before_ = -1;

  int flags_within_ = -1;  // when it was left last
  bool is_entered_ = false;
};

}  // namespace relay
