// A TCP connection, in TLS or not: the same calls for both, for conversations and for reading. Who
// sends much uses the socket, or the channel, itself.
//
//  (1) Without TLS a read is the socket's own, into the caller's memory.
//  (2) close() ends a TLS connection for everybody who still has the channel, too.
//
// Threading: the socket's executor. One reader and one writer at a time.
#pragma once

#include "common/tls/tls_channel.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace relay {

class Stream {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  explicit Stream(const boost::asio::any_io_executor& executor) : socket_(executor) {}
  explicit Stream(Socket socket) : socket_(std::move(socket)) {}

  Socket& socket() { return socket_; }
  const Socket& socket() const { return socket_; }
  const std::shared_ptr<TlsChannel>& tls() const { return tls_; }  // null: there is none
  bool is_open() const { return socket_.is_open(); }

  // From here on it speaks TLS; once. Throws TlsFault, and system_error when it is closed meanwhile.
  boost::asio::awaitable<void> secure(const TlsContext& context, std::string peer);

  // These throw system_error (eof at the end of the connection), and TlsFault.
  boost::asio::awaitable<std::size_t> read_some(std::span<char> into);
  boost::asio::awaitable<void> write_all(std::string_view bytes);
  // Reads for connections that are mostly silent: thousands of them share one buffer, and one that
  // waits for its peer has none. At least one byte, or an error; good until the caller waits for
  // anything.
  boost::asio::awaitable<std::string_view> read_shared(boost::system::error_code& error);
  // Until all that was sent is the kernel's.
  boost::asio::awaitable<void> flush();

  boost::asio::awaitable<void> readable();
  boost::asio::awaitable<void> writable();

  void end_sending();  // what was flushed still arrives
  void end();          // in both directions; the descriptor stays
  void close();
  // Closed, and as new: the next connection need not be in TLS.
  void renew();

 private:
  Socket socket_;
  std::shared_ptr<TlsChannel> tls_;
};

}  // namespace relay
