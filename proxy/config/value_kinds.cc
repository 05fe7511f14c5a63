#include "proxy/config/value_kinds.h"

#include "common/base/bytes.h"
#include "common/base/duration.h"
#include "proxy/config/addresses.h"
#include "proxy/config/host_port.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace relay {
namespace {

// The whole text as a number without sign.
template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::string_view without_brackets(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) return text.substr(1, text.size() - 2);
  return text;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_blank_or_control(char c) { return c == ' ' || is_control(c); }

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}
bool has_blank(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_blank_or_control);
}

// Three numbers and dots, as clients cut a server's version up: 7.0.15.
bool is_version(std::string_view text) {
  int numbers = 0;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!whole_number<std::uint16_t>(text.substr(0, dot))) return false;
    ++numbers;
    if (dot == std::string_view::npos) break;
    text.remove_prefix(dot + 1);
  }
  return numbers == 3;
}

// A text that one function checks and that is printed as it is.
ValueKind<std::string> checked_text(std::function<Complaint(std::string_view)> check) {
  auto parse = [check](std::string_view text, std::string& into) -> Complaint {
    if (Complaint complaint = check(text)) return complaint;
    into = text;
    return std::nullopt;
  };
  return {parse, [](const std::string& value) { return value; }};
}

// Or nothing at all.
ValueKind<std::string> or_empty(ValueKind<std::string> kind) {
  auto parse = [kind](std::string_view text, std::string& into) -> Complaint {
    if (!text.empty()) return kind.parse(text, into);
    into.clear();
    return std::nullopt;
  };
  return {parse, kind.print};
}

ValueKind<std::string> cut_brackets(ValueKind<std::string> kind) {
  auto parse = [kind](std::string_view text, std::string& into) {
    return kind.parse(without_brackets(text), into);
  };
  return {parse, kind.print};
}

