#include "proxy/upstream/sentinels.h"

#include "common/resp/request_parser.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <list>
#include <memory>

namespace relay {
namespace {

using asio::ip::tcp;

// One that knows a master and says nothing of itself.
class FakeSentinel {
 public:
  explicit FakeSentinel(asio::io_context& context)
      : acceptor_(context, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(context, accept(), asio::detached);
  }
  std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  void tell(std::string_view message) {
    const std::string text = "*3\r\n$7\r\nmessage\r\n$14\r\n+switch-master\r\n$" +
                             std::to_string(message.size()) + "\r\n" + std::string(message) +
                             "\r\n";
    boost::system::error_code ignored;  // of one that asked its question and has gone
    for (const auto& socket : sockets_) asio::write(*socket, asio::buffer(text), ignored);
  }
  void close() {
    acceptor_.close();
    for (const auto& socket : sockets_) socket->close();
  }

  bool answers_ping = true;
  unsigned pings = 0;
  unsigned subscriptions = 0;

 private:
  asio::awaitable<void> accept() {
    while (acceptor_.is_open()) {
      boost::system::error_code error;
      auto socket = std::make_shared<tcp::socket>(
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error)));
      if (error) co_return;
      sockets_.push_back(socket);
      asio::co_spawn(acceptor_.get_executor(), serve(socket), asio::detached);
    }
  }

  asio::awaitable<void> serve(std::shared_ptr<tcp::socket> socket) {
    RequestParser parser(4096);
    std::array<char, 4096> buffer{};
    while (socket->is_open()) {
      boost::system::error_code error;
      const std::size_t n = co_await socket->async_read_some(
          asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      parser.feed(std::string_view(buffer.data(), n));
      while (const Request* request = parser.next()) {
        const std::string answer = answer_to(std::string((*request)[0]));
        if (!answer.empty()) asio::write(*socket, asio::buffer(answer), error);
      }
    }
  }

  std::string answer_to(const std::string& command) {
    if (command == "SENTINEL") return "*2\r\n$8\r\n10.0.0.1\r\n$4\r\n6379\r\n";
    if (command == "SUBSCRIBE") {
      ++subscriptions;
      return "*3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n";
    }
    if (command != "PING") return "-ERR\r\n";
    ++pings;
    return answers_ping ? "*2\r\n$4\r\npong\r\n$0\r\n\r\n" : "";
  }

  tcp::acceptor acceptor_;
  std::list<std::shared_ptr<tcp::socket>> sockets_;
};

class SentinelsTest : public ::testing::Test {
 protected:
  void listen_to(const std::string& addresses) {
    config_.upstream.sentinels = addresses;
    config_.upstream.sentinel_master = "fleet";
    sentinels_ = std::make_unique<Sentinels>(
        context_.get_executor(), [this]() -> const Config& { return config_; },
        [this](const Address& master) { masters_.push_back(master); },
        Sentinels::Pace{.silence = std::chrono::milliseconds(20)});
    asio::co_spawn(context_, sentinels_->run(),
                   [this](const std::exception_ptr&) { ended_ = true; });
  }
  void TearDown() override {
    if (!sentinels_) return;
    sentinels_->stop();
    until([this] { return ended_; });
  }
  // With a limit that matters only where something is broken.
  void until(const std::function<bool()>& holds) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit);
      context_.run_one_for(std::chrono::seconds(1));
      context_.restart();
    }
  }

  asio::io_context context_;
  Config config_;
  std::unique_ptr<Sentinels> sentinels_;
  std::vector<Address> masters_;
  bool ended_ = false;
};

TEST_F(SentinelsTest, OneThatIsSilentAndAnswersIsListenedToOn) {
  FakeSentinel one(context_);
  listen_to(one.address());
  until([&] { return one.pings >= 3; });
  EXPECT_EQ(one.subscriptions, 1U);
  one.tell("navy 10.0.0.1 6379 10.0.0.3 6379");
  one.tell("fleet 10.0.0.1 6379 10.0.0.2 6380");
  until([&] { return masters_.size() == 2; });
  EXPECT_EQ(masters_, (std::vector<Address>{{"10.0.0.1", 6379}, {"10.0.0.2", 6380}}));
  EXPECT_EQ(sentinels_->status().switches, 1U);
  EXPECT_EQ(sentinels_->status().listening_to, one.address());
}

TEST_F(SentinelsTest, OneThatGivesNoSignOfLifeIsLostAndTheNextIsListenedTo) {
  FakeSentinel dead(context_);
  dead.answers_ping = false;
  FakeSentinel other(context_);
  listen_to(dead.address() + ", " + other.address());
  until([&] { return sentinels_->status().listening_to == dead.address(); });
  until([&] { return sentinels_->status().listening_to == other.address(); });
  EXPECT_EQ(dead.pings, 1U);
  EXPECT_GE(sentinels_->status().failures, 1U);
}

TEST_F(SentinelsTest, WhileNoneAnswersTheReasonIsInTheStatus) {
  FakeSentinel one(context_);
  const std::string gone = one.address();
  one.close();
  listen_to(gone);
  until([&] { return sentinels_->status().failures >= 2; });
  EXPECT_EQ(sentinels_->status().listening_to, "");
  EXPECT_NE(sentinels_->status().fault.find(gone + ": "), std::string::npos);
}

}  // namespace
}  // namespace relay
