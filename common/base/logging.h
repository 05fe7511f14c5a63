// The relay's log: one line per state change, for the operator. key=value (logfmt) or JSON, on
// standard error.
//
//  (1) `event` is a stable id, "upstream.connected"; what varies goes into fields, the reason among
//      them.
//  (2) Nothing is logged per chunk or per command. What is worth a warning is worth a counter too.
//  (3) Secrets are never passed here.
//  (4) Each line at info or above is an event too (event_ring.h).
//
// Threading: any thread; each line is one write.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"
#include "common/base/result.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace relay {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kLogfmt, kJson };

struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), bare(true) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) LogField(std::string_view k, T v)
      : key(k), value(std::to_string(v)), bare(true) {}
  LogField(std::string_view k, double v) : key(k), value(std::to_string(v)), bare(true) {}
  LogField(std::string_view k, Offset v) : LogField(k, v.bytes()) {}
  LogField(std::string_view k, const ReplId& v) : key(k), value(v.brief()) {}
  LogField(std::string_view k, const ErrorCode& v) : key(k), value(v.message()) {}

  std::string_view key;
  std::string value;
  bool bare = false;  // a number or a truth value: JSON writes it without quotes
};

void set_log_level(LogLevel level);
void set_log_format(LogFormat format);
LogLevel log_level();
// How many lines of this level were asked for since the start, whether shown or not.
std::uint64_t log_count(LogLevel level);

void log_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

// One that is written whatever level is shown: who changed what.
void log_audit(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

inline void log_debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
  if (log_level() == LogLevel::kDebug) log_line(LogLevel::kDebug, event, fields);
}
inline void log_info(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log_line(LogLevel::kInfo, event, fields);
}
inline void log_warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log_line(LogLevel::kWarn, event, fields);
}
inline void log_error(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log_line(LogLevel::kError, event, fields);
}

// The text of one line without its newline; the tests' way in.
std::string format_log_line(LogFormat format, std::string_view time, LogLevel level,
                            std::string_view event, std::initializer_list<LogField> fields);

}  // namespace relay