Complaint host_complaint(std::string_view text) {
  if (text.empty()) return "is empty; a host name or an IP address is needed";
  if (has_blank(text) || text.find_first_of("/@") != std::string_view::npos) {
    return in_quotes(text) + " is not a host name or an IP address";
  }
  if (text.find(':') != std::string_view::npos && !is_ip(text)) {
    return in_quotes(text) + " is not a host name or an IP address (the port is a key of its own)";
  }
  if (text.size() > kLongestHost) return in_quotes(text) + " is longer than 255 characters";
  if (!is_host(text)) return in_quotes(text) + " is not a host name or an IP address";
  return std::nullopt;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string shown = "\"";
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    shown += "***";
    text.remove_prefix(at);
  }
  std::size_t length = std::min(text.size(), kShown);
  // Not in the middle of a UTF-8 sequence.
  while (length < text.size() && length > 0 &&
         (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
    --length;
  for (char c : text.substr(0, length)) shown += is_control(c) ? '?' : c;
  if (length < text.size()) shown += "...";
  return shown + "\"";
}

namespace kind {

ValueKind<std::uint16_t> port(unsigned smallest) {
  auto parse = [smallest](std::string_view text, std::uint16_t& into) -> Complaint {
    const auto number = whole_number<std::uint16_t>(text);
    if (!number || *number < smallest) {
      return in_quotes(text) + " is not a port (" + std::to_string(smallest) + "-65535)";
    }
    into = *number;
    return std::nullopt;
  };
  return {parse, [](std::uint16_t value) { return std::to_string(value); }};
}

ValueKind<unsigned> count(unsigned smallest, unsigned largest) {
  auto parse = [=](std::string_view text, unsigned& into) -> Complaint {
    const auto number = whole_number<unsigned>(text);
    if (!number || *number < smallest || *number > largest) {
      return in_quotes(text) + " is not a whole number from " + std::to_string(smallest) + " to " +
             std::to_string(largest);
    }
    into = *number;
    return std::nullopt;
  };
  return {parse, [](unsigned value) { return std::to_string(value); }};
}

ValueKind<unsigned> count_or_auto(unsigned largest) {
  auto parse = [=](std::string_view text, unsigned& into) -> Complaint {
    const auto number = text == "auto" ? 0 : whole_number<unsigned>(text).value_or(largest + 1);
    if (number > largest || (number == 0 && text != "auto")) {
      return in_quotes(text) + " is not auto or a whole number from 1 to " +
             std::to_string(largest);
    }
    into = number;
    return std::nullopt;
  };
  return {parse, [](unsigned value) { return value == 0 ? "auto" : std::to_string(value); }};
}

ValueKind<double> ratio(double smallest, double largest) {
  auto print = [](double value) {
    std::array<char, 64> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return std::string(text.data(), end);
  };
  auto parse = [=](std::string_view text, double& into) -> Complaint {
    const auto number = whole_number<double>(text);
    // Written so that "nan", which from_chars reads, is refused as well.
    if (!number || !(*number >= smallest && *number <= largest)) {
      return in_quotes(text) + " is not a number from " + print(smallest) + " to " + print(largest);
    }
    into = *number;
    return std::nullopt;
  };
  return {parse, print};
}

ValueKind<std::uint64_t> size(std::uint64_t smallest, std::uint64_t largest) {
  auto parse = [=](std::string_view text, std::uint64_t& into) -> Complaint {
    const auto bytes = parse_bytes(text);
    if (!bytes) return in_quotes(text) + " is not a size (write 64mb, 10Gi or a number of bytes)";
    if (*bytes < smallest)
      return in_quotes(text) + " is too small (at least " + format_bytes(smallest) + ")";
    if (*bytes > largest)
      return in_quotes(text) + " is too large (at most " + format_bytes(largest) + ")";
    into = *bytes;
    return std::nullopt;
  };
  return {parse, format_bytes};
}

ValueKind<Duration> duration(Duration shortest, Duration longest) {
  auto parse = [=](std::string_view text, Duration& into) -> Complaint {
    const auto length = parse_duration(text);
    if (!length) return in_quotes(text) + " is not a duration (write 100ms, 60s, 5m or 1h)";
    if (*length < shortest)
      return in_quotes(text) + " is too short (at least " + format_duration(shortest) + ")";
    if (*length > longest)
      return in_quotes(text) + " is too long (at most " + format_duration(longest) + ")";
    into = *length;
    return std::nullopt;
  };
  return {parse, format_duration};
}

ValueKind<bool> flag() {
  auto parse = [](std::string_view text, bool& into) -> Complaint {
    if (text != "yes" && text != "true" && text != "no" && text != "false") {
      return in_quotes(text) + " is not yes or no";
    }
    into = text == "yes" || text == "true";
    return std::nullopt;
  };
  return {parse, [](bool value) { return std::string(value ? "yes" : "no"); }};
}

ValueKind<std::string> host() { return cut_brackets(checked_text(host_complaint)); }

ValueKind<std::string> bind_address() {
  return cut_brackets(checked_text([](std::string_view text) -> Complaint {
    if (is_ip(text)) return std::nullopt;
    return in_quotes(text) + " is not an IP address (0.0.0.0 is every IPv4 one, :: every one)";
  }));
}

ValueKind<std::string> optional_bind_address() { return or_empty(bind_address()); }

ValueKind<std::string> announced_ip() { return or_empty(host()); }

ValueKind<std::string> path() {
  return checked_text([](std::string_view text) -> Complaint {
    if (text.empty()) return "is empty; a path is needed";
    if (has_control(text)) return in_quotes(text) + " is not a path";
    return std::nullopt;
  });
}

ValueKind<std::string> optional_path() { return or_empty(path()); }

ValueKind<std::string> optional_addresses() {
  return or_empty(checked_text([](std::string_view text) -> Complaint {
    for (const std::string_view part : parts_of(text)) {
      if (!address_of(part)) return in_quotes(part) + " is not HOST:PORT";
    }
    return std::nullopt;
  }));
}

ValueKind<FileText> optional_file() {
  const ValueKind<std::string> of_path = optional_path();
  auto parse = [of_path](std::string_view text, FileText& into) {
    return of_path.parse(text, into.path);
  };
  auto print = [of_path](const FileText& value) { return of_path.print(value.path); };
  return {parse, print};
}

ValueKind<std::string> word() {
  return checked_text([](std::string_view text) -> Complaint {
    if (text.empty()) return "is empty";
    if (has_blank(text)) return in_quotes(text) + " has a blank in it";
    return std::nullopt;
  });
}

ValueKind<std::string> optional_word() { return or_empty(word()); }

ValueKind<std::string> version() {
  return checked_text([](std::string_view text) -> Complaint {
    if (is_version(text)) return std::nullopt;
    return in_quotes(text) + " is not a version (three numbers: 7.0.15)";
  });
}

ValueKind<std::string> optional_version() { return or_empty(version()); }

ValueKind<std::string> secret_text() {
  return checked_text([](std::string_view) { return Complaint(); });
}

ValueKind<AckPolicy> ack_policy() {
  constexpr std::string_view kReplicas = "replicas:";
  auto parse = [=](std::string_view text, AckPolicy& into) -> Complaint {
    if (text == "received") {
      into = AckPolicy{AckPolicy::Kind::kReceived, 0};
      return std::nullopt;
    }
    if (text == "durable") {
      into = AckPolicy{AckPolicy::Kind::kDurable, 0};
      return std::nullopt;
    }
    if (text.starts_with(kReplicas)) {
      const auto n = whole_number<std::uint16_t>(text.substr(kReplicas.size()));
      if (n && *n > 0) {
        into = AckPolicy{AckPolicy::Kind::kReplicas, *n};
        return std::nullopt;
      }
    }
    return in_quotes(text) + " is not one of received, durable, replicas:N (N from 1 to 65535)";
  };
  auto print = [=](const AckPolicy& ack) -> std::string {
    switch (ack.kind) {
      case AckPolicy::Kind::kReceived:
        return "received";
      case AckPolicy::Kind::kDurable:
        return "durable";
      case AckPolicy::Kind::kReplicas:
        return std::string(kReplicas) + std::to_string(ack.replicas);
    }
    return {};
  };
  return {parse, print};
}

}  // namespace kind
}  // namespace relay
