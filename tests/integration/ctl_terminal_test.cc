// `psync-relay ctl` on a terminal: text and colours, `top`, and a terminal that is left as it was
// found.
#include "tests/support/ctl.h"
#include "tests/support/pseudo_terminal.h"
#include "tests/support/topology.h"

#include <gtest/gtest.h>

#include <csignal>

namespace relay::test {
namespace {

constexpr ExitStatus kDone{0, 0};

#define EXPECT_SAYS(text, words) EXPECT_NE((text).find(words), std::string::npos) << (text)

class CtlTerminal : public ::testing::Test {
 protected:
  CtlTerminal() : master_("master"), relay_({.upstream_port = master_.port()}) {
    relay_.wait_until_streaming();
  }

  std::vector<std::string> top() const { return ctl_for(relay_, {"top", "--interval", "100ms"}); }

  static void expect_restored(PseudoTerminal& terminal) {
    EXPECT_FALSE(terminal.is_alternate());
    EXPECT_TRUE(terminal.is_cursor_shown());
    const auto line_editing = static_cast<tcflag_t>(ICANON | ECHO);
    EXPECT_EQ(terminal.settings().c_lflag & line_editing, line_editing);
  }

  RedisServer master_;
  RelayProcess relay_;
};

TEST_F(CtlTerminal, TextAndColoursAreForATerminal) {
  PseudoTerminal coloured(ctl_for(relay_, {"status"}), 40, 120);
  EXPECT_EQ(coloured.wait(), kDone);
  EXPECT_SAYS(coloured.screen(), ": ready\n");
  EXPECT_SAYS(coloured.bytes(), "\x1b[32mstreaming\x1b[0m");
  PseudoTerminal plain(ctl_for(relay_, {"status"}), 40, 120, {{"NO_COLOR", "1"}});
  EXPECT_EQ(plain.wait(), kDone);
  EXPECT_SAYS(plain.screen(), ": ready\n");
  EXPECT_EQ(plain.bytes().find('\x1b'), std::string::npos);
  PseudoTerminal json(ctl_for(relay_, {"--json", "version"}), 40, 120);
  EXPECT_EQ(json.wait(), kDone);
  EXPECT_SAYS(json.screen(), "{\"version\":");
}

TEST_F(CtlTerminal, TopShowsThePictureAndFollowsIt) {
  PseudoTerminal terminal(top(), 40, 120);
  terminal.wait_for("no replica is connected");
  EXPECT_TRUE(terminal.is_alternate());
  RedisServer replica("replica");
  replica.follow(relay_.port());
  terminal.wait_for("127.0.0.1:" + std::to_string(replica.port()) + "  online");
  EXPECT_TRUE(terminal.screen().starts_with("psync-relay 0.")) << terminal.screen();
  replica.kill();
  terminal.wait_for("no replica is connected");
  terminal.type("q");
  EXPECT_EQ(terminal.wait(), kDone);
  expect_restored(terminal);
}

TEST_F(CtlTerminal, TopFitsTheScreenWhateverItsSize) {
  PseudoTerminal terminal(top(), 40, 120);
  terminal.wait_for("config    generation");
  terminal.resize(6, 30);
  // From the first line to the last: nothing has wrapped or scrolled.
  wait_until(
      [&] {
        const std::string screen = terminal.screen();
        return screen.starts_with("psync-relay 0.") &&
               screen.find("config    generation") == std::string::npos &&
               screen.find("q: quit   space: draw it now\n") != std::string::npos;
      },
      kPatience, [&] { return "a picture that fits this screen:\n" + terminal.screen(); });
  terminal.resize(40, 120);
  terminal.wait_for("config    generation");
  terminal.type("\x1b[A");  // an arrow ends nothing
  terminal.type(" ");
  terminal.type("\x1b");
  EXPECT_EQ(terminal.wait(), kDone);
  expect_restored(terminal);
}

TEST_F(CtlTerminal, TopOutlivesTheRelay) {
  PseudoTerminal terminal(top(), 40, 160);
  terminal.wait_for(": ready");
  relay_.stop();
  terminal.wait_for("cannot connect to http://127.0.0.1:");
  EXPECT_SAYS(terminal.screen(), "as of 20");
  relay_.start();
  terminal.wait_until_gone("cannot connect");
  terminal.wait_for(": ready");
  terminal.type("\x04");
  EXPECT_EQ(terminal.wait(), kDone);
}

TEST_F(CtlTerminal, SignalsLeaveTheTerminalAsItWas) {
  PseudoTerminal interrupted(top(), 40, 120);
  interrupted.wait_for(": ready");
  interrupted.type("\x03");
  EXPECT_EQ(interrupted.wait(), kDone);
  expect_restored(interrupted);
  for (const int signal : {SIGTERM, SIGHUP}) {
    PseudoTerminal ended(top(), 40, 120);
    ended.wait_for(": ready");
    ended.send_signal(signal);
    EXPECT_EQ(ended.wait(), (ExitStatus{-1, signal}));
    expect_restored(ended);
  }
}

TEST_F(CtlTerminal, TopIsStoppedAndBroughtBack) {
  PseudoTerminal terminal(top(), 40, 120);
  terminal.wait_for(": ready");
  for (int i = 0; i < 2; ++i) {
    terminal.send_signal(SIGTSTP);  // Ctrl-Z, where there is a shell to bring it back
    wait_until([&] { return terminal.is_stopped(); }, kPatience, "the stop");
    expect_restored(terminal);
    terminal.send_signal(SIGCONT);
    terminal.wait_for(": ready");
    EXPECT_TRUE(terminal.is_alternate());
    terminal.type(" ");
  }
  RedisServer replica("replica");
  replica.follow(relay_.port());
  terminal.wait_for("1 of 1 online");
  terminal.type("q");
  EXPECT_EQ(terminal.wait(), kDone);
  expect_restored(terminal);
}

TEST_F(CtlTerminal, TopNeedsATerminal) {
  const CtlOutcome outcome = ctl(relay_, {"top"});
  EXPECT_EQ(outcome.status, (ExitStatus{1, 0}));
  EXPECT_EQ(outcome.out, "");
  EXPECT_SAYS(outcome.err, "top needs a terminal");
}

TEST_F(CtlTerminal, AWaitSaysWhatItWaitsFor) {
  PseudoTerminal terminal(ctl_for(relay_, {"wait", "--online", "1"}), 10, 80);
  terminal.wait_for("waiting: 0 of 1 replicas are online");
  RedisServer replica("replica");
  replica.follow(relay_.port());
  EXPECT_EQ(terminal.wait(), kDone);
  EXPECT_EQ(terminal.screen().find("waiting"), std::string::npos) << "the line is gone";
}

}  // namespace
}  // namespace relay::test
