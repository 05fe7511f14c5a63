#include "proxy/control/page.h"

#include "proxy/control/embedded.h"
#include "proxy/control/html_writer.h"
#include "proxy/control/quantity_text.h"
#include "proxy/control/status_json.h"
#include "proxy/metrics/readiness.h"
#include "proxy/status/address_text.h"
#include "proxy/status/build.h"
#include "proxy/status/warnings.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {
namespace {

// What a cell shows, and what it says exactly when it is pointed at.
struct Value {
  std::string text;
  std::string exact{};
};

Value unknown() { return {"–"}; }

Value bytes_value(std::uint64_t bytes) {
  return {readable_bytes(bytes), std::to_string(bytes) + " bytes"};
}

Value age_value(WallTime::duration age) {
  const double seconds = std::chrono::duration<double>(age).count();
  return {readable_seconds(seconds), std::to_string(seconds) + " s"};
}

// RFC 3339, whole seconds.
std::string time_text(WallTime time) {
  const std::time_t seconds = WallTime::clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::string text(24, '\0');
  text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts));
  return text;
}

Value ago_value(WallTime then, WallTime now) {
  return {age_value(now - then).text + " ago", time_text(then)};
}

Value since_value(WallTime since, WallTime now) {
  return {"for " + age_value(now - since).text, time_text(since)};
}

Value text_or_dash(const std::string& text) { return text.empty() ? unknown() : Value{text}; }

std::string transfer_text(std::uint64_t done, std::optional<std::uint64_t> of) {
  return readable_bytes(done) + (of ? " of " + readable_bytes(*of) : std::string());
}

// `name`: what the cell is called where its row stands as a card.
void cell(HtmlWriter& html, const Value& value, std::string_view name = {}) {
  html.markup("<td");
  if (!name.empty()) html.markup(" data-title=\"").text(name).markup("\"");
  if (!value.exact.empty()) html.markup(" title=\"").text(value.exact).markup("\"");
  html.markup(">").text(value.text).markup("</td>");
}

// Groups of three digits, by style alone: what is copied is the number.
void offset_cell(HtmlWriter& html, std::optional<Offset> offset, std::string_view name = {}) {
  if (!offset) return cell(html, unknown(), name);
  const std::string digits = std::to_string(offset->bytes());
  html.markup("<td class=\"number\"");
  if (!name.empty()) html.markup(" data-title=\"").text(name).markup("\"");
  html.markup("><span class=\"digits\">");
  std::size_t size = (digits.size() + 2) % 3 + 1;
  for (std::size_t at = 0; at < digits.size(); at += std::exchange(size, 3)) {
    html.markup("<i>").text(std::string_view(digits).substr(at, size)).markup("</i>");
  }
  html.markup("</span></td>");
}

void name_of_row(HtmlWriter& html, std::string_view name) {
  html.markup("<tr><th scope=\"row\">").text(name).markup("</th>");
}
void row(HtmlWriter& html, std::string_view name, const Value& value) {
  name_of_row(html, name);
  cell(html, value);
  html.markup("</tr>\n");
}
void row(HtmlWriter& html, std::string_view name, std::optional<Offset> offset) {
  name_of_row(html, name);
  offset_cell(html, offset);
  html.markup("</tr>\n");
}

void begin_table(HtmlWriter& html, std::string_view caption) {
  html.markup("<section class=\"card\"><table class=\"plain\"><caption>").text(caption);
  html.markup("</caption>\n");
}
void end_table(HtmlWriter& html) { html.markup("</table></section>\n"); }

void health_table(HtmlWriter& html, const Status& status) {
  const Readiness found = readiness(status);
  begin_table(html, found.ready ? "Ready for replicas" : "Not ready for replicas");
  for (const Check& check : found.checks) {
    const char* mark = check.ok ? "" : check.required ? "not ready: " : "beware: ";
    row(html, check.name, {mark + check.text});
  }
  row(html, "up", since_value(status.started, status.now));
  row(html, "configuration read", ago_value(status.reload.at, status.now));
  if (!status.reload.successful) {
    row(html, "last reload", {"refused: " + status.reload.error});
  }
  if (!status.reload.restart_required.empty()) {
    std::string keys;
    for (const std::string& key : status.reload.restart_required) {
      keys += (keys.empty() ? "" : ", ") + key;
    }
    row(html, "waits for a restart", {keys});
  }
  end_table(html);
}

