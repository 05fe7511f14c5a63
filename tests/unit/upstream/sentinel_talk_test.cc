#include "proxy/upstream/sentinel_talk.h"

#include "tests/support/scripted_peer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace relay {
namespace {

namespace asio = boost::asio;

// "10.0.0.1:6379", "nobody", or "! " and what it throws.
std::string answer_to(std::vector<std::string> lines) {
  ScriptedPeer sentinel;
  sentinel.on("SENTINEL", std::move(lines));
  asio::io_context context;
  std::string said;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        try {
          auto asking = ask_master(sentinel, "fleet");
          const auto found = co_await std::move(asking);
          said = found ? found->host + ":" + std::to_string(found->port) : "nobody";
        } catch (const HandshakeError& error) {
          said = std::string("! ") + error.what();
        }
      },
      asio::detached);
  context.run();
  EXPECT_EQ(sentinel.commands(),
            (std::vector<std::string>{"SENTINEL GET-MASTER-ADDR-BY-NAME fleet"}));
  return said;
}

TEST(SentinelTalk, AnAnswerIsAnAddressOrNobodyOrAnError) {
  EXPECT_EQ(answer_to({"*2", "$8", "10.0.0.1", "$4", "6379"}), "10.0.0.1:6379");
  EXPECT_EQ(answer_to({"*2", "$11", "2001:db8::1", "$5", "65535"}), "2001:db8::1:65535");
  EXPECT_EQ(answer_to({"*-1"}), "nobody");
  EXPECT_EQ(answer_to({"$-1"}), "nobody");
  EXPECT_EQ(answer_to({"-NOAUTH Authentication required."}), "! NOAUTH Authentication required.");
  const std::vector<std::vector<std::string>> wrong = {
      {"+OK"},
      {"*3", "$1", "a", "$1", "1", "$1", "b"},
      {"*2", "$8", "10.0.0.1", "$1", "0"},
      {"*2", "$8", "10.0.0.1", "$5", "65536"},
      {"*2", "$8", "10.0.0.1", "$3", "abc"},
      {"*2", "$9", "10.0.0.1", "$4", "6379"},
      {"*2", "$0", "", "$4", "6379"},
      {"*2", "$3", "a b", "$4", "6379"},
      {"*2", "+x", "$4", "6379"},
      {"HTTP/1.1 400 Bad Request"},
  };
  for (const auto& lines : wrong) {
    EXPECT_TRUE(answer_to(lines).starts_with("! no answer of a Sentinel: ")) << lines.back();
  }
}

TEST(SentinelTalk, AMessageNamesWhereTheMasterIsNow) {
  const Address next{"10.0.0.2", 6380};
  EXPECT_EQ(switched_to("fleet 10.0.0.1 6379 10.0.0.2 6380", "fleet"), next);
  for (const char* other :
       {"navy 10.0.0.1 6379 10.0.0.2 6380", "fleet 10.0.0.1 6379 10.0.0.2", "", "fleet",
        "fleet 10.0.0.1 6379 10.0.0.2 0", "fleet 10.0.0.1 6379 10.0.0.2 6380 more",
        "fleet 10.0.0.1 6379  6380", "fleet 10.0.0.1 6379 10.0.0.2 6380x"}) {
    EXPECT_EQ(switched_to(other, "fleet"), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace relay
