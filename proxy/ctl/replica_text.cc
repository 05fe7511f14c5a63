#include "proxy/ctl/replica_text.h"

#include "proxy/ctl/field_list.h"
#include "proxy/ctl/quantities.h"

namespace relay {
namespace {

using Align = TextTable::Align;

constexpr unsigned kBarWidth = 16;

Paint paint_of(const std::string& state) {
  if (state == "online") return Paint::kGood;
  return state == "queued" || state == "handshake" ? Paint::kWarn : Paint::kBold;
}

std::string sending_text(const JsonNode& rdb, unsigned bar_width) {
  if (!rdb) return "";
  return progress_text(rdb["sent_bytes"].number(), rdb["total_bytes"].number(),
                       rdb["rate_bytes_per_second"].number(), rdb["eta_seconds"].number(),
                       bar_width);
}

}  // namespace

std::vector<std::string> replica_lines(const std::vector<JsonNode>& replicas, const Style& style) {
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
    const std::string state = replica["state"].text();
    table.add({replica["id"].text(),
               replica["name"].text(),
               {state, paint_of(state)},
               replica["sync_kind"].text(),
               size_text(replica["lag_bytes"].number()),
               span_text(replica["lag_seconds"].number()),
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
  FieldList fields(style);
  fields.add("id", replica["id"].text());
  fields.add("name", replica["name"].text());
  fields.add("peer", replica["peer"].text());
  fields.add("state", painted(state, paint_of(state), style) + " since " + replica["since"].text());
  fields.add("sync", replica["sync_kind"].text());
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
