// The last ten minutes of what changes, a point every two seconds, for the small pictures of the
// status page: whoever opens it sees what was before.
//
//  (1) Counters are kept as rates between two points; where a point is late, over the time that
//      really passed.
//  (2) Points are a step apart. Where none came for longer, those in between are not known.
//  (3) Bounded: the oldest point makes room.
//
// Threading: the control executor.
#pragma once

#include "proxy/metrics/process_status.h"
#include "proxy/status/status.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace relay {

class RecentSeries {
 public:
  static constexpr std::size_t kPoints = 300;
  static constexpr std::chrono::seconds kStep{2};

  void add(const Status& status, const ProcessStatus& process);
  std::string json() const;

 private:
  enum Line : std::uint8_t {
    kReceived,
    kSent,
    kLagBytes,
    kLagSeconds,
    kOnline,
    kLogBytes,
    kCpu,
    kResident,
    kLines
  };
  using Point = std::array<std::optional<double>, kLines>;
  struct Totals {
    WallTime at;
    double received = 0, sent = 0, cpu = 0;
  };

  void put(const Point& point);

  std::deque<Point> points_;
  std::optional<Totals> last_;
};

}  // namespace relay
