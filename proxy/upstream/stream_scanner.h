// Follows the borders of commands in the master's replication stream as it passes, altering and
// keeping nothing of it.
//
//  (1) position() is the start plus every byte observed; boundary() <= position().
//  (2) boundary() is the last border of commands that lies outside MULTI: where a replica may be
//      cut back to, and what we ask a master for after a lost link. It moves only forward.
//  (3) The same results whatever the splits of the input.
//  (4) Bulks are skipped by their length: cost per command and per word, not per byte, with no
//      limit on a command's size. Memory is a few words, whatever passes.
//  (5) Newlines between commands (Redis 2.8-3.x sends them) are bytes of the stream, but the
//      boundary passes them only together with the next command, as the offset of a replica does.
//  (6) An error is final until start(): the bytes are no command stream, and the boundary stays at
//      the last good border.
//
// MULTI, EXEC and DISCARD count where they are a command's only word. A line that begins with a
// letter is an inline command. Inner ring. Threading: owned by the upstream link.
#pragma once

#include "common/base/offset.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

class StreamScanner {
 public:
  StreamScanner() = default;

  // Forgets everything: the next byte observed is the one after `at`, a border of commands outside
  // MULTI.
  void start(Offset at);
  void observe(std::string_view bytes);

  Offset position() const { return position_; }
  Offset boundary() const { return boundary_; }
  bool in_transaction() const { return in_transaction_; }

  // The place just before the last REPLCONF GETACK that has passed whole: what a replica answers it
  // with. Once per request.
  std::optional<Offset> take_getack();

  // Empty, or what is wrong with the bytes.
  std::string_view error() const { return error_; }

 private:
  // What is awaited next.
  enum class State {
    kCommand,  // the first byte of a command, or a newline
    kHeader,   // the rest of a line "*<n>" or "$<n>", gathered in line_
    kBulk,     // the '$' of the next word
    kPayload,  // the rest of a word and its line break, left_ bytes
    kInline,   // the rest of an inline command, or of a line break between commands
    kBroken,
  };
  // What the first word of the command means to us, as far as it is known.
  enum class Word { kOther, kMulti, kExec, kReplconf, kGetack };

  static Word meaning(std::string_view word);

  // Each takes what it can of [at, end) and returns where the next must go on.
  const char* whole_commands(const char* at, const char* end);
  const char* command(const char* at);
  const char* header(const char* at, const char* end);
  const char* payload(const char* at, const char* end);
  const char* inline_line(const char* at, const char* end);

  void take_header(char kind, std::uint64_t number);
  void take_word(Offset end);
  void take_line(std::string_view line, Offset end);
  void complete(std::uint64_t words, Word first, Word second, Offset end);
  Offset offset_of(const char* at, const char* end) const;
  void fail(std::string_view text);

  State state_ = State::kCommand;
  bool in_transaction_ = false;
  Offset position_;
  Offset boundary_;
  Offset command_end_;  // of the last command, in or outside MULTI
  std::optional<Offset> getack_;

  // The command that is only partly here.
  std::uint64_t words_ = 0;
  std::uint64_t words_left_ = 0;
  std::uint64_t word_size_ = 0;
  std::uint64_t left_ = 0;  // of the word and its line break
  Word first_ = Word::kOther;
  Word second_ = Word::kOther;
  std::size_t line_size_ = 0;  // of an inline command; line_ holds its beginning
  std::size_t gathered_ = 0;   // of line_
  std::array<char, 64> line_{};

  std::string error_;
};

}  // namespace relay
