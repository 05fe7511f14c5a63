#include "tests/bench/load_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>

namespace relay::bench {
namespace {

constexpr std::size_t kKeys = 1000;

}  // namespace

LoadBlock make_block(std::size_t value_bytes, std::size_t block_bytes) {
  LoadBlock block;
  const std::string value(value_bytes, 'v');
  while (block.bytes.size() < block_bytes) {
    const std::string key = "bench:" + std::to_string(1000 + block.commands % kKeys);
    block.bytes += command("SET", key, value);
    ++block.commands;
  }
  return block;
}

LoadConnection::LoadConnection(std::uint16_t port, const LoadBlock& block)
    : block_(&block),
      most_unanswered_(block.commands),
      socket_(connect_to(port)),
      sent_(block.bytes.size()) {
  do_not_block(socket_);
}

void LoadConnection::begin_block() {
  sent_ = 0;
  unanswered_ += block_->commands;
  send_some();
}

void LoadConnection::send_some() {
  while (is_sending()) {
    const std::string_view rest = std::string_view(block_->bytes).substr(sent_);
    const ssize_t n = ::send(socket_.fd(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) throw system_fault("send");
    sent_ += static_cast<std::size_t>(n);
  }
}

void LoadConnection::read_replies() {
  std::array<char, 65536> bytes{};
  const ssize_t n = ::recv(socket_.fd(), bytes.data(), bytes.size(), 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) throw std::runtime_error("the master has closed the connection");
  const std::string_view text(bytes.data(), static_cast<std::size_t>(n));
  if (text.find('-') != std::string_view::npos) {
    throw std::runtime_error("the master: " + std::string(text.substr(text.find('-'), 100)));
  }
  unanswered_ -= static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace relay::bench
