#include "proxy/ctl/snapshot_arrival.h"

namespace relay {

SnapshotArrival arrival_between(const JsonNode& before, const JsonNode& now) {
  using Outcome = SnapshotArrival::Outcome;
  if (now["arriving"]) return {Outcome::kUnderWay, ""};
  // By what is held, and not by the count of refreshes alone: a full sync that came in between
  // brings a fresh one too.
  const JsonNode held = before["whole"];
  const JsonNode holds = now["whole"];
  const bool is_another = holds && (holds["offset"].count() != held["offset"].count() ||
                                    holds["taken"].text() != held["taken"].text());
  if (is_another || now["refreshes"].count() > before["refreshes"].count()) {
    return {Outcome::kWhole, ""};
  }
  for (const auto& [reason, count] : now["failures"].members()) {
    if (count.count().value_or(0) > before["failures"][reason].count().value_or(0)) {
      return {Outcome::kFailed, reason};
    }
  }
  return {Outcome::kUnderWay, ""};
}

}  // namespace relay
