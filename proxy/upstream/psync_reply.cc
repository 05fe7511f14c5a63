#include "proxy/upstream/psync_reply.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <vector>

namespace relay {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.empty()) return words;
    words.push_back(line.substr(0, line.find(' ')));
    line.remove_prefix(words.back().size());
  }
}

std::optional<ReplId> parse_id(std::string_view text) {
  const std::optional<ReplId> id = ReplId::parse(text);
  // The all-zero id names no history: a log under it could be continued by anybody.
  return id && !id->is_none() ? id : std::nullopt;
}

std::optional<Offset> parse_offset(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  // Servers count in signed 64 bits.
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (error != std::errc() || stop != end || value > kMost) return std::nullopt;
  return Offset::of_bytes(value);
}

PsyncReply parse_success(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words[0] == "+CONTINUE") {
    if (words.size() == 1) return PsyncContinue{};
    if (words.size() == 2) {
      if (const auto id = parse_id(words[1])) return PsyncContinue{id};
    }
  } else if (words[0] == "+FULLRESYNC" && words.size() == 3) {
    const auto id = parse_id(words[1]);
    const auto offset = parse_offset(words[2]);
    if (id && offset) return PsyncFullResync{*id, *offset};
  }
  return PsyncMalformed{std::string(line)};
}

PsyncReply parse_error(std::string_view line) {
  static constexpr std::array<std::string_view, 6> kPassing = {
      "-NOMASTERLINK",
      "-LOADING",
      "-MASTERDOWN",
      "-BUSY",
      "-ERR Can't SYNC while not connected",
      "-ERR max number of clients"};
  const auto begins = [&](std::string_view prefix) { return line.starts_with(prefix); };
  if (std::any_of(kPassing.begin(), kPassing.end(), begins)) {
    return PsyncTryLater{std::string(line)};
  }
  if (begins("-ERR unknown command")) return PsyncUnsupported{std::string(line)};
  return PsyncRefused{std::string(line)};
}

}  // namespace

PsyncReply parse_psync_reply(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with('-')) return parse_error(line);
  if (line.starts_with('+')) return parse_success(line);
  return PsyncMalformed{std::string(line)};
}

}  // namespace relay
