#include "tests/support/redis_client.h"

#include <sstream>
#include <stdexcept>

namespace relay::test {

std::string to_request(const Words& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words) {
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return text;
}

InfoFields parse_info(const std::string& text) {
  InfoFields fields;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    const auto colon = line.find(':');
    if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 1);
  }
  return fields;
}

RedisClient::RedisClient(std::uint16_t port, const std::string& password,
                         std::chrono::milliseconds timeout, const std::string& address)
    : timeout_(timeout), socket_(Socket::connect_to(port, address)) {
  if (!password.empty()) require({"AUTH", password});
}

Reply RedisClient::command(const Words& words) {
  send(to_request(words));
  return receive();
}

Reply RedisClient::require(const Words& words) {
  auto reply = command(words);
  if (reply.is_error()) throw std::runtime_error(words[0] + ": " + reply.text);
  return reply;
}

void RedisClient::send(std::string_view requests) { socket_.send_all(requests); }

Reply RedisClient::receive() {
  const auto line = receive_line();
  if (line.empty()) throw std::runtime_error("an empty line where a reply should be");
  const auto rest = line.substr(1);
  switch (line[0]) {
    case '+':
      return {Reply::Kind::kStatus, rest, 0, {}};
    case '-':
      return {Reply::Kind::kError, rest, 0, {}};
    case ':':
      return {Reply::Kind::kInteger, "", std::stoll(rest), {}};
    case '$': {
      const auto size = std::stoll(rest);
      if (size < 0) return {};
      auto bytes = receive_bytes(static_cast<std::size_t>(size) + 2);
      bytes.resize(static_cast<std::size_t>(size));
      return {Reply::Kind::kBulk, std::move(bytes), 0, {}};
    }
    case '*':
      return receive_aggregate(std::stoll(rest));
    default:
      throw std::runtime_error("not a reply: " + line);
  }
}

Reply RedisClient::receive_aggregate(long long count) {
  if (count < 0) return {};
  Reply reply;
  reply.kind = Reply::Kind::kArray;
  for (long long i = 0; i < count; ++i) reply.elements.push_back(receive());
  return reply;
}

std::string RedisClient::receive_line() {
  while (true) {
    const auto end = buffer_.find("\r\n", consumed_);
    if (end != std::string::npos) {
      auto line = buffer_.substr(consumed_, end - consumed_);
      consumed_ = end + 2;
      return line;
    }
    fill();
  }
}

std::string RedisClient::receive_bytes(std::size_t count) {
  while (buffer_.size() - consumed_ < count) fill();
  auto bytes = buffer_.substr(consumed_, count);
  consumed_ += count;
  return bytes;
}

void RedisClient::fill() {
  buffer_.erase(0, consumed_);
  consumed_ = 0;
  const auto bytes = socket_.receive(1 << 20, timeout_);
  if (bytes.empty()) throw std::runtime_error("the server closed the connection");
  buffer_ += bytes;
}

}  // namespace relay::test
