#include "proxy/control/recent_series.h"

#include "common/base/json_writer.h"
#include "common/base/rfc3339.h"

#include <algorithm>

namespace relay {

void RecentSeries::add(const Status& status, const ProcessStatus& process) {
  const DownstreamStatus& downstream = status.downstream;
  Totals now;
  now.at = status.now;
  now.received = static_cast<double>(status.upstream.received_rdb_bytes +
                                     status.upstream.received_stream_bytes);
  now.sent = static_cast<double>(downstream.sent_rdb_bytes + downstream.sent_stream_bytes);
  now.cpu = process.cpu_seconds;

  Point point;
  if (last_) {
    const double seconds = std::chrono::duration<double>(now.at - last_->at).count();
    // A clock that was set back gives no rate.
    if (seconds > 0) {
      point[kReceived] = (now.received - last_->received) / seconds;
      point[kSent] = (now.sent - last_->sent) / seconds;
      point[kCpu] = (now.cpu - last_->cpu) / seconds;
    }
    const double missed = seconds / std::chrono::duration<double>(kStep).count() - 1.5;
    for (std::size_t i = 0; i < kPoints && static_cast<double>(i) < missed; ++i) put(Point());
  }
  const SlowestReplica slowest = slowest_of(downstream.replicas);
  point[kLagBytes] = static_cast<double>(slowest.lag_bytes);
  point[kLagSeconds] = slowest.lag_seconds;
  point[kOnline] = static_cast<double>(
      std::count_if(downstream.replicas.begin(), downstream.replicas.end(),
                    [](const auto& one) { return one.state == ReplicaState::kOnline; }));
  point[kLogBytes] = static_cast<double>(status.log.disk_bytes);
  point[kResident] = static_cast<double>(process.resident_bytes);
  last_ = now;
  put(point);
}

void RecentSeries::put(const Point& point) {
  points_.push_back(point);
  if (points_.size() > kPoints) points_.pop_front();
}

std::string RecentSeries::json() const {
  static constexpr std::array<std::string_view, kLines> kNames = {"received_bytes_per_second",
                                                                  "sent_bytes_per_second",
                                                                  "slowest_lag_bytes",
                                                                  "slowest_lag_seconds",
                                                                  "replicas_online",
                                                                  "log_bytes",
                                                                  "cpu_ratio",
                                                                  "resident_bytes"};
  JsonWriter json;
  json.begin_object()
      .member("step_seconds", kStep.count())
      .member("newest", rfc3339(last_ ? last_->at : WallTime()))
      .key("points")
      .begin_object();
  for (std::size_t line = 0; line < kLines; ++line) {
    json.key(kNames.at(line)).begin_array();
    for (const Point& point : points_) json.value(point.at(line));
    json.end_array();
  }
  json.end_object().end_object();
  return json.take() + "\n";
}

}  // namespace relay
