#include "tests/support/replication_reader.h"

#include <algorithm>
#include <sstream>

namespace relay::test {

void ReplicationReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::kAnswer:
      case State::kHeader:
        if (const auto line = take_line(bytes)) see_line(*line);
        break;
      case State::kSnapshot:
        if (mark_.empty()) {
          feed_sized(bytes);
        } else {
          feed_marked(bytes);
        }
        break;
      case State::kStream:
        stream_(bytes);
        return;
      case State::kRefused:
        return;
    }
  }
}

void ReplicationReader::ask_again() {
  answer_.clear();
  state_ = State::kAnswer;
}

std::optional<std::string> ReplicationReader::take_line(std::string_view& bytes) {
  const auto end = bytes.find('\n');
  line_ += bytes.substr(0, end);
  if (end == std::string_view::npos) {
    bytes = {};
    return std::nullopt;
  }
  bytes.remove_prefix(end + 1);
  std::string line;
  line.swap(line_);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void ReplicationReader::see_line(const std::string& line) {
  if (line.empty()) {
    ++newlines_;
    return;
  }
  if (line[0] == '$' && (state_ == State::kHeader || answer_.empty())) {
    is_legacy_ = state_ == State::kAnswer;
    if (line.starts_with("$EOF:")) {
      mark_ = line.substr(5);
    } else {
      left_ = std::stoull(line.substr(1));
    }
    state_ = State::kSnapshot;
    return;
  }
  if (line.starts_with("+FULLRESYNC ") || line.starts_with("+CONTINUE")) {
    answer_ = line;
    std::istringstream in(line);
    std::string word;
    in >> word >> id_ >> offset_;
    state_ = line[1] == 'F' ? State::kHeader : State::kStream;
    return;
  }
  if (beginning_ == Beginning::kHandshake && state_ == State::kAnswer) return;
  answer_ = line;
  state_ = State::kRefused;
}

void ReplicationReader::feed_sized(std::string_view& bytes) {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  snapshot_(bytes.substr(0, count));
  snapshot_bytes_ += count;
  left_ -= count;
  bytes.remove_prefix(count);
  if (left_ == 0) state_ = State::kStream;
}

void ReplicationReader::feed_marked(std::string_view& bytes) {
  const auto before = held_.size();
  held_ += bytes;
  const auto found = held_.find(mark_);
  const bool is_found = found != std::string::npos;
  const auto whole = is_found ? found : held_.size() - std::min(held_.size(), mark_.size());
  snapshot_(std::string_view(held_).substr(0, whole));
  snapshot_bytes_ += whole;
  if (!is_found) {
    held_.erase(0, whole);
    bytes = {};
    return;
  }
  bytes.remove_prefix(found + mark_.size() - before);
  glued_ = bytes.size();
  state_ = State::kStream;
}

}  // namespace relay::test
