#include "proxy/ctl/ctl_line.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

using Arguments = std::vector<std::string_view>;
using Action = CtlLine::Action;

CtlLine parsed(const Arguments& arguments) {
  auto line = parse_ctl_line(arguments);
  EXPECT_TRUE(line.has_value()) << line.error().message;
  return line.has_value() ? *line : CtlLine();
}

std::string error_of(const Arguments& arguments) {
  const auto line = parse_ctl_line(arguments);
  return line.has_value() ? "" : line.error().message;
}

TEST(CtlLine, ACommandIsFoundAndTheRestIsDefaults) {
  const CtlLine line = parsed({"status"});
  ASSERT_NE(line.command, nullptr);
  EXPECT_EQ(line.command->name, "status");
  EXPECT_EQ(line.timeout, 5s);
  EXPECT_EQ(line.form, CtlLine::Form::kAuto);
  EXPECT_EQ(line.url, std::nullopt);
}

TEST(CtlLine, EachCommandOfTheTableCanBeRun) {
  for (const CtlCommand& command : ctl_commands()) {
    EXPECT_NE(command.run, nullptr) << command.name;
    EXPECT_FALSE(command.summary.empty()) << command.name;
    EXPECT_EQ(find_ctl_command(command.name), &command) << "twice: " << command.name;
  }
}

TEST(CtlLine, OptionsStandBeforeAndBehindTheCommand) {
  const CtlLine line = parsed({"--url", "http://a:1", "events", "--json", "--since=7", "--level",
                               "warn", "--token-file", "t", "--follow"});
  EXPECT_EQ(line.url, "http://a:1");
  EXPECT_EQ(line.token_file, "t");
  EXPECT_EQ(line.form, CtlLine::Form::kJson);
  EXPECT_EQ(line.number("--since"), 7u);
  EXPECT_EQ(line.text("--level"), "warn");
  EXPECT_TRUE(line.has("--follow"));
}

TEST(CtlLine, ATimeoutIsTheCommandsBehindItAndTheRequestsBeforeIt) {
  const CtlLine both = parsed({"--timeout", "2s", "wait", "--ready", "--timeout", "5m"});
  EXPECT_EQ(both.timeout, 2s);
  EXPECT_EQ(both.duration("--timeout"), Duration(5min));
  const CtlLine one = parsed({"status", "--timeout", "1m"});
  EXPECT_EQ(one.timeout, 1min);
  EXPECT_FALSE(one.has("--timeout"));
}

TEST(CtlLine, TheRelaysOwnOptionsAreReadAsTheRelayReadsThem) {
  const CtlLine line = parsed({"status", "--config", "relay.yaml", "--data-dir", "/d", "--set",
                               "http.port=9000", "--set", "log.max-size=1gb"});
  EXPECT_EQ(line.config_file, "relay.yaml");
  ASSERT_EQ(line.settings.size(), 3u);
  EXPECT_EQ(line.settings[0].path, "data-dir");
  EXPECT_EQ(line.settings[1].path + "=" + line.settings[1].text, "http.port=9000");
  EXPECT_NE(error_of({"status", "--set", "http.port"}), "");
  EXPECT_EQ(error_of({"status", "--set", "upstream.password=hunter2"}).find("hunter2"),
            std::string::npos);
}

TEST(CtlLine, OperandsAreCounted) {
  EXPECT_EQ(parsed({"replica", "r17"}).operands, std::vector<std::string>{"r17"});
  EXPECT_EQ(parsed({"check-config", "-"}).operands, std::vector<std::string>{"-"});
  EXPECT_EQ(error_of({"replica"}), "replica needs ID");
  EXPECT_EQ(error_of({"status", "now"}), "status: unexpected argument \"now\"");
  EXPECT_EQ(error_of({"rdb", "a", "b"}), "rdb: unexpected argument \"b\"");
}

TEST(CtlLine, WhatIsMistypedIsNamedWithTheNearest) {
  EXPECT_EQ(error_of({"statsu"}), "unknown command \"statsu\", did you mean status?");
  EXPECT_EQ(error_of({"frobnicate"}), "unknown command \"frobnicate\"");
  EXPECT_EQ(error_of({"events", "--folow"}), "unknown option \"--folow\", did you mean --follow?");
  EXPECT_EQ(error_of({"status", "--follow"}),
            "unknown option \"--follow\" (events takes it, behind its name)");
  EXPECT_NE(error_of({}), "");
}

