// The text of INFO as it is written: sections of name:value lines, each ended by CRLF.
//
//  (1) A line break or other control byte within a value becomes a space: a value cannot forge a
//      field.
//  (2) Differences of times and sizes are at least 0: a clock that was set back must not print as
//      2^64.
//
// Pure.
#pragma once

#include "proxy/status/status.h"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

class InfoText {
 public:
  void section(std::string_view name);
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, const char* value) { field(name, std::string_view(value)); }
  void field(std::string_view name, const std::string& value) {
    field(name, std::string_view(value));
  }
  template <std::integral T>
  void field(std::string_view name, T value) {
    field(name, std::string_view(std::to_string(value)));
  }
  // With two or more digits after the point.
  void decimal(std::string_view name, double value, int digits);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::int64_t seconds_between(WallTime from, WallTime to);
inline std::uint64_t bytes_between(Offset from, Offset to) {
  return to > from ? to.since(from) : 0;
}
// -1 where it never was.
std::int64_t seconds_since(const std::optional<WallTime>& then, WallTime now);

}  // namespace relay
