#include "proxy/upstream/master_questions.h"

#include "tests/support/scripted_peer.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>

namespace relay {
namespace {

namespace asio = boost::asio;
using testing::ElementsAre;

std::vector<std::string> setting(const std::string& wanted) {
  return {"*4",   "$19", "min-slaves-to-write",   "$" + std::to_string(wanted.size()),
          wanted, "$21", "min-replicas-to-write", "$" + std::to_string(wanted.size()),
          wanted};
}
// INFO's answer: a bulk string whose lines are lines of the connection too.
std::vector<std::string> bulk(const std::vector<std::string>& lines) {
  std::size_t size = 0;
  for (const std::string& line : lines) size += line.size() + 2;
  std::vector<std::string> all = {"$" + std::to_string(size)};
  all.insert(all.end(), lines.begin(), lines.end());
  all.emplace_back();
  return all;
}

std::optional<MasterDemand> answer(ScriptedPeer& master, const Introduction& me = {}) {
  return converse(ask_demand(master, me));
}

TEST(MasterQuestions, OneThatWantsNoReplicasIsNotAskedFurther) {
  ScriptedPeer master;
  master.on("CONFIG GET", setting("0"));
  const auto demand = answer(master);
  ASSERT_TRUE(demand);
  EXPECT_EQ(demand->wanted, 0U);
  EXPECT_THAT(master.commands(), ElementsAre("CONFIG GET min-*-to-write"));
  EXPECT_EQ(master.unread(), 0U);
}

TEST(MasterQuestions, WhatIsWantedAndHowManyCountIsFound) {
  ScriptedPeer master;
  master.on("CONFIG GET", setting("3"));
  master.on("INFO", bulk({"# Replication", "role:master", "connected_slaves:2",
                          "min_slaves_good_slaves:1", "slave0:ip=10.0.0.1", ""}));
  const auto demand = answer(master);
  ASSERT_TRUE(demand);
  EXPECT_EQ(demand->wanted, 3U);
  EXPECT_EQ(demand->good, 1U);
  EXPECT_EQ(master.unread(), 0U);
}

TEST(MasterQuestions, HowManyCountMayStayUnknown) {
  for (const auto& info : {bulk({"# Replication", "role:master"}),
                           std::vector<std::string>{"-NOPERM no permissions to run 'info'"}}) {
    ScriptedPeer master;
    master.on("CONFIG GET", setting("2"));
    master.on("INFO", info);
    const auto demand = answer(master);
    ASSERT_TRUE(demand);
    EXPECT_EQ(demand->wanted, 2U);
    EXPECT_FALSE(demand->good);
  }
}

TEST(MasterQuestions, AMasterThatDoesNotTellLeavesItUnknown) {
  for (const auto& reply :
       {std::vector<std::string>{"-NOPERM this user has no permissions to run 'config|get'"},
        std::vector<std::string>{"-ERR unknown command 'CONFIG'"}, std::vector<std::string>{"*0"},
        std::vector<std::string>{"*99999"}, std::vector<std::string>{"+OK"}, setting("x")}) {
    ScriptedPeer master;
    master.on("CONFIG GET", reply);
    EXPECT_FALSE(answer(master)) << reply[0];
  }
}

// Answers every connection with `wanted` replicas, which goes up by two each time.
asio::awaitable<void> be_a_master(asio::ip::tcp::acceptor* listening, unsigned* counted) {
  asio::ip::tcp::acceptor& acceptor = *listening;
  unsigned& connections = *counted;
  while (acceptor.is_open()) {
    boost::system::error_code error;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    std::string text;
    for (const auto& line : setting(std::to_string(2 * connections++))) text += line + "\r\n";
    for (const auto& line : bulk({"min_slaves_good_slaves:1"})) text += line + "\r\n";
    std::array<char, 512> ignored;
    co_await socket.async_read_some(asio::buffer(ignored), asio::use_awaitable);
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
    while (!error) {
      co_await socket.async_read_some(asio::buffer(ignored),
                                      asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

TEST(MasterQuestions, AMasterThatBeginsToWantMoreIsFoundAlsoAfterAllWasWell) {
  using namespace std::chrono_literals;
  asio::io_context context{1};
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  unsigned connections = 0;
  const Config config;
  MasterQuestions questions(
      context.get_executor(), ReplId::random(), [&]() -> const Config& { return config; },
      {.after_the_stream_began = 0s, .while_it_is_not_enough = 1h, .while_all_is_well = 1ms});
  questions.begin(acceptor.local_endpoint(), "localhost");
  asio::co_spawn(context, be_a_master(&acceptor, &connections), asio::detached);
  asio::co_spawn(context, questions.run(), asio::detached);
  while (!questions.demand() || questions.demand()->wanted < 2) {
    ASSERT_GT(context.run_one_for(30s), 0U);
  }
  EXPECT_EQ(connections, 2U);
  EXPECT_EQ(questions.demand()->wanted, 2U);
  questions.stop();
  acceptor.close();
  context.run();
}

TEST(MasterQuestions, TheLinksUserAndPasswordAreGiven) {
  ScriptedPeer master;
  master.on("CONFIG GET", setting("0"));
  Introduction me;
  me.username = "replica";
  me.password = "secret";
  ASSERT_TRUE(answer(master, me));
  EXPECT_EQ(master.commands().front(), "AUTH replica secret");

  ScriptedPeer closed;
  closed.on("AUTH", {"-WRONGPASS invalid username-password pair"});
  EXPECT_THROW(answer(closed, me), HandshakeError);
}

}  // namespace
}  // namespace relay
