#include "proxy/upstream/tcp_peer.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace relay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

// Two ends of a loopback connection on one executor; `relay` is ours, `master` is written to
// directly.
struct Connection {
  asio::io_context context;
  Stream relay{context.get_executor()};
  tcp::socket master{context};

  Connection() {
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    relay.socket().connect(acceptor.local_endpoint());
    acceptor.accept(master);
  }

  void master_writes(const std::string& bytes) { asio::write(master, asio::buffer(bytes)); }

  void run(const std::function<asio::awaitable<void>()>& conversation) {
    std::exception_ptr failure;
    asio::co_spawn(context, conversation, [&](std::exception_ptr e) { failure = e; });
    context.restart();
    context.run();
    if (failure) std::rethrow_exception(failure);
  }

  std::vector<std::string> lines(TcpPeer& peer, std::size_t count) {
    std::vector<std::string> read;
    run([&]() -> asio::awaitable<void> {
      while (read.size() < count) read.push_back(co_await peer.read_line(Patience::kReply));
    });
    return read;
  }
};

TEST(TcpPeer, LinesLoseTheirBreaksAndBareNewlinesAreEmpty) {
  Connection connection;
  TcpPeer peer(connection.relay, 10s, 10s);
  connection.master_writes("\n\n+CONTINUE\r\n+OK\n");
  const std::vector<std::string> expected{"", "", "+CONTINUE", "+OK"};
  EXPECT_EQ(connection.lines(peer, 4), expected);
  EXPECT_EQ(peer.take_buffered(), "");
}

TEST(TcpPeer, LineIsTheSameWhateverItsSplit) {
  const std::string text = "+FULLRESYNC abc 1\r\n";
  for (std::size_t split = 1; split < text.size(); ++split) {
    Connection connection;
    TcpPeer peer(connection.relay, 10s, 10s);
    connection.master_writes(text.substr(0, split));
    asio::post(connection.context, [&] { connection.master_writes(text.substr(split)); });
    EXPECT_EQ(connection.lines(peer, 1).front(), "+FULLRESYNC abc 1") << split;
  }
}

TEST(TcpPeer, WhatFollowsTheLastLineIsHandedOver) {
  Connection connection;
  TcpPeer peer(connection.relay, 10s, 10s);
  connection.master_writes("+CONTINUE\r\n*1\r\n$4\r\nPI");
  EXPECT_EQ(connection.lines(peer, 1).front(), "+CONTINUE");
  EXPECT_EQ(peer.take_buffered(), "*1\r\n$4\r\nPI");
  EXPECT_EQ(peer.take_buffered(), "");
}

TEST(TcpPeer, SendsAllBytes) {
  Connection connection;
  TcpPeer peer(connection.relay, 10s, 10s);
  connection.run([&]() -> asio::awaitable<void> { co_await peer.send("*1\r\n$4\r\nPING\r\n"); });
  std::string received(14, ' ');
  asio::read(connection.master, asio::buffer(received));
  EXPECT_EQ(received, "*1\r\n$4\r\nPING\r\n");
}

TEST(TcpPeer, LineOfAKilobyteIsReadAndOneByteMoreIsNot) {
  {
    Connection connection;
    TcpPeer peer(connection.relay, 10s, 10s);
    connection.master_writes(std::string(1024, 'x') + "\r\n");
    EXPECT_EQ(connection.lines(peer, 1).front().size(), 1024u);
  }
  Connection connection;
  TcpPeer peer(connection.relay, 10s, 10s);
  connection.master_writes(std::string(1025, 'x') + "\r\n");
  EXPECT_THROW(connection.lines(peer, 1), HandshakeError);
}

TEST(TcpPeer, LineWithoutAnEndIsRefusedBeforeItFillsMemory) {
  Connection connection;
  TcpPeer peer(connection.relay, 10s, 10s);
  connection.master_writes(std::string(5000, 'x'));
  EXPECT_THROW(connection.lines(peer, 1), HandshakeError);
}

TEST(TcpPeer, ManyLinesPassThroughTheOneBuffer) {
  Connection connection;
  TcpPeer peer(connection.relay, 10s, 10s);
  constexpr std::size_t kLines = 300;  // 300 of 1002 bytes are more than four buffers
  const std::string line(1000, 'x');
  std::string all;
  for (std::size_t i = 0; i < kLines; ++i) all += line + "\r\n";
  asio::co_spawn(
      connection.context,
      [&]() -> asio::awaitable<void> {
        co_await asio::async_write(connection.master, asio::buffer(all), asio::use_awaitable);
      },
      [](std::exception_ptr e) { EXPECT_FALSE(e); });
  const std::vector<std::string> expected(kLines, line);
  EXPECT_EQ(connection.lines(peer, kLines), expected);
}

TEST(TcpPeer, SilentMasterEndsInATimeOut) {
  Connection connection;
  TcpPeer peer(connection.relay, 1ms, 1h);
  connection.master_writes("half a li");
  try {
    connection.lines(peer, 1);
    FAIL() << "a line came from nowhere";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::system::errc::timed_out);
  }
}

TEST(TcpPeer, ClosedConnectionEndsInEof) {
  Connection connection;
  TcpPeer peer(connection.relay, 10s, 10s);
  connection.master_writes("+PONG\r\n");
  connection.master.close();
  EXPECT_EQ(connection.lines(peer, 1).front(), "+PONG");
  try {
    connection.lines(peer, 1);
    FAIL() << "a line came from nowhere";
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::eof);
  }
}

}  // namespace
}  // namespace relay
