#include "proxy/ctl/detail_text.h"

#include "proxy/ctl/field_list.h"
#include "proxy/ctl/quantities.h"

#include <algorithm>

namespace relay {
namespace {

using Align = TextTable::Align;

constexpr unsigned kBarWidth = 24;

void add_list(std::string& text, std::string_view what, const JsonNode& list, Paint paint,
              const Style& style) {
  for (const JsonNode& item : list.items()) {
    text += painted(what, paint, style) + ": " + item.text() + "\n";
  }
}

}  // namespace

std::string transfer_text(const JsonNode& transfer, unsigned bar_width) {
  if (!transfer) return "";
  return progress_text(transfer["received_bytes"].number(), transfer["total_bytes"].number(),
                       transfer["rate_bytes_per_second"].number(), transfer["eta_seconds"].number(),
                       bar_width, transfer["stalled_seconds"].number());
}

std::string log_text(const JsonNode& log, const Style& style) {
  FieldList fields(style);
  fields.add("holds", count_text(log["start_offset"].count()) + " to " +
                          count_text(log["end_offset"].count()));
  fields.add("on disk to", count_text(log["durable_offset"].count()) + " (written to " +
                               count_text(log["written_offset"].count()) + ")");
  fields.add("would resume at", count_text(log["boundary_offset"].count()));
  fields.add("size", size_text(log["bytes"].number()) + " of " +
                         size_text(log["limit_bytes"].number()) + ", " +
                         size_text(log["memory_bytes"].number()) + " in memory");
  fields.add("reaches back",
             span_text(log["window_seconds"].number()) + ", to " +
                 (log["oldest_time"] ? log["oldest_time"].text() : "no known time"));
  fields.add("is trimmed next", "up to " + count_text(log["trim_next_offset"].count()));
  fields.add("direct I/O", log["direct_io"].is_true() ? "yes" : "no");
  fields.add("appended", size_text(log["appended_bytes"].number()) + ", trimmed " +
                             size_text(log["trimmed_bytes"].number()));
  std::string text = fields.text();

  TextTable histories({{"HISTORY"}, {"UP TO", Align::kRight}});
  for (const JsonNode& history : log["histories"].items()) {
    const auto until = history["until_offset"].count();
    histories.add({history["replid"].text(), until ? std::to_string(*until) : "now"});
  }
  text += "\n" + histories.text(style);
  TextTable files(
      {{"FILE"}, {"FROM", Align::kRight}, {"TO", Align::kRight}, {"SIZE", Align::kRight}});
  for (const JsonNode& file : log["files"].items()) {
    files.add({file["name"].text(), count_text(file["start_offset"].count()),
               count_text(file["end_offset"].count()), size_text(file["bytes"].number())});
  }
  return text + "\n" + files.text(style);
}

std::string snapshots_text(const JsonNode& snapshots, const Style& style) {
  FieldList fields(style);
  const JsonNode whole = snapshots["whole"];
  if (whole) {
    fields.add("held", size_text(whole["bytes"].number()) + " at offset " +
                           count_text(whole["offset"].count()));
    fields.add("taken",
               whole["taken"].text() + ", " + span_text(whole["age_seconds"].number()) + " ago");
    fields.add("replay", size_text(whole["replay_bytes"].number()) +
                             " of log that a replica is sent after it");
    fields.add("readers", count_text(whole["readers"].count()));
  } else {
    fields.add("held", "none");
  }
  const JsonNode arriving = snapshots["arriving"];
  fields.add("arriving", arriving ? transfer_text(arriving, kBarWidth) : "none");
  std::string failures;
  for (const auto& [reason, count] : snapshots["failures"].members()) {
    const auto times = count.count().value_or(0);
    if (times > 0) failures += ", " + std::to_string(times) + " " + reason;
  }
  fields.add("refreshed", counted(snapshots["refreshes"].count().value_or(0), "time") +
                              (failures.empty() ? "" : "; failed: " + failures.substr(2)));
  return fields.text();
}

std::string config_text(const JsonNode& config, const Style& style) {
  TextTable table({{"KEY"}, {"VALUE"}, {"FROM"}, {"NEEDS"}});
  for (const JsonNode& key : config["keys"].items()) {
    const std::string source = key["source"].text();
    const std::string value = key["value"].text();
    const bool is_default = source == "default";
    table.add({{key["key"].text(), is_default ? Paint::kPlain : Paint::kBold},
               value.empty() ? "\"\"" : value,
               {source, is_default ? Paint::kDim : Paint::kPlain},
               std::string(key["reloadable"].is_true() ? "" : "restart")});
  }
  return table.text(style);
}

std::string version_text_of(const JsonNode& version) {
  std::string text = "psync-relay " + version["version"].text();
  if (const std::string revision = version["revision"].text(); !revision.empty()) {
    text += " (" + revision + ")";
  }
  if (const std::string compiler = version["compiler"].text(); !compiler.empty()) {
    text += ", " + compiler;
  }
  std::string features;
  for (const JsonNode& feature : version["features"].items()) features += " " + feature.text();
  return text + (features.empty() ? "" : "," + features) + "\n";
}

std::string reload_text(const JsonNode& result, bool checked, const Style& style) {
  std::string text;
  add_list(text, "error", result["errors"], Paint::kBad, style);
  if (!result["valid"].is_true()) {
    return text + (checked ? "the configuration is wrong\n" : "nothing was changed\n");
  }
  add_list(text, "warning", result["warnings"], Paint::kWarn, style);
  add_list(text, checked ? "would change" : "changed", result["applied"], Paint::kBold, style);
  add_list(text, checked ? "would wait for a restart" : "waits for a restart",
           result["restart_required"], Paint::kWarn, style);
  if (checked) return text + "the configuration is good\n";
  const bool changed_nothing =
      result["applied"].items().empty() && result["restart_required"].items().empty();
  return text + (changed_nothing ? "reloaded; nothing is different\n" : "reloaded\n");
}

}  // namespace relay