TEST(CtlLine, ValuesAreCheckedBeforeAnythingIsDone) {
  EXPECT_EQ(error_of({"wait", "--online", "three"}), "--online: \"three\" is no number");
  EXPECT_EQ(error_of({"wait", "--online", "-3"}), "--online: \"-3\" is no number");
  EXPECT_EQ(error_of({"drain", "--timeout", "soon"}),
            "--timeout: \"soon\" is no duration (500ms, 60s, 5m)");
  EXPECT_EQ(error_of({"--timeout", "0", "status"}), "--timeout: \"0\" is too short");
  EXPECT_EQ(error_of({"replicas", "--state", "onlin"}),
            "--state: \"onlin\" is not one of handshake, queued, sending_rdb, catching_up, online");
  EXPECT_EQ(error_of({"loglevel", "loud"}),
            "loglevel: \"loud\" is not one of debug, info, warn, error");
  EXPECT_EQ(error_of({"follow", "6379"}),
            "follow: \"6379\" is not HOST:PORT (redis:6379, [::1]:6379)");
  EXPECT_NE(error_of({"follow", "db:70000"}), "");
  EXPECT_EQ(error_of({"follow", "[::1]:6379"}), "");
  EXPECT_EQ(error_of({"status", "--url"}), "--url needs a value: --url URL");
  EXPECT_EQ(error_of({"status", "--json=yes"}), "--json takes no value");
}

TEST(CtlLine, WhatExcludesEachOtherIsSaid) {
  EXPECT_NE(error_of({"status", "--json", "--human"}), "");
  EXPECT_NE(error_of({"status", "--url", "http://a", "--socket", "/s"}), "");
  EXPECT_NE(error_of({"status", "--url", "http://a", "--url", "http://b"}), "");
  EXPECT_NE(error_of({"events", "--since", "1", "--since", "2"}), "");
}

TEST(CtlLine, WhatCostsTheMasterASnapshotMustBeMeant) {
  EXPECT_NE(error_of({"resync"}).find("--full"), std::string::npos);
  EXPECT_NE(error_of({"resync", "--full"}).find("--yes"), std::string::npos);
  EXPECT_EQ(error_of({"resync", "--full", "--yes"}), "");
}

TEST(CtlLine, AWaitWaitsForSomething) {
  EXPECT_NE(error_of({"wait"}), "");
  EXPECT_NE(error_of({"wait", "--timeout", "1s"}), "");
  EXPECT_EQ(error_of({"wait", "--offset", "12"}), "");
}

TEST(CtlLine, WhereThereIsNoJsonNoneIsPromised) {
  EXPECT_EQ(error_of({"top", "--json"}), "there is no JSON of top");
  EXPECT_EQ(error_of({"ready", "--json"}), "there is no JSON of ready");
}

TEST(CtlLine, ATokenIsRefusedAndNotRepeated) {
  for (const Arguments& arguments :
       {Arguments{"reload", "--token", "s3cret"}, Arguments{"--token=s3cret", "reload"},
        Arguments{"reload", "--password=s3cret"}}) {
    const std::string error = error_of(arguments);
    EXPECT_NE(error.find("--token-file"), std::string::npos) << error;
    EXPECT_EQ(error.find("s3cret"), std::string::npos) << error;
  }
}

TEST(CtlLine, HelpIsForAllOrForOne) {
  EXPECT_EQ(parsed({"--help"}).action, Action::kHelp);
  EXPECT_EQ(parsed({"help"}).command, nullptr);
  const CtlLine one = parsed({"wait", "--help"});
  EXPECT_EQ(one.action, Action::kHelp);
  EXPECT_EQ(one.command->name, "wait");
  EXPECT_EQ(parsed({"help", "drain"}).command->name, "drain");
  EXPECT_EQ(parsed({"replica", "-h"}).action, Action::kHelp);
  EXPECT_NE(error_of({"help", "drian"}), "");
}

TEST(CtlLine, AnErrorNamesTheHelpOfItsCommand) {
  const CtlUsageError error = parse_ctl_line(Arguments{"replica"}).error();
  EXPECT_EQ(error.text(),
            "psync-relay ctl: replica needs ID\n"
            "Try 'psync-relay ctl replica --help' for what it takes.\n");
}

}  // namespace
}  // namespace relay
