// A program on a terminal of its own, and the screen that it draws there.
//
//  (1) The terminal is the program's controlling one: keys such as Ctrl-C and Ctrl-Z are signals, a
//      new size is one too.
//  (2) screen() is what a person would see: cursor moves, clearing, the alternate screen and line
//      wrap are done as a terminal does them. What no program of ours sends is an error.
//  (3) It never outlives the test, as ChildProcess.
//
// Threading: one thread.
#pragma once

#include "tests/support/child_process.h"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <termios.h>
#include <utility>
#include <vector>

namespace relay::test {

class PseudoTerminal {
 public:
  PseudoTerminal(const std::vector<std::string>& argv, unsigned rows, unsigned columns,
                 std::vector<std::pair<std::string, std::string>> environment = {});
  ~PseudoTerminal();
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  void type(std::string_view keys);
  void resize(unsigned rows, unsigned columns);
  void send_signal(int signal) const;
  bool is_stopped();  // by a signal that stops

  // Until the screen holds this, or no longer. Throw TimedOut with the screen.
  void wait_for(std::string_view text);
  void wait_until_gone(std::string_view text);
  ExitStatus wait();  // for the program's end; what it has written by then is read

  std::string screen();                          // its lines, without the blanks at their ends
  const std::string& bytes() { return bytes_; }  // all that was written
  bool is_alternate() const { return is_alternate_; }
  bool is_cursor_shown() const { return is_cursor_shown_; }
  termios settings() const;

 private:
  void read_what_is_there();
  void show(char byte);
  void obey(const std::string& sequence);
  void put(char byte);
  void scroll_if_needed();

  int fd_ = -1;
  pid_t pid_ = -1;
  std::optional<ExitStatus> ended_;
  bool is_stopped_ = false;
  unsigned rows_;
  unsigned columns_;
  std::vector<std::string> lines_;
  std::vector<std::string> main_lines_;  // while the alternate screen is shown
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::string escape_;  // a sequence that is not complete yet
  std::string bytes_;
  bool is_alternate_ = false;
  bool is_cursor_shown_ = true;
};

}  // namespace relay::test
