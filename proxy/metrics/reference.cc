#include "proxy/metrics/reference.h"

#include "proxy/metrics/names.h"
#include "proxy/status/warnings.h"

#include <array>
#include <charconv>
#include <set>
#include <string_view>
#include <vector>

namespace relay {
namespace {

// Gauges show all their values at once, and have none in the table.
struct StateSet {
  std::string_view metric;
  std::vector<std::string_view> values;
};
std::vector<StateSet> state_sets() {
  std::vector<StateSet> sets = {{"psync_relay_upstream_state", {}}, {"psync_relay_replicas", {}}};
  for (const LinkState state :
       {LinkState::kDisconnected, LinkState::kConnecting, LinkState::kHandshake,
        LinkState::kWaitingRdb, LinkState::kReceivingRdb, LinkState::kStreaming,
        LinkState::kBackoff}) {
    sets[0].values.emplace_back(name_of(state));
  }
  for (const ReplicaState state :
       {ReplicaState::kHandshake, ReplicaState::kQueued, ReplicaState::kSendingRdb,
        ReplicaState::kCatchingUp, ReplicaState::kOnline}) {
    sets[1].values.emplace_back(name_of(state));
  }
  sets.push_back({"psync_relay_warnings", {kWarningCodes.begin(), kWarningCodes.end()}});
  return sets;
}

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kCounter:
      return "counter";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
  }
  return parts;
}

// "`kind`: full, partial". Values of two labels stand together as they come in series.
std::string labels_of(const MetricRow& row) {
  const std::vector<std::string_view> names = split(row.labels);
  std::string text;
  for (const std::string_view name : names) {
    text.append(text.empty() ? "`" : ", `").append(name).append("`");
  }
  std::vector<std::string_view> values(row.series.begin(), row.series.end());
  for (const StateSet& set : state_sets()) {
    if (set.metric == row.name) values = set.values;
  }
  if (names.size() != 1 || values.empty()) return text;
  const char* between = ": ";
  for (const std::string_view value : values) {
    text.append(between).append(value);
    between = ", ";
  }
  return text;
}

std::string buckets_of(const MetricRow& row) {
  std::string text;
  for (const double bound : row.bounds) {
    std::array<char, 32> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), bound, std::chars_format::fixed)
            .ptr;
    text.append(text.empty() ? " Buckets in seconds: " : ", ").append(digits.data(), end);
  }
  return text.empty() ? text : text + ".";
}

}  // namespace

std::string metrics_reference() {
  std::string page =
      "# Metrics\n"
      "\n"
      "Every metric on `/metrics`. This page is made from `names.h`, do not edit it:\n"
      "`cmake --build --preset release --target metrics_reference`.\n"
      "\n"
      "Counters count since the process started, and each known label value is there from the\n"
      "start, at 0. A gauge of something that is not there has no series. `replica` is the "
      "address\n"
      "that a replica announces; `metrics.*` in `config.example.yaml` says which have series of\n"
      "their own, and for how long after they left.\n"
      "\n"
      "| name | type | labels | meaning |\n"
      "|---|---|---|---|\n";
  for (const MetricRow& row : metric_rows()) {
    page.append("| `").append(row.name).append("` | ").append(name_of(row.type)).append(" | ");
    page.append(labels_of(row)).append(" | ").append(row.help).append(buckets_of(row));
    page += " |\n";
  }
  return page;
}

}  // namespace relay
