// What a master sends after PSYNC or SYNC, taken apart: the answer, the snapshot in either framing,
// the stream.
//
//  (1) The same parts come out whatever the splits of the input.
//  (2) Used on a live connection (raw replica) and on a recording of one (tap), so that both are
//      judged by the same reading.
//
// On a live connection nothing may follow the EOF mark before the replica's first ACK;
// glued_to_mark() tells how many bytes did in the same piece. In a recording they naturally do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace relay::test {

class ReplicationReader {
 public:
  using Sink = std::function<void(std::string_view)>;
  enum class State { kAnswer, kHeader, kSnapshot, kStream, kRefused };
  enum class Beginning {
    kAnswer,     // the next line answers PSYNC or SYNC
    kHandshake,  // lines that answer the handshake come first
  };

  ReplicationReader(Beginning beginning, Sink snapshot, Sink stream)
      : beginning_(beginning), snapshot_(std::move(snapshot)), stream_(std::move(stream)) {}

  void feed(std::string_view bytes);
  // After a refusal: the question is asked once more.
  void ask_again();

  State state() const { return state_; }
  const std::string& answer() const { return answer_; }  // the whole line: "+CONTINUE <id>"
  bool is_full() const { return answer_.starts_with("+FULLRESYNC") || is_legacy_; }
  bool is_continued() const { return answer_.starts_with("+CONTINUE"); }
  const std::string& id() const { return id_; }  // empty if the answer has none
  std::uint64_t full_sync_offset() const { return offset_; }
  bool has_mark() const { return !mark_.empty(); }  // $EOF: framing
  std::uint64_t snapshot_bytes() const { return snapshot_bytes_; }
  bool is_snapshot_whole() const { return is_full() && state_ == State::kStream; }
  unsigned newlines() const { return newlines_; }
  std::uint64_t glued_to_mark() const { return glued_; }

 private:
  std::optional<std::string> take_line(std::string_view& bytes);
  void see_line(const std::string& line);
  void feed_sized(std::string_view& bytes);
  void feed_marked(std::string_view& bytes);

  Beginning beginning_;
  Sink snapshot_;
  Sink stream_;
  State state_ = State::kAnswer;
  std::string line_;
  std::string answer_;
  std::string id_;
  bool is_legacy_ = false;  // SYNC: no answer line
  std::uint64_t offset_ = 0;
  std::uint64_t left_ = 0;  // of a sized snapshot
  std::string mark_;
  std::string held_;  // the last bytes of a marked snapshot: they may be the mark
  std::uint64_t snapshot_bytes_ = 0;
  unsigned newlines_ = 0;
  std::uint64_t glued_ = 0;
};

}  // namespace relay::test
