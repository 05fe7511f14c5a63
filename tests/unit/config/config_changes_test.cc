#include "proxy/config/config_changes.h"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(ConfigChanges, EqualConfigurationsHaveNone) {
  EXPECT_TRUE(changes_between(Config(), Config()).empty());
}

TEST(ConfigChanges, EachChangedKeyIsListedWithWhatAReloadCanDo) {
  Config changed;
  changed.upstream.port = 6380;
  changed.upstream.password = "hunter2";
  changed.log.segment_size = kMiB;
  changed.limits.full_sync_rate = 5;
  EXPECT_EQ(changes_between(Config(), changed),
            (std::vector<ConfigChange>{
                {"upstream.port", false, "use REPLICAOF or restart the relay"},
                {"upstream.password", true, ""},
                {"log.segment-size", false, "restart the relay"},
                {"limits.full-sync-rate", true, ""},
            }));
}

TEST(ConfigChanges, AReloadTakesWhatItCanAndKeepsTheRest) {
  Config changed;
  changed.upstream.port = 6380;
  changed.upstream.password = "hunter2";
  changed.data_dir = "/elsewhere";
  changed.shutdown_timeout = 1s;

  Config expected;
  expected.upstream.password = "hunter2";
  expected.shutdown_timeout = 1s;
  EXPECT_EQ(with_reloadable(Config(), changed), expected);
}

}  // namespace
}  // namespace relay
