#include "proxy/metrics/replica_series.h"

#include "proxy/status/address_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

namespace relay {
namespace {

constexpr std::size_t kLongestHost = 255;
constexpr std::size_t kUsualLine = 96;

struct Shown {
  std::string label;  // in its braces, as it stands in each line
  const ReplicaStatus* replica;
  std::optional<WallTime> left;
};

void append_escaped(std::string& text, std::string_view host) {
  for (const char c : host.substr(0, kLongestHost)) {
    if (c == '"' || c == '\\') text += '\\';
    text += c <= ' ' || c > '~' ? '?' : c;
  }
}

std::string label_of(const ReplicaStatus& replica) {
  std::string host;
  append_escaped(host, replica.ip);
  return "{replica=\"" + address_text(host, replica.port) + "\"} ";
}

// Each label once: those who are here before those who have left, newer connections before older.
std::vector<Shown> candidates(const DownstreamStatus& downstream) {
  std::vector<Shown> all;
  all.reserve(downstream.replicas.size() + downstream.departed.size());
  for (const ReplicaStatus& replica : downstream.replicas) {
    all.push_back({label_of(replica), &replica, std::nullopt});
  }
  for (const DepartedReplica& one : downstream.departed) {
    all.push_back({label_of(one.last), &one.last, one.left});
  }
  std::sort(all.begin(), all.end(), [](const Shown& a, const Shown& b) {
    if (a.label != b.label) return a.label < b.label;
    if (a.left.has_value() != b.left.has_value()) return b.left.has_value();
    return a.replica->id > b.replica->id;
  });
  const auto same = [](const Shown& a, const Shown& b) { return a.label == b.label; };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  std::sort(all.begin(), all.end(), [](const Shown& a, const Shown& b) {
    if (a.left.has_value() != b.left.has_value()) return b.left.has_value();
    return a.left ? *a.left > *b.left : a.replica->id < b.replica->id;
  });
  return all;
}

class Lines {
 public:
  explicit Lines(std::size_t replicas) : lines_(metric_rows().size()) {
    for (std::size_t row = 0; row < lines_.size(); ++row) {
      if (is_of_replicas(metric_rows()[row])) lines_[row].reserve(replicas * kUsualLine);
    }
  }

  void add(std::size_t row, const Shown& of, std::uint64_t value) {
    std::array<char, 24> digits;
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    write(row, of, {digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  // To the millisecond, and as whole numbers: a double would take ten times as long to write.
  void add(std::size_t row, const Shown& of, std::chrono::milliseconds time) {
    const auto milliseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    std::array<char, 32> digits;
    char* end = std::to_chars(digits.data(), digits.data() + 24, milliseconds / 1000).ptr;
    if (const std::uint64_t part = milliseconds % 1000; part != 0) {
      *end++ = '.';
      for (const std::uint64_t digit : {part / 100, part / 10 % 10, part % 10}) {
        *end++ = static_cast<char>('0' + digit);
      }
      while (end[-1] == '0') --end;
    }
    write(row, of, {digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  void add(std::size_t row, const Shown& of, WallTime when) {
    add(row, of, std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()));
  }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  void write(std::size_t row, const Shown& of, std::string_view value) {
    lines_[row].append(metric_rows()[row].name).append(of.label).append(value).append("\n");
  }

  std::vector<std::string> lines_;
};

void add_one(Lines& lines, const Shown& of, WallTime now) {
  const ReplicaStatus& replica = *of.replica;
  const bool online = !of.left && replica.state == ReplicaState::kOnline;
  lines.add(metric("psync_relay_replica_online"), of, std::uint64_t{online});
  if (!of.left) {
    if (replica.state == ReplicaState::kSendingRdb) {
      lines.add(metric("psync_relay_replica_full_sync_sent_bytes"), of, replica.snapshot_sent);
    }
    if (replica.queue_bytes) {
      lines.add(metric("psync_relay_replica_output_queue_bytes"), of, *replica.queue_bytes);
    }
  }
  // While a snapshot is sent nothing is acknowledged, and a lag would be a false alarm.
  if (!receives_the_log(replica)) return;
  if (replica.lag_bytes) {
    lines.add(metric("psync_relay_replica_lag_bytes"), of, *replica.lag_bytes);
  }
  if (replica.lag_seconds) {
    const auto lag = std::chrono::duration<double>(*replica.lag_seconds);
    lines.add(metric("psync_relay_replica_lag_seconds"), of,
              std::chrono::round<std::chrono::milliseconds>(lag));
  }
  lines.add(metric("psync_relay_replica_sent_offset_bytes"), of, replica.sent.bytes());
  if (replica.legacy_sync) return;
  lines.add(metric("psync_relay_replica_ack_offset_bytes"), of, replica.acked.bytes());
  if (replica.ack_age) {
    lines.add(metric("psync_relay_replica_last_ack_timestamp_seconds"), of,
              of.left.value_or(now) - *replica.ack_age);
  }
}

}  // namespace

ReplicaSeries replica_series(const Status& status) {
  std::vector<Shown> all;
  if (status.shown.each_replica) all = candidates(status.downstream);
  const std::size_t most = std::min(all.size(), status.shown.most_replicas.value_or(all.size()));
  Lines lines(most);
  for (std::size_t i = 0; i < most; ++i) add_one(lines, all[i], status.now);
  const auto dropped = std::count_if(all.begin() + static_cast<std::ptrdiff_t>(most), all.end(),
                                     [](const Shown& one) { return !one.left; });
  return {lines.take(), static_cast<std::size_t>(dropped)};
}

}  // namespace relay
