#include "proxy/snapshot/rdb_verifier.h"

#include "common/base/crc64.h"
#include "proxy/snapshot/rdb_string.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace relay {
namespace {

constexpr std::size_t kMagic = 9;  // REDIS0009, VALKEY080
constexpr char kAuxOpcode = static_cast<char>(0xfa);
constexpr char kEndOpcode = static_cast<char>(0xff);
constexpr int kFirstVersionWithTrailer = 5;
// Of one name or value. Scripts were once kept in AUX fields and can be large; they stand behind
// all that we look for.
constexpr std::size_t kLongestField = 4096;
constexpr std::size_t kLongestPair = 2 * (kLongestField + 32);

template <typename Number>
std::optional<Number> parse_digits(std::string_view text) {
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || text.starts_with('-')) return std::nullopt;
  return value;
}

}  // namespace

void RdbVerifier::observe(std::string_view bytes) {
  size_ += bytes.size();
  observe_front(bytes);
  if (!error_.empty()) return;

  const std::size_t together = tail_size_ + bytes.size();
  const std::size_t known = together > kTrailer ? together - kTrailer : 0;
  const std::size_t from_tail = std::min(known, tail_size_);
  digest({tail_.data(), from_tail});
  digest(bytes.substr(0, known - from_tail));

  const std::string_view kept = bytes.substr(known - from_tail);
  tail_size_ -= from_tail;
  std::memmove(tail_.data(), tail_.data() + from_tail, tail_size_);
  std::copy(kept.begin(), kept.end(), tail_.data() + tail_size_);
  tail_size_ += kept.size();
}

RdbVerifier::Verdict RdbVerifier::finish() const {
  Verdict verdict;
  verdict.version = version_;
  verdict.size = size_;
  verdict.checksum = crc_;
  verdict.repl_id = repl_id_;
  verdict.repl_offset = repl_offset_;
  const bool has_trailer = version_ >= kFirstVersionWithTrailer;
  if (!error_.empty()) {
    verdict.text = error_;
  } else if (size_ < kMagic + 1 + (has_trailer ? kTrailer : 0)) {
    verdict.text = "too short for a snapshot: " + std::to_string(size_) + " bytes";
  } else if ((has_trailer ? last_digested_ : tail_[kTrailer - 1]) != kEndOpcode) {
    verdict.text = "no end of the data where it should be: the snapshot is cut short or damaged";
  } else if (!has_trailer) {
    verdict.ok = true;
    verdict.checksum_disabled = true;
  } else {
    std::uint64_t trailer = 0;
    for (std::size_t i = kTrailer; i > 0; --i) {
      trailer = (trailer << 8) | static_cast<unsigned char>(tail_[i - 1]);
    }
    verdict.checksum_disabled = trailer == 0;
    verdict.ok = trailer == 0 || trailer == crc_;
    if (!verdict.ok) verdict.text = "the checksum is wrong: the snapshot is damaged";
  }
  return verdict;
}

void RdbVerifier::observe_front(std::string_view bytes) {
  while (front_ != Front::kPast && !bytes.empty()) {
    // One pair at most is kept, so what is appended is bounded and the rest is seen in the next
    // round.
    const std::size_t room = kLongestPair - pending_.size();
    const std::size_t taken = std::min(room, bytes.size());
    pending_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);

    std::size_t used = 0;
    if (pending_.size() >= kMagic && front_ == Front::kMagic) {
      take_magic(std::string_view(pending_).substr(0, kMagic));
      used = kMagic;
    }
    if (front_ == Front::kAux) used += take_aux(std::string_view(pending_).substr(used));
    pending_.erase(0, used);
  }
  if (front_ == Front::kPast) pending_ = {};
}

void RdbVerifier::take_magic(std::string_view magic) {
  std::optional<int> version;
  if (magic.starts_with("REDIS")) version = parse_digits<int>(magic.substr(5));
  if (magic.starts_with("VALKEY")) version = parse_digits<int>(magic.substr(6));
  if (!version || *version == 0) {
    error_ = "not a snapshot of a format that is known";
    front_ = Front::kPast;
    return;
  }
  version_ = *version;
  front_ = Front::kAux;
}

// Takes all whole AUX fields at the front of `bytes` and returns how many bytes they are.
std::size_t RdbVerifier::take_aux(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (bytes[at] != kAuxOpcode) {
      front_ = Front::kPast;
      return at;
    }
    const RdbString name = read_rdb_string(bytes.substr(at + 1), kLongestField);
    RdbString value;
    if (name.outcome == RdbString::Outcome::kWhole) {
      value = read_rdb_string(bytes.substr(at + 1 + name.consumed), kLongestField);
    } else {
      value.outcome = name.outcome;
    }
    if (value.outcome == RdbString::Outcome::kNeedMore) return at;
    if (value.outcome == RdbString::Outcome::kUnreadable) {
      front_ = Front::kPast;
      return at;
    }
    take_field(name.value, value.value);
    at += 1 + name.consumed + value.consumed;
  }
  return at;
}

void RdbVerifier::take_field(const std::string& name, const std::string& value) {
  // Of several, the last holds, as in a server that loads them.
  if (name == "repl-id") repl_id_ = ReplId::parse(value);
  if (name == "repl-offset") {
    const auto offset = parse_digits<std::uint64_t>(value);
    repl_offset_ = offset ? std::optional(Offset::of_bytes(*offset)) : std::nullopt;
  }
  if (name == "ctime") taken_ = parse_digits<std::uint32_t>(value);
}

void RdbVerifier::digest(std::string_view bytes) {
  if (bytes.empty()) return;
  crc_ = crc64(crc_, bytes);
  last_digested_ = bytes.back();
}

}  // namespace relay
