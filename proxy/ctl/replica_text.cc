#include "proxy/ctl/replica_text.h"

#include "proxy/ctl/field_list.h"
#include "proxy/ctl/quantities.h"

#include <algorithm>

namespace relay {
namespace {

using Align = TextTable::Align;

constexpr unsigned kBarWidth = 16;

Paint paint_of(const std::string& state) {
  if (state == "online") return Paint::kGood;
  return state == "queued" || state == "handshake" ? Paint::kWarn : Paint::kBold;
}

// Acks come each second: one that hangs sends none.
constexpr double kSilentAfter = 10;
constexpr double kNearlyAll = 0.8;  // of the log's window

// What is wrong with it whatever its state; "" where nothing is.
std::string trouble_of(const JsonNode& replica, double window) {
  const auto age = replica["last_ack_age_seconds"].number();
  if (age && *age > kSilentAfter) return "silent for " + span_text(age);
  const auto lag = replica["lag_bytes"].number();
  return window > 0 && lag && *lag > kNearlyAll * window ? "nearly out of the log" : "";
}

Cell state_cell(const JsonNode& replica, double window) {
  const std::string state = replica["state"].text();
  const std::string trouble = trouble_of(replica, window);
  if (trouble.empty()) return {state, paint_of(state)};
  return {state + ", " + trouble, Paint::kWarn};
}

std::string sending_text(const JsonNode& rdb, unsigned bar_width) {
  if (!rdb) return "";
  return progress_text(rdb["sent_bytes"].number(), rdb["total_bytes"].number(),
                       rdb["rate_bytes_per_second"].number(), rdb["eta_seconds"].number(),
                       bar_width, rdb["stalled_seconds"].number());
}

}  // namespace

double log_window_of(const JsonNode& log) {
  const double held =
      log["end_offset"].number().value_or(0) - log["start_offset"].number().value_or(0);
  if (log["trimmed_bytes"].number().value_or(0) > 0) return held;
  return std::max(held, log["limit_bytes"].number().value_or(0));
}

std::vector<std::string> replica_lines(const std::vector<JsonNode>& replicas, const Style& style,
                                       double window) {
  TextTable table({{"ID"},
                   {"NAME"},
                   {"STATE"},
                   {"SYNC"},
                   {"LAG", Align::kRight},
                   {"BEHIND", Align::kRight},
                   {"ACK AGE", Align::kRight},
                   {"QUEUE", Align::kRight},
                   {"SNAPSHOT"}});
  for (const JsonNode& replica : replicas) {
    table.add({replica["id"].text(), replica["name"].text(), state_cell(replica, window),
               replica["sync_kind"].text() + (replica["tls"].is_true() ? ", TLS" : ""),
               size_text(replica["lag_bytes"].number()), span_text(replica["lag_seconds"].number()),
               span_text(replica["last_ack_age_seconds"].number()),
               size_text(replica["queue_bytes"].number()),
               sending_text(replica["rdb"], kBarWidth)});
  }
  return table.lines(style);
}

std::string replicas_text(const std::vector<JsonNode>& replicas, const std::string& state,
                          const Style& style) {
  if (replicas.empty()) {
    return state.empty() ? "no replica is connected\n" : "no replica is in state " + state + "\n";
  }
  std::string text;
  for (const std::string& line : replica_lines(replicas, style)) text += line + "\n";
  return text;
}

std::string replica_text(const JsonNode& replica, const Style& style) {
  const std::string state = replica["state"].text();
  const std::string trouble = trouble_of(replica, 0);
  FieldList fields(style);
  fields.add("id", replica["id"].text());
  fields.add("name", replica["name"].text());
  fields.add("peer", replica["peer"].text());
  fields.add("state", painted(state, paint_of(state), style) +
                          (trouble.empty() ? "" : ", " + painted(trouble, Paint::kWarn, style)) +
                          " since " + replica["since"].text());
  fields.add("sync", replica["sync_kind"].text());
  if (replica["tls"].is_true()) fields.add("connection", "TLS");
  fields.add("acknowledged", count_text(replica["ack_offset"].count()));
  fields.add("sent", count_text(replica["sent_offset"].count()));
  fields.add("lag", size_text(replica["lag_bytes"].number()) + ", " +
                        span_text(replica["lag_seconds"].number()) + " behind");
  fields.add("last ack", span_text(replica["last_ack_age_seconds"].number()) + " ago");
  fields.add("in its socket", size_text(replica["queue_bytes"].number()));
  if (replica["rdb"]) fields.add("snapshot", sending_text(replica["rdb"], kBarWidth));
  return fields.text();
}

}  // namespace relay
