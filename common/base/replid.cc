#include "common/base/replid.h"

#include <algorithm>
#include <random>

namespace relay {

ReplId::ReplId() { digits_.fill('0'); }

std::optional<ReplId> ReplId::parse(std::string_view text) {
  if (text.size() != kLength) return std::nullopt;
  ReplId id;
  for (std::size_t i = 0; i < kLength; ++i) {
    const char c = text[i];
    const char lower = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    // Any byte is accepted but those that would break a line or a file of ours: masters behind
    // proxies have been seen with ids that are not hexadecimal, and servers compare ids as plain
    // text.
    const bool printable = lower > ' ' && lower < 0x7f;
    if (!printable) return std::nullopt;
    id.digits_[i] = lower;
  }
  return id;
}

ReplId ReplId::random() {
  std::random_device device;
  ReplId id;
  std::uniform_int_distribution<int> digit(0, 15);
  std::generate(id.digits_.begin(), id.digits_.end(),
                [&] { return "0123456789abcdef"[digit(device)]; });
  return id;
}

bool ReplId::is_none() const {
  return std::all_of(digits_.begin(), digits_.end(), [](char c) { return c == '0'; });
}

}  // namespace relay
