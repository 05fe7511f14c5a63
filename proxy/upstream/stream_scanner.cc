#include "proxy/upstream/stream_scanner.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace relay {
namespace {

constexpr std::size_t kLongestHeader = 24;  // a sign, 18 digits and the line break, and some
constexpr std::size_t kMostDigits = 18;     // what surely fits into 64 bits
constexpr std::size_t kLongestLine = 64 * 1024;
constexpr std::uint64_t kMostWords = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kLongestMeaning = 8;  // REPLCONF

// Reads "<kind><number>\r\n" at `at` and returns what follows it. Null: it is not whole, or not
// that.
inline const char* read_header(const char* at, const char* end, char kind, std::uint64_t& number) {
  if (end - at < 4 || *at != kind) return nullptr;
  ++at;
  std::uint64_t value = static_cast<unsigned char>(*at) - std::uint64_t{'0'};
  if (value > 9) return nullptr;
  const char* const first_digit = at++;
  while (true) {
    if (at == end) return nullptr;
    const std::uint64_t digit = static_cast<unsigned char>(*at) - std::uint64_t{'0'};
    if (digit > 9) break;
    // Servers write no leading zeros, and read none.
    if (*first_digit == '0' || at - first_digit >= static_cast<std::ptrdiff_t>(kMostDigits)) {
      return nullptr;
    }
    value = value * 10 + digit;
    ++at;
  }
  if (end - at < 2 || at[0] != '\r' || at[1] != '\n') return nullptr;
  number = value;
  return at + 2;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// `upper` is in capitals. Without bit 5 a small letter is its capital, and nothing else is.
bool is_word(std::string_view word, std::string_view upper) {
  return std::equal(word.begin(), word.end(), upper.begin(), upper.end(),
                    [](char a, char b) { return (a & ~0x20) == b; });
}

std::string_view next_word(std::string_view& line) {
  constexpr std::string_view kSpaces = " \t";
  line.remove_prefix(std::min(line.find_first_not_of(kSpaces), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kSpaces));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

void StreamScanner::start(Offset at) {
  *this = StreamScanner();
  position_ = boundary_ = command_end_ = at;
}

void StreamScanner::observe(std::string_view bytes) {
  position_ += bytes.size();
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end && state_ != State::kBroken) {
    switch (state_) {
      case State::kCommand:
        at = whole_commands(at, end);
        if (at != end) at = command(at);
        break;
      case State::kHeader:
        at = header(at, end);
        break;
      case State::kBulk:
        if (*at != '$') {
          fail("a word does not begin with '$'");
          break;
        }
        state_ = State::kHeader;
        gathered_ = 0;
        break;
      case State::kPayload:
        at = payload(at, end);
        break;
      case State::kInline:
        at = inline_line(at, end);
        break;
      case State::kBroken:
        break;
    }
  }
}

std::optional<Offset> StreamScanner::take_getack() {
  const std::optional<Offset> taken = getack_;
  getack_.reset();
  return taken;
}

StreamScanner::Word StreamScanner::meaning(std::string_view word) {
  switch (word.size()) {
    case 4:
      return is_word(word, "EXEC") ? Word::kExec : Word::kOther;
    case 5:
      return is_word(word, "MULTI") ? Word::kMulti : Word::kOther;
    case 6:
      return is_word(word, "GETACK") ? Word::kGetack : Word::kOther;
    case 7:
      return is_word(word, "DISCARD") ? Word::kExec : Word::kOther;
    case 8:
      return is_word(word, "REPLCONF") ? Word::kReplconf : Word::kOther;
    default:
      return Word::kOther;
  }
}

// The commands that lie whole in what has arrived, which are nearly all: no state is kept for the
// parts of them. What stops it, an incomplete command or a wrong one, is left to the states to find
// out.
const char* StreamScanner::whole_commands(const char* at, const char* end) {
  while (true) {
    std::uint64_t words = 0;
    const char* next = read_header(at, end, '*', words);
    if (next == nullptr || words > kMostWords) return at;
    Word first = Word::kOther;
    Word second = Word::kOther;
    for (std::uint64_t word = 0; word < words; ++word) {
      std::uint64_t size = 0;
      next = read_header(next, end, '$', size);
      if (next == nullptr) return at;
      const auto here = static_cast<std::uint64_t>(end - next);
      if (here < 2 || size > here - 2 || next[size] != '\r' || next[size + 1] != '\n') return at;
      // Only commands of one word and of three can mean something.
      if (word == 0 && (words == 1 || words == 3)) {
        first = meaning({next, size});
      } else if (word == 1 && first == Word::kReplconf) {
        second = meaning({next, size});
      }
      next += size + 2;
    }
    at = next;
    complete(words, first, second, offset_of(at, end));
  }
}

const char* StreamScanner::command(const char* at) {
  gathered_ = 0;
  line_size_ = 0;
  if (*at == '\n') return at + 1;
  if (*at == '*') {
    state_ = State::kHeader;
  } else if (*at == '\r' || is_letter(*at)) {
    state_ = State::kInline;
  } else {
    fail("no command begins like that");
  }
  return at;
}

const char* StreamScanner::header(const char* at, const char* end) {
  std::uint64_t number = 0;
  if (gathered_ == 0) {
    const char kind = *at;
    if (const char* next = read_header(at, end, kind, number)) {
      take_header(kind, number);
      return next;
    }
  }
  while (at != end) {
    line_[gathered_++] = *at++;
    if (line_[gathered_ - 1] == '\n' || gathered_ == kLongestHeader) break;
  }
  if (line_[gathered_ - 1] != '\n' && gathered_ < kLongestHeader) return at;

  const char kind = line_[0];
  const char* const line_end = line_.data() + gathered_;
  if (read_header(line_.data(), line_end, kind, number) != nullptr) {
    take_header(kind, number);
    return at;
  }
  // Servers pass over a command of less than no words as over one of none.
  if (kind == '*' && line_[1] == '-') {
    line_[1] = '*';
    if (read_header(line_.data() + 1, line_end, '*', number) != nullptr && number != 0) {
      take_header('*', 0);
      return at;
    }
  }
  fail(kind == '*' ? "invalid multibulk length" : "invalid bulk length");
  return at;
}

void StreamScanner::take_header(char kind, std::uint64_t number) {
  if (kind == '*') {
    if (number > kMostWords) return fail("invalid multibulk length");
    words_ = words_left_ = number;
    first_ = second_ = Word::kOther;
    state_ = number == 0 ? State::kCommand : State::kBulk;
  } else {
    word_size_ = number;
    left_ = number + 2;
    gathered_ = 0;
    state_ = State::kPayload;
  }
}

const char* StreamScanner::payload(const char* at, const char* end) {
  if (left_ > 2) {
    const std::uint64_t size = std::min(left_ - 2, static_cast<std::uint64_t>(end - at));
    if (word_size_ <= kLongestMeaning) {
      std::memcpy(line_.data() + gathered_, at, size);
      gathered_ += size;
    }
    at += size;
    left_ -= size;
  }
  while (at != end && left_ > 0 && left_ <= 2) {
    if (*at != (left_ == 2 ? '\r' : '\n')) {
      fail("a word is longer than its length says");
      return at;
    }
    ++at;
    --left_;
  }
  if (left_ == 0) take_word(offset_of(at, end));
  return at;
}

void StreamScanner::take_word(Offset end) {
  if (word_size_ <= kLongestMeaning) {
    const Word word = meaning({line_.data(), gathered_});
    if (words_left_ == words_) first_ = word;
    if (words_left_ + 1 == words_) second_ = word;
  }
  --words_left_;
  state_ = State::kBulk;
  if (words_left_ > 0) return;
  state_ = State::kCommand;
  complete(words_, first_, second_, end);
}

const char* StreamScanner::inline_line(const char* at, const char* end) {
  const auto here = static_cast<std::size_t>(end - at);
  const auto* line_break = static_cast<const char*>(std::memchr(at, '\n', here));
  const std::size_t size = line_break == nullptr ? here : static_cast<std::size_t>(line_break - at);
  const std::size_t kept = std::min(size, line_.size() - gathered_);
  std::memcpy(line_.data() + gathered_, at, kept);
  gathered_ += kept;
  line_size_ += size;
  if (line_size_ > kLongestLine) {
    fail("an inline command is too long");
    return at;
  }
  if (line_break == nullptr) return end;
  state_ = State::kCommand;
  take_line({line_.data(), gathered_}, offset_of(line_break + 1, end));
  return line_break + 1;
}

void StreamScanner::take_line(std::string_view line, Offset end) {
  if (line == "\r") return;
  if (line.starts_with('\r')) return fail("no command begins like that");
  // A line too long to be held whole is none of the commands that mean something.
  if (line_size_ > line.size()) return complete(2, Word::kOther, Word::kOther, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  const Word first = meaning(next_word(line));
  std::string_view word = next_word(line);
  const Word second = meaning(word);
  std::uint64_t words = 1;
  for (; !word.empty(); word = next_word(line)) ++words;
  complete(words, first, second, end);
}

inline void StreamScanner::complete(std::uint64_t words, Word first, Word second, Offset end) {
  if (words == 0) return;
  if (words == 1 && first == Word::kMulti) {
    in_transaction_ = true;
  } else if (words == 1 && first == Word::kExec) {
    in_transaction_ = false;
  } else if (words == 3 && first == Word::kReplconf && second == Word::kGetack) {
    getack_ = command_end_;
  }
  command_end_ = end;
  if (!in_transaction_) boundary_ = end;
}

inline Offset StreamScanner::offset_of(const char* at, const char* end) const {
  return Offset::of_bytes(position_.bytes() - static_cast<std::uint64_t>(end - at));
}

void StreamScanner::fail(std::string_view text) {
  state_ = State::kBroken;
  error_.assign(text).append(", in the command after offset ");
  error_.append(std::to_string(command_end_.bytes()));
}

}  // namespace relay
