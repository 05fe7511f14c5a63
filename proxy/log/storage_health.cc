#include "proxy/log/storage_health.h"

#include "common/base/logging.h"

namespace relay {

void StorageHealth::count(std::string_view op) { ++errors_[std::string(op)]; }

void StorageHealth::degrade(std::string_view op, const ErrorCode& error) {
  count(op);
  const std::string reason = std::string(op) + ": " + error.message();
  if (degraded_ && reason == reason_) return;
  degraded_ = true;
  reason_ = reason;
  log_error("storage.degraded",
            {{"op", op},
             {"reason", error},
             {"effect",
              "the stream goes on from memory; nothing more is stored until the disk recovers"}});
}

void StorageHealth::recover() {
  if (!degraded_) return;
  degraded_ = false;
  reason_.clear();
  log_info("storage.recovered", {});
}

void StorageHealth::observe_fsync(std::chrono::nanoseconds took) {
  fsyncs_.observe(std::chrono::duration<double>(took).count());
}

}  // namespace relay
