#include "proxy/ctl/status_text.h"

#include "proxy/ctl/field_list.h"
#include "proxy/ctl/quantities.h"
#include "proxy/ctl/replica_text.h"

namespace relay {
namespace {

constexpr unsigned kBarWidth = 24;

std::string joined(const std::vector<std::string>& parts, std::string_view between = ", ") {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string title(const JsonNode& status, const Style& style) {
  const bool ready = status["ready"].is_true();
  std::string text = painted("psync-relay " + status["version"].text(), Paint::kBold, style) +
                     " on " + status["instance"].text() + ", up " +
                     span_text(status["uptime_seconds"].number()) + ": ";
  if (status["draining"].is_true()) return text + painted("draining", Paint::kWarn, style);
  return text +
         (ready ? painted("ready", Paint::kGood, style) : painted("not ready", Paint::kBad, style));
}

// The checks that do not hold, and the warnings.
void add_troubles(std::vector<std::string>& lines, const JsonNode& status, const Style& style) {
  for (const JsonNode& check : status["checks"].items()) {
    if (check["ok"].is_true()) continue;
    const Paint paint = check["required"].is_true() ? Paint::kBad : Paint::kWarn;
    lines.push_back(painted(check["name"].text() + ": " + check["text"].text(), paint, style));
  }
  for (const JsonNode& warning : status["warnings"].items()) {
    lines.push_back(
        painted("warning: " + warning["message"].text() + " [" + warning["code"].text() + "]",
                Paint::kWarn, style));
  }
}

void add_upstream(FieldList& fields, const JsonNode& status, const StreamRates& rates,
                  const Style& style) {
  const JsonNode upstream = status["upstream"];
  const std::string state = upstream["state"].text();
  const bool streams = state == "streaming";
  std::string line = upstream["address"].text() + (upstream["tls"].is_true() ? " (TLS)" : "") +
                     ", " + painted(state, streams ? Paint::kGood : Paint::kWarn, style) + " for " +
                     span_text(seconds_between(upstream["since"], status["time"]));
  if (upstream["by_command"].is_true()) line += ", chosen by command";
  if (upstream["paused"].is_true()) {
    line += ", " + painted("not read: the disk is too slow", Paint::kBad, style);
  }
  if (rates.received) line += ", " + rate_text(rates.received);
  fields.add("master", line);
  if (const JsonNode transfer = upstream["full_sync"]) {
    fields.add("", "receiving " + progress_text(transfer["received_bytes"].number(),
                                                transfer["total_bytes"].number(),
                                                transfer["rate_bytes_per_second"].number(),
                                                transfer["eta_seconds"].number(), kBarWidth,
                                                transfer["stalled_seconds"].number()));
  }
  const std::string replid = upstream["replid"].text();
  fields.add(
      "", (replid.empty() ? "no history yet"
                          : replid + " at " + count_text(upstream["offset"].count()) +
                                ", acknowledged " + count_text(upstream["acked_offset"].count())) +
              ", last byte " + span_text(upstream["last_io_age_seconds"].number()) + " ago");
  fields.add("", "syncs: " + count_text(upstream["syncs"]["full"].count()) + " full, " +
                     count_text(upstream["syncs"]["partial"].count()) + " partial; connected " +
                     counted(upstream["connects"].count().value_or(0), "time"));
  if (const std::string error = upstream["last_error"].text(); !error.empty() && !streams) {
    fields.add("", painted(error, Paint::kBad, style));
  }
}

void add_log(FieldList& fields, const JsonNode& log) {
  fields.add("log", size_text(log["bytes"].number()) + " of " +
                        size_text(log["limit_bytes"].number()) + " in " +
                        counted(log["segments"].count().value_or(0), "file") + ", " +
                        size_text(log["memory_bytes"].number()) + " in memory, reaches back " +
                        span_text(log["window_seconds"].number()));
  fields.add("", "from " + count_text(log["start_offset"].count()) + " to " +
                     count_text(log["end_offset"].count()) + ", on disk to " +
                     count_text(log["durable_offset"].count()));
}

std::string snapshot_line(const JsonNode& snapshot) {
  if (!snapshot) return "none";
  std::vector<std::string> parts = {
      size_text(snapshot["bytes"].number()) + " at " + count_text(snapshot["offset"].count()),
      span_text(snapshot["age_seconds"].number()) + " old",
      size_text(snapshot["replay_bytes"].number()) + " of log behind it"};
  const auto readers = snapshot["readers"].count().value_or(0);
  if (readers > 0) parts.push_back(counted(readers, "reader"));
  return joined(parts);
}

void add_replicas(FieldList& fields, const JsonNode& status, const StreamRates& rates) {
  const JsonNode replicas = status["replicas"];
  std::vector<std::string> parts = {count_text(replicas["online"].count()) + " of " +
                                    count_text(replicas["total"].count()) + " online"};
  if (const auto syncing = replicas["syncing"].count().value_or(0); syncing > 0) {
    parts.push_back(std::to_string(syncing) + " syncing");
  }
  if (const auto queued = replicas["queued"].count().value_or(0); queued > 0) {
    parts.push_back(std::to_string(queued) + " waiting");
  }
  if (rates.sent) parts.push_back(rate_text(rates.sent));
  fields.add("replicas", joined(parts));
  fields.add("", "syncs: " + count_text(replicas["syncs"]["full"].count()) + " full (" +
                     count_text(replicas["full_syncs_spared"].count()) + " spared the master), " +
                     count_text(replicas["syncs"]["partial"].count()) + " partial");
}

void add_rest(FieldList& fields, const JsonNode& status, const Style& style) {
  const JsonNode storage = status["storage"];
  std::string disk = size_text(storage["free_bytes"].number()) + " free of " +
                     size_text(storage["size_bytes"].number()) + " at " + storage["path"].text();
  if (storage["degraded"].is_true()) {
    disk += ", " + painted("degraded: " + storage["error"].text(), Paint::kBad, style);
  }
  fields.add("disk", disk);
  const JsonNode process = status["process"];
  fields.add("process", size_text(process["resident_bytes"].number()) + " resident, " +
                            span_text(process["cpu_seconds"].number()) + " of CPU, " +
                            count_text(process["open_files"].count()) + " of " +
                            count_text(process["max_files"].count()) + " files");
  const JsonNode config = status["config"];
  std::string line = "generation " + count_text(config["generation"].count()) + ", loaded " +
                     span_text(seconds_between(config["loaded"], status["time"])) + " ago";
  std::vector<std::string> waiting;
  for (const JsonNode& key : config["restart_required"].items()) waiting.push_back(key.text());
  if (!waiting.empty()) {
    line += ", " + painted("wait for a restart: " + joined(waiting), Paint::kWarn, style);
  }
  fields.add("config", line);
  if (const std::string error = config["last_error"].text(); !error.empty()) {
    fields.add("", painted("last reload refused: " + error, Paint::kBad, style));
  }
}

}  // namespace

std::vector<std::string> status_lines(const JsonNode& status, const StreamRates& rates,
                                      const Style& style) {
  std::vector<std::string> lines = {title(status, style)};
  add_troubles(lines, status, style);
  lines.emplace_back();
  FieldList fields(style);
  add_upstream(fields, status, rates, style);
  add_log(fields, status["log"]);
  fields.add("snapshot", snapshot_line(status["snapshot"]));
  add_replicas(fields, status, rates);
  add_rest(fields, status, style);
  for (std::string& line : fields.lines()) lines.push_back(std::move(line));
  return lines;
}

std::string status_text(const JsonNode& status, const Style& style) {
  std::string text;
  for (const std::string& line : status_lines(status, {}, style)) text += line + "\n";
  const std::vector<JsonNode> replicas = status["replicas"]["items"].items();
  if (replicas.empty()) return text;
  text += "\n";
  for (const std::string& line : replica_lines(replicas, style, log_window_of(status["log"])))
    text += line + "\n";
  const auto total = status["replicas"]["total"].count().value_or(0);
  if (total > replicas.size()) {
    text += "and " + std::to_string(total - replicas.size()) + " more: psync-relay ctl replicas\n";
  }
  return text;
}

StreamRates rates_between(const JsonNode& before, const JsonNode& after) {
  const auto seconds = seconds_between(before["time"], after["time"]);
  if (before["run_id"].text() != after["run_id"].text() || !seconds || *seconds < 0.05) return {};
  const auto rate = [&](const char* part) -> std::optional<double> {
    const char* name = part == std::string_view("upstream") ? "received_bytes" : "sent_bytes";
    const auto from = before[part][name]["stream"].number();
    const auto to = after[part][name]["stream"].number();
    if (!from || !to || *to < *from) return std::nullopt;
    return (*to - *from) / *seconds;
  };
  return {rate("upstream"), rate("replicas")};
}

}  // namespace relay
