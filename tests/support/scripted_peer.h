// A master that exists only as its replies: what the handshake says to it is recorded word by word,
// what it answers is scripted.
//
//  (1) As a real master it answers each command in order, and refuses PSYNC while a reply of its
//      own has not been read.
//  (2) A command without a script gets the answer of a healthy master. PSYNC has none: it is always
//      scripted.
//  (3) Reading when nothing was answered throws eof, as a closed connection does.
#pragma once

#include "common/resp/request_parser.h"
#include "proxy/upstream/handshake.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <cctype>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay {

class ScriptedPeer : public Peer {
 public:
  // The command is known by its first word, and a REPLCONF by its first two: "REPLCONF capa".
  void on(const std::string& command, std::vector<std::string> lines) {
    script_[upper(command)] = std::move(lines);
  }

  boost::asio::awaitable<void> send(std::string bytes) override {
    sends_.push_back(bytes);
    parser_.feed(bytes);
    while (const Request* request = parser_.next()) take(*request);
    co_return;
  }

  boost::asio::awaitable<std::string> read_line(Patience patience) override {
    patiences_.push_back(patience);
    if (unread_.empty()) throw boost::system::system_error(boost::asio::error::eof);
    std::string line = std::move(unread_.front());
    unread_.pop_front();
    co_return line;
  }

  // Each command that was sent, its words joined by spaces.
  const std::vector<std::string>& commands() const { return commands_; }
  const std::vector<std::string>& sends() const { return sends_; }       // the bytes of each send()
  const std::vector<Patience>& patiences() const { return patiences_; }  // of each line read
  std::size_t unread() const { return unread_.size(); }

 private:
  static std::string upper(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }

  void take(const Request& request) {
    std::string text;
    for (const std::string_view word : request) {
      text += (text.empty() ? "" : " ") + std::string(word);
    }
    commands_.push_back(text);
    const std::string verb = upper(std::string(request[0]));
    const std::string verb_and_option =
        request.size() > 1 ? verb + " " + upper(std::string(request[1])) : verb;
    if (verb == "PSYNC" && !unread_.empty()) {
      answer({"-ERR SYNC and PSYNC are invalid with pending output"});
    } else if (const auto two = script_.find(verb_and_option); two != script_.end()) {
      answer(two->second);
    } else if (const auto one = script_.find(verb); one != script_.end()) {
      answer(one->second);
    } else if (verb == "PING") {
      answer({"+PONG"});
    } else if (verb == "AUTH" || verb == "REPLCONF") {
      answer({"+OK"});
    }
  }

  void answer(const std::vector<std::string>& lines) {
    unread_.insert(unread_.end(), lines.begin(), lines.end());
  }

  RequestParser parser_{1 << 20};
  std::map<std::string, std::vector<std::string>> script_;
  std::deque<std::string> unread_;
  std::vector<std::string> commands_;
  std::vector<std::string> sends_;
  std::vector<Patience> patiences_;
};

// Runs a conversation to its end on this thread: its value, or the exception that ended it.
template <typename T>
T converse(boost::asio::awaitable<T> conversation) {
  boost::asio::io_context context;
  std::exception_ptr failure;
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(conversation), [&](std::exception_ptr e, T value) {
    failure = e;
    if (!e) result.emplace(std::move(value));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

inline void converse(boost::asio::awaitable<void> conversation) {
  boost::asio::io_context context;
  std::exception_ptr failure;
  boost::asio::co_spawn(context, std::move(conversation),
                        [&](std::exception_ptr e) { failure = e; });
  context.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace relay
