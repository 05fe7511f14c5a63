// Lines are put together in one string and leave in one write(2): lines of several threads never
// mix, and no lock is needed. Values may come from outside (a server's error text, a client's
// name), so what is written is always one line of valid UTF-8 that a terminal does not act on, and
// never long.
#include "common/base/logging.h"

#include "common/base/event_ring.h"
#include "common/base/log_output.h"
#include "common/base/rfc3339.h"
#include "common/base/utf8.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <unistd.h>

namespace relay {
namespace {

// Longer values are cut: a peer must not be able to fill a disk by what it says.
constexpr std::size_t kLongestValue = 1024;

std::atomic<LogLevel> level_shown{LogLevel::kInfo};
std::atomic<LogFormat> format_used{LogFormat::kLogfmt};
std::atomic<int> output{kLogToStandardError};
std::array<std::atomic<std::uint64_t>, 4> lines_asked_for{};

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

void append_hex(std::string& out, std::string_view prefix, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += prefix;
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0x0f];
}

// Appends the value escaped; returns whether it may stand without quotes in logfmt. In JSON the
// backslash before x, which stands for a byte that is not UTF-8, is itself escaped.
bool append_escaped(std::string& out, std::string_view value, LogFormat format) {
  const bool json = format == LogFormat::kJson;
  bool plain = !value.empty();
  const std::size_t end = std::min(value.size(), kLongestValue);
  for (std::size_t i = 0; i < end;) {
    const std::uint8_t byte = byte_at(value, i);
    const std::size_t length = utf8_length(value, i);
    if (byte <= ' ' || byte == '"' || byte == '\\' || byte == '=' || byte == 0x7f || length == 0)
      plain = false;
    if (length == 0) {
      append_hex(out, json ? "\\\\x" : "\\x", byte);
    } else if (byte == '"' || byte == '\\') {
      out += '\\';
      out += value[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < ' ' || byte == 0x7f) {
      append_hex(out, json ? "\\u00" : "\\x", byte);
    } else if (byte == 0xc2 && byte_at(value, i + 1) < 0xa0) {  // C1: terminals obey some of these
      plain = false;
      append_hex(out, "\\u00", byte_at(value, i + 1));
    } else {
      out.append(value, i, length);
    }
    i += length == 0 ? 1 : length;
  }
  if (value.size() > kLongestValue) out += "...";
  return plain;
}

void append_logfmt(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += ' ';
  out += key;
  out += '=';
  const std::size_t start = out.size();
  if (append_escaped(out, value, LogFormat::kLogfmt)) return;
  out.insert(start, 1, '"');
  out += '"';
}

void append_json(std::string& out, std::string_view key, std::string_view value, bool bare) {
  out += out.empty() ? "{\"" : ",\"";
  out += key;
  out += "\":";
  // Not a number to JSON, though to us: inf and nan.
  const bool number = value.find_first_not_of("0123456789+-.e") == std::string_view::npos;
  if (bare && (number || value == "true" || value == "false")) {
    out += value;
    return;
  }
  out += '"';
  append_escaped(out, value, LogFormat::kJson);
  out += '"';
}

// A log that cannot be written must not stop the relay: what the output does not take is lost.
void write_line(std::string_view line) {
  const int descriptor = output.load(std::memory_order_relaxed);
  while (!line.empty()) {
    const ssize_t written = ::write(descriptor, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void set_log_level(LogLevel level) { level_shown.store(level, std::memory_order_relaxed); }
void set_log_format(LogFormat format) { format_used.store(format, std::memory_order_relaxed); }
void set_log_output(int descriptor) { output.store(descriptor, std::memory_order_relaxed); }
LogLevel log_level() { return level_shown.load(std::memory_order_relaxed); }

std::uint64_t log_count(LogLevel level) {
  return lines_asked_for[static_cast<std::size_t>(level)].load(std::memory_order_relaxed);
}

namespace {

void put(LogLevel level, std::string_view event, std::initializer_list<LogField> fields,
         bool is_shown) {
  const int errno_before = errno;
  lines_asked_for[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  const bool is_event = level >= LogLevel::kInfo;
  if (is_event || is_shown) {
    const std::string now = rfc3339(std::chrono::system_clock::now());
    if (is_event) {
      logged_events().add(format_log_line(LogFormat::kJson, now, level, event, fields));
    }
    const LogFormat format = format_used.load(std::memory_order_relaxed);
    if (is_shown) write_line(format_log_line(format, now, level, event, fields) + '\n');
  }
  errno = errno_before;
}

}  // namespace

void log_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  put(level, event, fields, level >= log_level());
}

void log_audit(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  put(level, event, fields, true);
}

std::string format_log_line(LogFormat format, std::string_view time, LogLevel level,
                            std::string_view event, std::initializer_list<LogField> fields) {
  std::string line;
  line.reserve(160);
  if (format == LogFormat::kJson) {
    append_json(line, "time", time, false);
    append_json(line, "level", name_of(level), false);
    append_json(line, "event", event, false);
    for (const LogField& field : fields) append_json(line, field.key, field.value, field.bare);
    line += '}';
    return line;
  }
  append_logfmt(line, "time", time);
  append_logfmt(line, "level", name_of(level));
  append_logfmt(line, "event", event);
  for (const LogField& field : fields) append_logfmt(line, field.key, field.value);
  return line;
}

}  // namespace relay
