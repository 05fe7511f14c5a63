#include "proxy/upstream/tcp_peer.h"

#include "common/io/deadline.h"

#include <algorithm>
#include <utility>

namespace relay {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kBufferSize = 64 * 1024;
constexpr std::size_t kLongestLine = 1024;  // without its line break

}  // namespace

TcpPeer::TcpPeer(Stream& stream, std::chrono::milliseconds reply, std::chrono::milliseconds silence)
    : stream_(stream), reply_(reply), silence_(silence), buffer_(kBufferSize) {}

asio::awaitable<void> TcpPeer::send(std::string bytes) {
  auto work = write_all(std::move(bytes));
  auto limited = within(reply_, std::move(work));
  co_await std::move(limited);
}

asio::awaitable<std::string> TcpPeer::read_line(Patience patience) {
  std::optional<std::string> line = take_line();
  if (!line) {
    auto work = read_until_line();
    auto limited = within(patience == Patience::kReply ? reply_ : silence_, std::move(work));
    co_await std::move(limited);
    line = take_line();
  }
  co_return std::move(*line);
}

std::string TcpPeer::take_buffered() {
  std::string rest(buffered());
  begin_ = end_ = 0;
  return rest;
}

std::optional<std::string> TcpPeer::take_line() {
  const std::string_view bytes = buffered();
  const std::size_t length = std::min(bytes.find('\n'), bytes.size());
  // Two more: the '\r', and the byte by which a line without an end shows that it is too long.
  if (length > kLongestLine + 1) {
    throw HandshakeError(HandshakeError::Kind::kProtocol, "the master sent a line without an end");
  }
  if (length == bytes.size()) return std::nullopt;
  std::string line(bytes.substr(0, length));
  if (line.ends_with('\r')) line.pop_back();
  begin_ += length + 1;
  return line;
}

asio::awaitable<void> TcpPeer::write_all(std::string bytes) { co_await stream_.write_all(bytes); }

// Called while less than a line is buffered, so there is always room once it has been moved to the
// front.
asio::awaitable<void> TcpPeer::read_until_line() {
  do {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= std::exchange(begin_, 0);
    const std::span<char> room(buffer_.data() + end_, buffer_.size() - end_);
    end_ += co_await stream_.read_some(room);
  } while (buffered().find('\n') == std::string_view::npos && end_ <= kLongestLine + 1);
}

}  // namespace relay
