// A server that answers what the test says, byte for byte, and keeps what it was asked: for answers
// that no relay gives. One connection after the other.
//
// Threading: a thread of its own; requests() once stop() has returned.
#pragma once

#include "tests/support/socket.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace relay {

class FakeRelay {
 public:
  using Answer = std::function<std::string(std::size_t which)>;
  // `which`: 0 for the first connection. An answer is sent as it is; then the connection is closed,
  // unless it is empty: then it stays open and silent until the client has gone.
  explicit FakeRelay(Answer answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~FakeRelay() { stop(); }
  FakeRelay(const FakeRelay&) = delete;
  FakeRelay& operator=(const FakeRelay&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
  void stop() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  void serve() {
    while (!is_stopping_) {
      auto socket = listener_.accept(std::chrono::milliseconds(20));
      if (!socket) continue;
      requests_.push_back(receive_request(*socket));
      const std::string answer = answer_(requests_.size() - 1);
      if (answer.empty()) {
        socket->wait_until_closed();
      } else {
        socket->send_all(answer);
      }
    }
  }

  static std::string receive_request(test::Socket& socket) {
    std::string text;
    while (true) {
      const std::size_t border = text.find("\r\n\r\n");
      if (border != std::string::npos) {
        const std::size_t field = text.find("Content-Length: ");
        const std::size_t length =
            field == std::string::npos ? 0 : std::stoul(text.substr(field + 16));
        if (text.size() >= border + 4 + length) return text;
      }
      const std::string piece = socket.receive();
      if (piece.empty()) return text;
      text += piece;
    }
  }

  const Answer answer_;
  test::ListeningSocket listener_;
  std::atomic<bool> is_stopping_ = false;
  std::vector<std::string> requests_;
  std::thread thread_;
};

inline std::string http_answer(const std::string& status, const std::string& body,
                               const std::string& more_headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         more_headers + "\r\n" + body;
}

}  // namespace relay
