#include "proxy/ctl/ctl_help.h"

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_file.h"

#include <gtest/gtest.h>

#include <sstream>

namespace relay {
namespace {

void expect_narrow(const std::string& text) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) EXPECT_LE(line.size(), 100u) << line;
}

TEST(CtlHelp, NamesEveryCommandAndEveryOption) {
  const std::string help = ctl_help();
  expect_narrow(help);
  for (const CtlCommand& command : ctl_commands()) {
    EXPECT_NE(help.find("\n  " + std::string(command.name)), std::string::npos) << command.name;
    const std::string own = ctl_help(command);
    expect_narrow(own);
    for (const CtlOption& option : command.options) {
      EXPECT_NE(own.find(option.name), std::string::npos) << command.name << option.name;
    }
  }
  for (const CtlOption& option : ctl_options()) {
    EXPECT_NE(help.find(option.name), std::string::npos) << option.name;
  }
}

TEST(CtlHelp, SaysWhatIsNeededAndWhatIsNot) {
  EXPECT_NE(ctl_help(*find_ctl_command("resync")).find("resync --full --yes\n"), std::string::npos);
  EXPECT_NE(ctl_help(*find_ctl_command("rdb")).find("rdb FILE [--resume]\n"), std::string::npos);
}

// What bash itself makes of it.
std::string completed(const std::string& words) {
  test::TempDir dir;
  test::write_text(dir / "completion", ctl_completion());
  const std::string script = "set -u; source " + (dir / "completion").string() + "; COMP_WORDS=(" +
                             words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); " +
                             "_psync_relay; echo \"${COMPREPLY[*]-}\"";
  test::Program bash;
  bash.argv = {"bash", "-c", script};
  bash.output = dir / "output";
  EXPECT_EQ(test::run(bash).code, 0);
  return test::read_text(bash.output);
}

TEST(CtlCompletion, OffersWhatCanStandThere) {
  EXPECT_EQ(completed("psync-relay ct"), "ctl\n");
  EXPECT_EQ(completed("psync-relay ctl sna"), "snapshots snapshot\n");
  EXPECT_EQ(completed("psync-relay ctl wait --o"), "--online --offset\n");
  EXPECT_EQ(completed("psync-relay ctl replicas --state on"), "online\n");
  EXPECT_EQ(completed("psync-relay ctl status sna"), "\n");
  EXPECT_EQ(completed("psync-relay ctl status --hu"), "--human\n");
}

}  // namespace
}  // namespace relay
