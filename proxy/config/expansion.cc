#include "proxy/config/expansion.h"

#include <algorithm>

namespace relay {
namespace {

bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

Expansion expand(std::string_view text, const Environment& environment) {
  Expansion result;
  while (!text.empty()) {
    if (text.starts_with("$${")) {
      result.text += "${";
      text.remove_prefix(3);
      continue;
    }
    if (!text.starts_with("${")) {
      result.text += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find('}');
    const std::string_view name = text.substr(2, end == std::string_view::npos ? end : end - 2);
    if (end == std::string_view::npos || !is_variable_name(name)) {
      // What stands there may be part of a password, so it is not quoted.
      result.complaint =
          "\"${\" must be followed by a variable's name and \"}\" (write \"$${\" for the "
          "characters)";
      return result;
    }
    const auto variable = environment.find(name);
    if (variable == environment.end()) {
      result.complaint = "the environment variable " + std::string(name) + " is not set";
      return result;
    }
    result.text += variable->second;
    result.used = true;
    text.remove_prefix(end + 1);
  }
  return result;
}

std::string unexpanded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) result += '$';
    result += text[i];
  }
  return result;
}

}  // namespace relay
