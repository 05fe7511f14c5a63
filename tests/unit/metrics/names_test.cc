#include "proxy/metrics/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace relay {
namespace {

TEST(MetricNames, EachIsThereOnceWithThePrefixOfItsKind) {
  std::set<std::string_view> seen;
  for (const MetricRow& row : metric_rows()) {
    EXPECT_TRUE(seen.insert(row.name).second) << row.name;
    EXPECT_TRUE(row.name.starts_with("psync_relay_") || row.name.starts_with("process_"))
        << row.name;
    EXPECT_TRUE(std::regex_match(std::string(row.name), std::regex("[a-z][a-z0-9_]*[a-z0-9]")))
        << row.name;
  }
}

TEST(MetricNames, CountersAndOnlyTheyEndInTotal) {
  for (const MetricRow& row : metric_rows()) {
    EXPECT_EQ(row.name.ends_with("_total"), row.type == MetricType::kCounter) << row.name;
  }
}

TEST(MetricNames, UnitsAreBaseUnitsAndTimesAreTimestamps) {
  for (const MetricRow& row : metric_rows()) {
    const std::string name(row.name);
    EXPECT_FALSE(std::regex_search(
        name, std::regex("_(ms|millis|milliseconds|minutes|hours|kb|mb|age|ago|percent)(_|$)")))
        << name;
    if (name.find("timestamp") != std::string::npos) {
      EXPECT_TRUE(name.ends_with("_timestamp_seconds")) << name;
    }
    if (name.find("offset") != std::string::npos) {
      EXPECT_TRUE(name.ends_with("_offset_bytes")) << name;
    }
    if (row.type == MetricType::kHistogram) {
      EXPECT_TRUE(name.ends_with("_duration_seconds") || name.ends_with("_delay_seconds")) << name;
    }
  }
}

TEST(MetricNames, LabelsAreNoneOfThoseThatTheScraperSets) {
  const std::set<std::string> reserved = {"le",  "quantile",  "type",    "instance",
                                          "job", "namespace", "service", "zone"};
  for (const MetricRow& row : metric_rows()) {
    std::string labels(row.labels);
    std::replace(labels.begin(), labels.end(), ',', ' ');
    std::istringstream words(labels);
    for (std::string label; words >> label;) EXPECT_FALSE(reserved.contains(label)) << row.name;
  }
}

TEST(MetricNames, KnownSeriesHaveAValueForEveryLabel) {
  for (const MetricRow& row : metric_rows()) {
    const auto commas = std::count(row.labels.begin(), row.labels.end(), ',');
    for (const std::string_view values : row.series) {
      EXPECT_EQ(std::count(values.begin(), values.end(), ','), commas) << row.name << " " << values;
    }
    EXPECT_EQ(row.type == MetricType::kCounter && !row.labels.empty(), !row.series.empty())
        << row.name;
    EXPECT_EQ(row.type == MetricType::kHistogram, !row.bounds.empty()) << row.name;
    EXPECT_TRUE(std::is_sorted(row.bounds.begin(), row.bounds.end())) << row.name;
  }
}

TEST(MetricNames, EachHasAHelpOfOneLine) {
  for (const MetricRow& row : metric_rows()) {
    EXPECT_GT(row.help.size(), 10u) << row.name;
    EXPECT_TRUE(row.help.ends_with('.')) << row.name;
    EXPECT_EQ(row.help.find_first_of("\\\n"), std::string_view::npos)
        << row.name;  // the serializer escapes neither
  }
}

}  // namespace
}  // namespace relay
