// The framing of a snapshot on its way from a master, after +FULLRESYNC or SYNC: newlines that keep
// the link alive, then "$<length>" and so many bytes, or "$EOF:<mark>" and bytes up to the mark, or
// a line "-<why not>".
//
//  (1) The bytes of the body come out once, in order, and nothing else does.
//  (2) With a length, no byte after the body is consumed: it belongs to the stream. With a mark, a
//      master is silent after it until our first ACK, so a mark with anything behind it in the same
//      read is a fault.
//  (3) With a mark, the last 40 bytes are held back until it is known that they are not it. Whoever
//      passes the body on can rely on that: no part of a mark ever comes out.
//  (4) kDone, kAborted and kBroken are final. In the last two, what came out before is no snapshot.
//
// The body is not copied, but for the at most 40 held bytes of each step. Inner ring. Threading:
// owned by one transfer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

class RdbTransfer {
 public:
  enum class State {
    kHeader,
    kBody,
    kDone,
    kAborted,  // the master said why it will send none: text()
    kBroken,   // not a transfer, or no longer one: text()
  };
  enum class Framing { kUnknown, kLength, kMark };

  // Body bytes that are now known to be such: first `held`, which came with an earlier feed(), then
  // `body`, which is a part of what was fed. Both are valid until the next feed() and as long as
  // what was fed is.
  struct Step {
    std::string_view held;
    std::string_view body;
    std::size_t consumed = 0;  // of what was fed; less than all of it only when the state is final
  };

  Step feed(std::string_view bytes);

  State state() const { return state_; }
  Framing framing() const { return framing_; }
  // Empty but for kAborted (the master's line) and kBroken.
  std::string_view text() const { return text_; }

  // Of the body. Known once the header has said it; with a mark, when all is done.
  std::optional<std::uint64_t> size() const;
  std::uint64_t passed() const { return passed_; }  // body bytes that came out
  // How many bytes this transfer is known to want still: reading no more keeps the stream's bytes
  // in the socket.
  std::optional<std::uint64_t> wanted() const;

 private:
  static constexpr std::size_t kMarkSize = 40;
  static constexpr std::size_t kLongestLine = 1024;

  std::size_t take_header(std::string_view bytes);
  void take_line(std::string_view line);
  void take_length(std::string_view digits);
  Step take_length_body(std::string_view bytes);
  Step take_marked_body(std::string_view bytes);
  bool mark_before_end(std::string_view bytes) const;
  void fail(std::string text);

  std::string_view mark() const { return {mark_.data(), mark_.size()}; }
  std::string_view tail() const { return {tail_.data(), tail_size_}; }

  State state_ = State::kHeader;
  Framing framing_ = Framing::kUnknown;
  std::uint64_t passed_ = 0;
  std::uint64_t length_ = 0;
  std::array<char, kMarkSize> mark_{};
  std::size_t tail_size_ = 0;
  std::array<char, kMarkSize> tail_{};      // the last bytes fed, perhaps the mark
  std::array<char, kMarkSize> released_{};  // what a step's `held` points to
  std::string line_;
  std::string text_;
};

}  // namespace relay
