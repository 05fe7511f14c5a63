// The commands that wait, with a relay that answers, falls silent or has no place left, as it is
// told.
#include "proxy/ctl/wait_commands.h"

#include "proxy/ctl/ctl_session.h"
#include "proxy/ctl/fault.h"
#include "tests/unit/ctl/fake_relay.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace relay {
namespace {

const std::string kSilence;
const std::string kNoPlace =
    http_answer("503 Service Unavailable", R"({"detail": "too many connections"})");

std::string ok(const std::string& body) { return http_answer("200 OK", body); }
std::string draining(unsigned left) {
  return ok(R"({"draining": true, "replicas": {"total": )" + std::to_string(left) + "}}");
}

// Gives these answers, one after the other, and then the last one over and over.
FakeRelay::Answer in_turn(std::vector<std::string> answers) {
  return [answers = std::move(answers)](std::size_t which) {
    return answers.at(std::min(which, answers.size() - 1));
  };
}

struct Outcome {
  std::string fault = {};  // "": none
  std::string out = {};
  std::string err = {};
};

Outcome run(const FakeRelay& fake, std::vector<std::string_view> arguments) {
  const std::string url = fake.url();
  arguments.insert(arguments.begin(), {"--url", url});
  auto line = parse_ctl_line(arguments);
  if (!line) return {.fault = line.error().text()};
  CtlSession session(*line, {});
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  try {
    line->command->run(session);
  } catch (const CtlFault& fault) {
    outcome.fault = fault.what();
  }
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(WaitCommands, AQuestionThatTheEndCutsShortLeavesWhatWasLacking) {
  FakeRelay fake(in_turn({ok(R"({"replicas": {"online": 0}})"), kSilence}));
  EXPECT_EQ(run(fake, {"wait", "--online", "1", "--timeout", "3s"}).fault,
            "not within 3s: 0 of 1 replicas are online");
}

TEST(WaitCommands, ADrainOutlastsSilenceAndARelayWithoutAPlace) {
  FakeRelay fake(in_turn({http_answer("202 Accepted", "{}"), draining(3), kSilence, kNoPlace,
                          draining(1), draining(0)}));
  const Outcome outcome =
      run(fake, {"--timeout", "2s", "drain", "--human", "--wait", "--timeout", "50s"});
  EXPECT_EQ(outcome.fault, "");
  EXPECT_EQ(outcome.out, "drained: no replica is left\n");
}

TEST(WaitCommands, AShutdownOutlastsARelayWithoutAPlace) {
  FakeRelay fake(in_turn({ok(R"({"keys": []})"), ok(R"({"run_id": "a"})"),
                          http_answer("202 Accepted", "{}"), kNoPlace, ok(R"({"run_id": "b"})")}));
  const Outcome outcome = run(fake, {"shutdown", "--human", "--wait"});
  EXPECT_EQ(outcome.fault, "");
  EXPECT_EQ(outcome.out, "stopped\n");
}

TEST(WaitCommands, FollowingTheEventsOutlastsARelayWithoutAPlace) {
  FakeRelay fake(
      in_turn({ok(R"({"newest": 0, "events": []})"), kNoPlace, ok(R"({"newest": 0, "events": []})"),
               http_answer("404 Not Found", R"({"detail": "not here"})")}));
  const Outcome outcome = run(fake, {"events", "--follow", "--since", "0"});
  EXPECT_EQ(outcome.fault, "not here");
  EXPECT_EQ(outcome.err,
            "psync-relay ctl: too many connections (trying again)\n"
            "psync-relay ctl: the relay answers again\n");
}

}  // namespace
}  // namespace relay
