#include "proxy/metrics/reference.h"

#include "proxy/metrics/names.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace relay {
namespace {

TEST(MetricsReference, IsUpToDate) {
  const std::string path = std::string(RELAY_SOURCE_DIR) + "/proxy/metrics/REFERENCE.md";
  std::ostringstream there;
  there << std::ifstream(path).rdbuf();
  EXPECT_TRUE(there.str() == metrics_reference())
      << path << " is not what the table says. Renew it:\n"
      << "  cmake --build --preset release --target metrics_reference";
}

TEST(MetricsReference, HasARowForEachMetricWithItsLabelValues) {
  const std::string page = metrics_reference();
  for (const MetricRow& row : metric_rows()) {
    EXPECT_NE(page.find("| `" + std::string(row.name) + "` | "), std::string::npos) << row.name;
  }
  for (const char* cell :
       {"| `psync_relay_replicas` | gauge | `state`: handshake, queued, sending_rdb, catching_up, "
        "online | ",
        "| `psync_relay_upstream_syncs_total` | counter | `kind`: full, partial, refresh | ",
        "| `psync_relay_build_info` | gauge | `version`, `revision` | ",
        "Buckets in seconds: 1, 5, 15, 60, 300, 900, 3600. |"}) {
    EXPECT_NE(page.find(cell), std::string::npos) << cell;
  }
}

}  // namespace
}  // namespace relay
