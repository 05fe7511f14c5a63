#include "proxy/config/reload_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LoadedConfig loaded(const Config& config, KeySources sources = {}) {
  LoadedConfig load;
  load.config = config;
  load.sources = std::move(sources);
  load.warnings = {"a warning"};
  return load;
}

TEST(ReloadPlan, WhatCanBeTakenIsAndTheRestIsNamedAndKeepsItsValueAndSource) {
  const KeySources before = {{"listen.port", {ConfigSource::kFile, "relay.yaml:2"}}};
  Config next;
  next.listen.port = 7000;
  next.data_dir = "/elsewhere";
  next.limits.clients = 5;
  const ReloadPlan plan =
      plan_reload(Config(), before,
                  loaded(next, {{"listen.port", {ConfigSource::kFile, "relay.yaml:9"}},
                                {"data-dir", {ConfigSource::kFile, "relay.yaml:8"}},
                                {"limits.clients", {ConfigSource::kFile, "relay.yaml:7"}}}));
  EXPECT_TRUE(plan.result.is_good());
  EXPECT_THAT(plan.result.applied, ElementsAre("limits.clients"));
  EXPECT_THAT(plan.result.restart_required, ElementsAre("listen.port", "data-dir"));
  EXPECT_THAT(plan.result.warnings, ElementsAre("a warning"));
  Config expected;
  expected.limits.clients = 5;
  EXPECT_EQ(plan.config, expected);
  EXPECT_EQ(plan.sources, (KeySources{{"listen.port", {ConfigSource::kFile, "relay.yaml:2"}},
                                      {"limits.clients", {ConfigSource::kFile, "relay.yaml:7"}}}));
}

TEST(ReloadPlan, WhatIsWrongTakesNothing) {
  const ReloadPlan plan = plan_reload(Config(), {}, ConfigErrors{{"relay.yaml:1:2", "wrong", ""}});
  EXPECT_FALSE(plan.result.is_good());
  EXPECT_EQ(describe(plan.result.errors), "relay.yaml:1:2: wrong\n");
}

TEST(ReloadPlan, AGoodFileMayBeWrongBesideWhatWaitsForARestart) {
  Config next;
  next.log.max_size = kMiB;
  next.log.segment_size = kMiB;
  next.limits.clients = 5;
  const ReloadPlan plan = plan_reload(
      Config(), {}, loaded(next, {{"log.segment-size", {ConfigSource::kFile, "relay.yaml:3"}}}));
  EXPECT_EQ(describe(plan.result.errors),
            "relay.yaml:3: log.segment-size: 64mb is more than log.max-size (1mb), until a restart "
            "takes all of it\n");
  EXPECT_THAT(plan.result.applied, IsEmpty());
  EXPECT_THAT(plan.result.restart_required, IsEmpty());
}

}  // namespace
}  // namespace relay
