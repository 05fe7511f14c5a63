#include "proxy/history/history.h"

#include "common/base/crc32c.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace relay {
namespace {

// A master that shifts its id at every reconnect must not grow us without limit. Past this many the
// oldest is forgotten: its replicas get a full sync.
constexpr std::size_t kMostFormer = 1024;

constexpr std::string_view kTitle = "psync-relay history ";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kChecksum = "crc32c ";
constexpr std::size_t kChecksumLine = kChecksum.size() + 8 + 1;  // 8 digits and the line's end

std::string hex(std::uint32_t value) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", static_cast<unsigned>(value));
  return {text.data(), 8};
}

// Takes a prefix off the text, or leaves it as it is.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return part;
}

std::optional<Offset> parse_offset(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return Offset::of_bytes(value);
}

bool ends_in_a_checksum_line(std::string_view text) {
  return text.size() >= kChecksumLine && text.back() == '\n' &&
         text.substr(text.size() - kChecksumLine).starts_with(kChecksum);
}

}  // namespace

std::optional<History::Former> History::previous() const {
  if (former_.empty()) return std::nullopt;
  return former_.front();
}

bool History::holds(const ReplId& id, Offset at) const {
  if (id.is_none()) return false;
  if (id == id_) return true;
  return std::any_of(former_.begin(), former_.end(),
                     [&](const Former& one) { return one.id == id && at <= one.until; });
}

void History::shift(const ReplId& new_id, Offset at) {
  if (new_id == id_) return;
  std::erase_if(former_, [&](const Former& one) { return one.id == new_id || one.id == id_; });
  for (Former& one : former_) one.until = std::min(one.until, at);
  if (!id_.is_none()) former_.insert(former_.begin(), Former{id_, at});
  if (former_.size() > kMostFormer) former_.resize(kMostFormer);
  id_ = new_id;
}

void History::forget_before(Offset log_begin) {
  std::erase_if(former_, [&](const Former& one) { return one.until < log_begin; });
}

std::string History::encode() const {
  std::string text;
  text.append(kTitle).append(kVersion).append("\n");
  text.append("id ").append(id_.view()).append("\n");
  text.append("start ").append(std::to_string(start_.bytes())).append("\n");
  text.append("own-ids ").append(own_ids_ ? "yes" : "no").append("\n");
  for (const Former& one : former_) {
    text.append("former ").append(one.id.view()).append(" ");
    text.append(std::to_string(one.until.bytes())).append("\n");
  }
  const std::string sum = hex(crc32c(0, text));
  return text.append(kChecksum).append(sum).append("\n");
}

Result<History> History::decode(std::string_view text) {
  // The first and the last line keep their form in every version, so that an older relay can tell
  // "newer" from "damaged".
  const std::string_view title = text.substr(0, kTitle.size());
  if (!kTitle.starts_with(title)) return DataError::kDamaged;
  if (!ends_in_a_checksum_line(text)) return DataError::kTorn;
  std::string_view body = text.substr(0, text.size() - kChecksumLine);
  const std::string_view sum = text.substr(body.size() + kChecksum.size(), 8);
  if (sum != hex(crc32c(0, body))) return DataError::kDamaged;
  take(body, kTitle);
  if (take_until(body, '\n') != kVersion) return DataError::kUnsupported;

  // The checksum is right: what is wrong from here on was written so.
  if (!take(body, "id ")) return DataError::kDamaged;
  const auto id = ReplId::parse(take_until(body, '\n'));
  if (!take(body, "start ")) return DataError::kDamaged;
  const auto start = parse_offset(take_until(body, '\n'));
  if (!take(body, "own-ids ")) return DataError::kDamaged;
  const std::string_view own = take_until(body, '\n');
  if (!id || !start || (own != "yes" && own != "no")) return DataError::kDamaged;

  History history(*id, *start, own == "yes");
  while (!body.empty()) {
    if (!take(body, "former ")) return DataError::kDamaged;
    const auto former = ReplId::parse(take_until(body, ' '));
    const auto until = parse_offset(take_until(body, '\n'));
    if (!former || !until) return DataError::kDamaged;
    history.former_.push_back({*former, *until});
  }
  return history;
}

}  // namespace relay