void upstream_table(HtmlWriter& html, const Status& status) {
  const UpstreamStatus& upstream = status.upstream;
  begin_table(html, "Master");
  row(html, "address",
      {address_text(upstream.host, upstream.port) + (upstream.tls ? ", TLS" : "") +
       (upstream.by_command ? " (chosen at run time)" : "")});
  row(html, "state",
      {name_of(upstream.state) + (upstream.paused ? std::string(", paused") : std::string())});
  row(html, "in it", since_value(upstream.since, status.now));
  row(html, "last heard of",
      upstream.last_io ? Value{age_value(status.now - *upstream.last_io).text + " ago"}
                       : unknown());
  row(html, "replication id", status.log.exists ? Value{status.log.id.str()} : unknown());
  row(html, "acknowledged to it", upstream.acked);
  if (upstream.transfer) {
    const TransferStatus& transfer = *upstream.transfer;
    row(html, transfer.beside_stream ? "snapshot, beside the stream" : "snapshot",
        {transfer_text(transfer.received, transfer.size)});
  }
  row(html, "full syncs, partial syncs",
      {std::to_string(upstream.full_syncs) + ", " + std::to_string(upstream.partial_syncs)});
  row(html, "last error", text_or_dash(upstream.last_error));
  end_table(html);
}

void log_table(HtmlWriter& html, const Status& status) {
  const LogStatus& log = status.log;
  begin_table(html, "Log");
  if (log.exists) {
    row(html, "begins at", log.begin);
    row(html, "durable up to", log.durable);
    row(html, "ends at", log.end);
  } else {
    row(html, "holds", {"nothing yet"});
  }
  row(html, "reaches back", log.oldest ? age_value(status.now - *log.oldest) : unknown());
  row(html, "on disk", bytes_value(log.disk_bytes));
  row(html, "of at most", bytes_value(log.limit_bytes));
  row(html, "disk", {log.disk_degraded ? "degraded: " + log.disk_error : std::string("ok")});
  row(html, "free on it", bytes_value(log.disk_available));
  end_table(html);
}

void snapshot_table(HtmlWriter& html, const Status& status) {
  const SnapshotStatus& snapshot = status.snapshot;
  begin_table(html, "Snapshot");
  row(html, "at", snapshot.offset);
  row(html, "size", snapshot.offset ? bytes_value(snapshot.bytes) : unknown());
  row(html, "taken", snapshot.taken ? ago_value(*snapshot.taken, status.now) : unknown());
  row(html, "sent now to", {std::to_string(snapshot.readers)});
  end_table(html);
}

bool is_in_more_trouble(const ReplicaStatus& a, const ReplicaStatus& b) {
  const bool a_online = a.state == ReplicaState::kOnline;
  const bool b_online = b.state == ReplicaState::kOnline;
  if (a_online != b_online) return b_online;
  if (a.lag_bytes != b.lag_bytes) return a.lag_bytes > b.lag_bytes;
  return a.id < b.id;
}

// Acks come each second: one that hangs sends none.
constexpr std::chrono::seconds kSilentAfter{10};

std::string state_text(const ReplicaStatus& replica) {
  std::string text = name_of(replica.state);
  if (receives_the_log(replica) && replica.ack_age && *replica.ack_age > kSilentAfter) {
    text += ", silent for " + age_value(*replica.ack_age).text;
  }
  text += replica.full ? " (full)" : " (partial)";
  return replica.tls ? text + ", TLS" : text;
}

void replica_row(HtmlWriter& html, const ReplicaStatus& replica) {
  const bool receives = receives_the_log(replica);
  name_of_row(html, name_of(replica));
  cell(html, {state_text(replica), time_text(replica.since)}, "state");
  cell(html, replica.lag_bytes ? bytes_value(*replica.lag_bytes) : unknown(), "lag");
  cell(html, replica.lag_seconds ? Value{readable_seconds(*replica.lag_seconds)} : unknown(),
       "lag, time");
  cell(html, receives && replica.ack_age ? age_value(*replica.ack_age) : unknown(), "last ack");
  offset_cell(html, receives ? std::optional(replica.acked) : std::nullopt, "acknowledged");
  cell(html,
       replica.state == ReplicaState::kSendingRdb
           ? Value{transfer_text(replica.snapshot_sent, replica.snapshot_size)}
           : unknown(),
       "snapshot sent");
  html.markup("</tr>\n");
}

