#include "proxy/upstream/sentinel_talk.h"

#include "common/resp/reply_writer.h"
#include "proxy/upstream/reply_line.h"

#include <algorithm>
#include <vector>

namespace relay {
namespace {

namespace asio = boost::asio;
using Kind = HandshakeError::Kind;

constexpr std::string_view kChannel = "+switch-master";
constexpr unsigned kMostElements = 16;

[[noreturn]] void no_answer_of_sentinel(const std::string& line) {
  throw HandshakeError(Kind::kProtocol, "no answer of a Sentinel: " + line.substr(0, 100));
}

// The elements of an array whose first line has been read: bulk strings, and numbers as text.
asio::awaitable<std::vector<std::string>> elements(Peer& sentinel, std::int64_t count,
                                                   Patience patience) {
  std::vector<std::string> all;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string header = co_await sentinel.read_line(patience);
    if (number_behind(header, ':')) {
      all.push_back(header.substr(1));
      continue;
    }
    const auto size = number_behind(header, '$');
    if (!size) no_answer_of_sentinel(header);
    std::string text;
    if (*size >= 0) text = co_await sentinel.read_line(patience);
    if (*size >= 0 && text.size() != static_cast<std::size_t>(*size)) no_answer_of_sentinel(text);
    all.push_back(std::move(text));
  }
  co_return all;
}

}  // namespace

asio::awaitable<std::optional<Address>> ask_master(Peer& sentinel, std::string name) {
  std::string command = to_command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", name});
  co_await sentinel.send(std::move(command));
  const std::string header = co_await sentinel.read_line(Patience::kReply);
  if (header.starts_with('-')) throw HandshakeError(Kind::kRefused, header.substr(1, 200));
  const auto count = number_behind(header, '*');
  std::optional<Address> found;
  if (count == -1 || header == "$-1" || header == "_") co_return found;
  if (count != 2) no_answer_of_sentinel(header);
  const std::vector<std::string> parts = co_await elements(sentinel, *count, Patience::kReply);
  found = address_of(parts[0], parts[1]);
  if (!found) no_answer_of_sentinel(parts[0] + " " + parts[1]);
  co_return found;
}

asio::awaitable<void> subscribe_to_switches(Peer& sentinel) {
  std::string command = to_command({"SUBSCRIBE", std::string(kChannel)});
  co_await sentinel.send(std::move(command));
  const std::string header = co_await sentinel.read_line(Patience::kReply);
  if (header.starts_with('-')) throw HandshakeError(Kind::kRefused, header.substr(1, 200));
  if (number_behind(header, '*') != 3) no_answer_of_sentinel(header);
  const std::vector<std::string> parts = co_await elements(sentinel, 3, Patience::kReply);
  if (parts[0] != "subscribe") no_answer_of_sentinel(parts[0]);
}

asio::awaitable<std::string> next_message(Peer& sentinel) {
  const std::string header = co_await sentinel.read_line(Patience::kSilence);
  const auto count = number_behind(header, '*');
  if (!count || *count < 2 || *count > kMostElements) no_answer_of_sentinel(header);
  std::vector<std::string> parts = co_await elements(sentinel, *count, Patience::kReply);
  std::string text;
  if (parts[0] == "message" && parts.size() == 3 && parts[1] == kChannel) text = parts[2];
  co_return text;
}

std::optional<Address> switched_to(std::string_view message, std::string_view name) {
  std::vector<std::string_view> words;
  while (!message.empty()) {
    const std::size_t end = std::min(message.find(' '), message.size());
    words.push_back(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
  }
  if (words.size() != 5 || words[0] != name) return std::nullopt;
  return address_of(words[3], words[4]);
}

}  // namespace relay
