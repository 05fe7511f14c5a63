#include "proxy/ctl/event_text.h"

namespace relay {
namespace {

int severity(std::string_view level) {
  if (level == "error") return 3;
  if (level == "warn") return 2;
  return level == "debug" ? 0 : 1;
}

std::string left(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string value_text(const JsonNode& value) {
  std::string text = value.scalar();
  const bool is_plain = !text.empty() && text.find_first_of(" \"=") == std::string::npos;
  if (is_plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string event_line(const JsonNode& event, const Style& style) {
  const std::string level = event["level"].text();
  const Paint paint = severity(level) >= 3   ? Paint::kBad
                      : severity(level) == 2 ? Paint::kWarn
                                             : Paint::kPlain;
  std::string id = event["id"].scalar();
  id.insert(0, id.size() < 6 ? 6 - id.size() : 0, ' ');
  std::string line = painted(id, Paint::kDim, style) + "  " + event["time"].text() + "  " +
                     painted(left(level, 5), paint, style) + "  " +
                     painted(event["event"].text(), Paint::kBold, style);
  for (const auto& [name, value] : event.members()) {
    if (name == "id" || name == "time" || name == "level" || name == "event") continue;
    line += " " + name + "=" + value_text(value);
  }
  return line;
}

bool is_at_least(const JsonNode& event, std::string_view level) {
  return level.empty() || severity(event["level"].text()) >= severity(level);
}

}  // namespace relay
