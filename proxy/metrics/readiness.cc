#include "proxy/metrics/readiness.h"

#include <algorithm>

namespace relay {
namespace {

Check history_check(const Status& status) {
  if (status.log.exists) return {"history", true, "ok"};
  return {"history", false, "none yet: never in sync with the master"};
}

Check serving_check(const Status& status) {
  if (status.snapshot.offset) return {"serving", true, "ok"};
  const auto& transfer = status.upstream.transfer;
  if (transfer && !transfer->beside_stream) {
    std::string text = "the first snapshot is arriving: " + std::to_string(transfer->received);
    if (transfer->size) text += " of " + std::to_string(*transfer->size);
    return {"serving", false, text + " bytes"};
  }
  if (status.upstream.state == LinkState::kWaitingRdb)
    return {"serving", false, "waiting for the first snapshot"};
  if (status.log.exists && status.log.end > status.log.begin) {
    return {"serving", true, "no snapshot now: partial resyncs only, full ones wait"};
  }
  return {"serving", false, "neither a snapshot nor any bytes of the log"};
}

Check draining_check(const Status& status) {
  if (!status.draining) return {"draining", true, "ok"};
  if (status.stopping) return {"draining", false, "stopping"};
  return {"draining", false, "drained by an operator: POST /v1/undrain ends it"};
}

Check upstream_check(const Status& status) {
  if (status.upstream.state == LinkState::kStreaming) return {"upstream", true, "ok", false};
  std::string text = name_of(status.upstream.state);
  if (!status.upstream.last_error.empty()) text += ": " + status.upstream.last_error;
  return {"upstream", false, text, false};
}

Check disk_check(const Status& status) {
  if (!status.log.disk_degraded) return {"disk", true, "ok", false};
  const std::string& error = status.log.disk_error;
  return {"disk", false, "log in memory only: " + (error.empty() ? "write failed" : error), false};
}

}  // namespace

Readiness readiness(const Status& status) {
  Readiness result;
  result.checks = {history_check(status), serving_check(status), draining_check(status),
                   upstream_check(status), disk_check(status)};
  result.ready = std::all_of(result.checks.begin(), result.checks.end(),
                             [](const Check& check) { return check.ok || !check.required; });
  return result;
}

}  // namespace relay
