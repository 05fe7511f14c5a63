#include "proxy/downstream/info_text.h"

#include <algorithm>
#include <cstdio>

namespace relay {

void InfoText::section(std::string_view name) {
  if (!text_.empty()) text_ += "\r\n";
  text_.append("# ").append(name).append("\r\n");
}

void InfoText::field(std::string_view name, std::string_view value) {
  text_.append(name).append(":");
  const auto begin = static_cast<std::ptrdiff_t>(text_.size());
  text_.append(value);
  std::replace_if(
      text_.begin() + begin, text_.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, ' ');
  text_.append("\r\n");
}

void InfoText::decimal(std::string_view name, double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  field(name, std::string_view(buffer));
}

std::int64_t seconds_between(WallTime from, WallTime to) {
  return std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::seconds>(to - from).count());
}

std::int64_t seconds_since(const std::optional<WallTime>& then, WallTime now) {
  return then ? seconds_between(*then, now) : -1;
}

}  // namespace relay
