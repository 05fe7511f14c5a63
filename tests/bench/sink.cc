#include "tests/bench/sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>
#include <sys/socket.h>

namespace relay::bench {
namespace {

constexpr std::size_t kMostAtOnce = 16 << 20;
constexpr std::size_t kMarkSize = 40;
constexpr std::size_t kReadSize = 256 << 10;
constexpr unsigned kEagerAcks = 20;

}  // namespace

bool Sink::begin(std::uint16_t port, unsigned index) {
  close();
  socket_ = begin_connecting(port, index);
  if (!socket_.is_open()) return false;
  state_ = State::kConnecting;
  step_ = 0;
  return true;
}

void Sink::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return close();
  state_ = State::kGreeting;
  say(command("PING"));
}

void Sink::close() {
  socket_.close();
  state_ = State::kClosed;
  eager_acks_ = 0;
}

void Sink::say(std::string_view bytes) {
  // Far less than a socket's buffer holds: what does not go out at once is a link that is gone. It is
  // not closed here: whoever reads from it finds its end, and that may be another thread.
  const ssize_t n = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(bytes.size())) ::shutdown(socket_.fd(), SHUT_RDWR);
}

void Sink::readable() {
  switch (state_) {
    case State::kClosed:
    case State::kConnecting:
      return;
    case State::kGreeting:
    case State::kSizeOfSnapshot:
      return lines();
    case State::kSnapshot:
      return snapshot();
    case State::kSnapshotToMark:
      return snapshot_to_mark();
    case State::kStreaming:
      return stream();
  }
}

// What comes after the lines makes the socket readable again.
void Sink::lines() {
  while (state_ == State::kGreeting || state_ == State::kSizeOfSnapshot) {
    const auto line = take_line(socket_);
    if (!line) {
      char next = 0;
      const ssize_t n = ::recv(socket_.fd(), &next, 1, MSG_PEEK);
      if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) close();
      return;
    }
    if (line->empty()) continue;  // keeps the link alive
    if (state_ == State::kGreeting) {
      greet(*line);
    } else {
      size_of_snapshot(*line);
    }
  }
}

void Sink::greet(const std::string& line) {
  switch (step_++) {
    case 0:
      return say(command("REPLCONF", "listening-port", "1"));
    case 1:
      return say(command("REPLCONF", "capa", "eof", "capa", "psync2"));
    case 2:
      return say(command("PSYNC", position_.id,
                         position_.is_known() ? std::to_string(position_.offset + 1) : "-1"));
    default:
      return answer_to_psync(line);
  }
}

void Sink::answer_to_psync(const std::string& line) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == "+FULLRESYNC") {
    words >> position_.id >> position_.offset;
    state_ = State::kSizeOfSnapshot;
    ++totals_->full_syncs;
  } else if (word == "+CONTINUE") {
    std::string id;
    if (words >> id) position_.id = id;
    ++totals_->partial_syncs;
    begin_streaming();
  } else {
    totals_->last_refusal = line;
    close();
  }
}

void Sink::size_of_snapshot(const std::string& line) {
  if (line.starts_with("$EOF:")) {
    mark_ = line.substr(5);
    tail_.clear();
    state_ = State::kSnapshotToMark;
  } else if (line.starts_with("$")) {
    left_ = std::stoull(line.substr(1));
    state_ = State::kSnapshot;
  } else {
    totals_->last_refusal = line;
    close();
  }
}

void Sink::snapshot() {
  bool is_closed = false;
  const std::size_t n = discard(socket_, std::min<std::uint64_t>(left_, kMostAtOnce), is_closed);
  if (is_closed) return close();
  left_ -= n;
  totals_->snapshot_bytes += n;
  if (left_ == 0) begin_streaming();
}

// Nothing follows the mark before we have acknowledged something, so it is at the end of what has
// arrived.
void Sink::snapshot_to_mark() {
  static std::array<char, kReadSize> bytes;
  const ssize_t n = ::recv(socket_.fd(), bytes.data(), bytes.size(), 0);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return close();
  if (n < 0) return;
  const auto size = static_cast<std::size_t>(n);
  totals_->snapshot_bytes += size;
  const std::size_t fresh = std::min(size, kMarkSize);
  tail_.append(bytes.data() + size - fresh, fresh);
  if (tail_.size() > kMarkSize) tail_.erase(0, tail_.size() - kMarkSize);
  if (tail_ != mark_) return;
  totals_->snapshot_bytes -= kMarkSize;
  eager_acks_ = kEagerAcks;
  begin_streaming();
}

void Sink::begin_streaming() {
  state_ = State::kStreaming;
  acknowledge();
}

void Sink::stream() {
  bool is_closed = false;
  count(discard(socket_, kMostAtOnce, is_closed));
  if (is_closed) close();
}

void Sink::count(std::uint64_t stream_bytes) {
  if (stream_bytes > 0) eager_acks_ = 0;
  position_.offset += stream_bytes;
  totals_->stream_bytes += stream_bytes;
}

void Sink::acknowledge() {
  if (state_ == State::kStreaming) {
    if (eager_acks_ > 0) --eager_acks_;
    say(command("REPLCONF", "ACK", std::to_string(position_.offset)));
  }
}

}  // namespace relay::bench
