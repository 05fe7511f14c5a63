#include "proxy/snapshot/rdb_transfer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

namespace relay {
namespace {

constexpr std::string_view kMarkPrefix = "$EOF:";

bool occurs(std::string_view bytes, std::string_view what) {
  // memmem reads large bytes several times faster than std::search.
  return memmem(bytes.data(), bytes.size(), what.data(), what.size()) != nullptr;
}

}  // namespace

RdbTransfer::Step RdbTransfer::feed(std::string_view bytes) {
  const std::size_t header = state_ == State::kHeader ? take_header(bytes) : 0;
  bytes.remove_prefix(header);
  Step step;
  if (state_ == State::kBody && !bytes.empty()) {
    step = framing_ == Framing::kLength ? take_length_body(bytes) : take_marked_body(bytes);
  }
  passed_ += step.held.size() + step.body.size();
  step.consumed += header;
  return step;
}

std::optional<std::uint64_t> RdbTransfer::size() const {
  if (framing_ == Framing::kLength) return length_;
  if (framing_ == Framing::kMark && state_ == State::kDone) return passed_;
  return std::nullopt;
}

std::optional<std::uint64_t> RdbTransfer::wanted() const {
  if (framing_ == Framing::kLength) return length_ - passed_;
  if (state_ == State::kHeader || state_ == State::kBody) return std::nullopt;
  return 0;
}

std::size_t RdbTransfer::take_header(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && state_ == State::kHeader) {
    const std::string_view rest = bytes.substr(at);
    const std::size_t end = rest.find('\n');
    const std::string_view part = rest.substr(0, end);
    if (line_.size() + part.size() > kLongestLine) {
      fail("the header of the transfer is too long");
      break;
    }
    line_.append(part);
    at += part.size();
    if (end == std::string_view::npos) break;
    ++at;
    if (line_.ends_with('\r')) line_.pop_back();
    if (!line_.empty()) take_line(line_);
    line_.clear();
  }
  return at;
}

void RdbTransfer::take_line(std::string_view line) {
  if (line.starts_with('-')) {
    text_ = line;
    state_ = State::kAborted;
  } else if (line.starts_with(kMarkPrefix)) {
    line.remove_prefix(kMarkPrefix.size());
    if (line.size() != kMarkSize) return fail("the mark of the transfer is not of 40 bytes");
    std::memcpy(mark_.data(), line.data(), kMarkSize);
    framing_ = Framing::kMark;
    state_ = State::kBody;
  } else if (line.starts_with('$')) {
    take_length(line.substr(1));
  } else {
    fail("the header of the transfer is neither a length nor a mark: " +
         std::string(line.substr(0, 64)));
  }
}

void RdbTransfer::take_length(std::string_view digits) {
  std::uint64_t length = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, length);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  // Even an empty dataset has some ninety bytes; a length of 0 once meant a mark to some tools, and
  // is a fault either way.
  if (error != std::errc() || stop != end || length == 0 || length > kMost) {
    return fail("the length of the transfer is not valid: " + std::string(digits.substr(0, 64)));
  }
  length_ = length;
  framing_ = Framing::kLength;
  state_ = State::kBody;
}

RdbTransfer::Step RdbTransfer::take_length_body(std::string_view bytes) {
  Step step;
  const std::uint64_t left = length_ - passed_;
  step.body =
      bytes.substr(0, static_cast<std::size_t>(std::min(left, std::uint64_t{bytes.size()})));
  step.consumed = step.body.size();
  if (step.body.size() == left) state_ = State::kDone;
  return step;
}

RdbTransfer::Step RdbTransfer::take_marked_body(std::string_view bytes) {
  Step step;
  if (mark_before_end(bytes)) {
    fail("bytes follow the mark that ends the transfer");
    return step;
  }
  step.consumed = bytes.size();

  // Of what was held and what was fed, all but the last 40 bytes are surely body.
  const std::size_t together = tail_size_ + bytes.size();
  const std::size_t known = together > kMarkSize ? together - kMarkSize : 0;
  const std::size_t from_tail = std::min(known, tail_size_);
  std::memcpy(released_.data(), tail_.data(), from_tail);
  step.held = {released_.data(), from_tail};
  step.body = bytes.substr(0, known - from_tail);

  const std::string_view kept = bytes.substr(step.body.size());
  tail_size_ -= from_tail;
  std::memmove(tail_.data(), tail_.data() + from_tail, tail_size_);
  std::memcpy(tail_.data() + tail_size_, kept.data(), kept.size());
  tail_size_ += kept.size();

  if (tail() == mark()) state_ = State::kDone;
  return step;
}

// Whether the mark lies in what is held and fed together, elsewhere than at the end of it.
bool RdbTransfer::mark_before_end(std::string_view bytes) const {
  std::array<char, 2 * kMarkSize> seam{};
  std::memcpy(seam.data(), tail_.data(), tail_size_);
  const std::size_t after = std::min(bytes.size() - 1, kMarkSize);
  std::memcpy(seam.data() + tail_size_, bytes.data(), after);
  return occurs({seam.data(), tail_size_ + after}, mark()) ||
         occurs(bytes.substr(0, bytes.size() - 1), mark());
}

void RdbTransfer::fail(std::string text) {
  text_ = std::move(text);
  state_ = State::kBroken;
}

}  // namespace relay