void replica_table(HtmlWriter& html, const Status& status) {
  std::vector<ReplicaStatus> replicas = status.downstream.replicas;
  std::sort(replicas.begin(), replicas.end(), is_in_more_trouble);
  const std::size_t all = replicas.size();
  std::string caption = all == 1 ? "1 replica" : std::to_string(all) + " replicas";
  if (all > kMostRows) {
    replicas.resize(kMostRows);
    caption += ", of them the " + std::to_string(kMostRows) + " in most trouble";
  }
  html.markup("<section class=\"card wide\"><table class=\"plain replicas\"><caption>")
      .text(caption);
  html.markup(
      "</caption>\n<thead><tr><th scope=\"col\">replica</th><th scope=\"col\">state</th>"
      "<th scope=\"col\">lag</th><th scope=\"col\">lag, time</th><th scope=\"col\">last "
      "ack</th><th scope=\"col\" class=\"number\">acknowledged</th>"
      "<th scope=\"col\">snapshot sent</th></tr></thead>\n<tbody>\n");
  for (const ReplicaStatus& replica : replicas) replica_row(html, replica);
  html.markup("</tbody>");
  end_table(html);
}

void warning_list(HtmlWriter& html, const Status& status) {
  for (const Warning& warning : warnings(status)) {
    std::string code(warning.code);
    std::replace(code.begin(), code.end(), '_', ' ');
    html.markup("<p class=\"warning\"><span><strong>").text(code).markup("</strong> ");
    html.text(warning.text).markup("</span></p>\n");
  }
}

// "upstream=redis:6379 reason=eof": what an event says beside its name.
std::string fields_text(const boost::json::object& event) {
  std::string text;
  for (const auto& [key, value] : event) {
    if (key == "id" || key == "time" || key == "level" || key == "event") continue;
    if (!text.empty()) text += "  ";
    text += std::string(key) + "=";
    text += value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
  }
  return text;
}

void event_table(HtmlWriter& html, const std::vector<std::string>& events) {
  html.markup("<section class=\"card wide\"><table class=\"plain events\"><caption>");
  html.markup("Events, the newest first</caption>\n<tbody>\n");
  const std::vector<std::string> newest_first(events.rbegin(), events.rend());
  for (const std::string& one : newest_first) {
    boost::system::error_code error;
    const boost::json::value parsed = boost::json::parse(one, error);
    const boost::json::object* event = error ? nullptr : parsed.if_object();
    if (event == nullptr) continue;
    const auto word = [&](std::string_view key) -> std::string {
      const boost::json::value* value = event->if_contains(key);
      return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
    };
    const std::string time = word("time");
    html.markup("<tr><td title=\"").text(time).markup("\">");
    html.text(time.size() > 19 ? time.substr(11, 8) : time).markup("</td>");
    cell(html, {word("level")});
    html.markup("<th scope=\"row\">").text(word("event")).markup("</th>");
    cell(html, {fields_text(*event)});
    html.markup("</tr>\n");
  }
  html.markup("</tbody>");
  end_table(html);
}

// `with` takes the place of the mark, which stands in the template once.
void fill_in(std::string& document, std::string_view mark, std::string_view with) {
  const std::size_t at = document.find(mark);
  if (at != std::string::npos) document.replace(at, mark.size(), with);
}

}  // namespace

std::string page(const Status& status, PageAudience audience,
                 const std::vector<std::string>& events) {
  HtmlWriter html;
  html.markup("<p class=\"still\"><strong>").text(instance_of(status)).markup("</strong>, ");
  html.text("psync-relay " + std::string(kBuildVersion) + ", as of " + time_text(status.now));
  html.markup("</p>\n");
  warning_list(html, status);
  html.markup("<div class=\"cards\">\n");
  health_table(html, status);
  upstream_table(html, status);
  log_table(html, status);
  snapshot_table(html, status);
  html.markup("</div>\n");
  replica_table(html, status);
  if (!events.empty()) event_table(html, events);

  std::string document(page_template());
  fill_in(document, "<!--tables-->", html.html());
  if (audience == PageAudience::kAdmins)
    fill_in(document, "data-admin=\"false\"", "data-admin=\"true\"");
  return document;
}

}  // namespace relay
