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
  if (context_ == nullptr) return begin_greeting();
  channel_ = std::make_unique<TlsChannel>(*context_, socket_.fd(), "127.0.0.1");
  state_ = State::kShakingHands;
  readable();
}

void Sink::begin_greeting() {
  state_ = State::kGreeting;
  say(command("PING"));
}

void Sink::close() {
  channel_.reset();
  socket_.close();
  line_.clear();
  state_ = State::kClosed;
  eager_acks_ = 0;
}

void Sink::say(std::string_view bytes) {
  // Far less than a socket's buffer holds: what does not go out at once is a link that is gone. It is
  // not closed here: whoever reads from it finds its end, and that may be another thread.
  const ssize_t n = channel_ ? channel_->send(bytes)
                             : ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(bytes.size())) ::shutdown(socket_.fd(), SHUT_RDWR);
}

void Sink::readable() {
  if (channel_ && state_ != State::kShakingHands) return read_decrypted();
  switch (state_) {
    case State::kClosed:
    case State::kConnecting:
      return;
    case State::kShakingHands:
      return shake_hands();
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

void Sink::shake_hands() {
  try {
    if (channel_->shake_hands() != TlsChannel::Handshake::kDone) return;
  } catch (const TlsFault& fault) {
    totals_->last_refusal = fault.what();
    return close();
  }
  begin_greeting();
}

// All that there is: what is decrypted already does not make the socket readable.
void Sink::read_decrypted() {
  static std::array<char, kReadSize> bytes;
  while (channel_) {
    const ssize_t n = channel_->receive(bytes.data(), bytes.size());
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return close();
    take({bytes.data(), static_cast<std::size_t>(n)});
  }
}

void Sink::take(std::string_view bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::kClosed:
      case State::kConnecting:
      case State::kShakingHands:
        return;
      case State::kGreeting:
      case State::kSizeOfSnapshot:
        take_line_of(bytes);
        break;
      case State::kSnapshot: {
        const std::size_t n = std::min<std::uint64_t>(left_, bytes.size());
        bytes.remove_prefix(n);
        take_of_snapshot(n);
        break;
      }
      case State::kSnapshotToMark:
        return take_towards_mark(bytes);
      case State::kStreaming:
        return count(bytes.size());
    }
  }
}

void Sink::take_line_of(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  line_ += bytes.substr(0, end);
  if (end == std::string_view::npos) {
    bytes = {};
    return;
  }
  bytes.remove_prefix(end + 1);
  std::string line;
  line.swap(line_);
  if (line.ends_with('\r')) line.pop_back();
  meet(line);
}

void Sink::meet(const std::string& line) {
  if (line.empty()) return;  // keeps the link alive
  if (state_ == State::kGreeting) {
    greet(line);
  } else {
    size_of_snapshot(line);
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
    meet(*line);
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
  take_of_snapshot(n);
}

void Sink::take_of_snapshot(std::size_t n) {
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
  if (n > 0) take_towards_mark({bytes.data(), static_cast<std::size_t>(n)});
}

void Sink::take_towards_mark(std::string_view bytes) {
  totals_->snapshot_bytes += bytes.size();
  tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), kMarkSize));
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
