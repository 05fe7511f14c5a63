// Reading for connections that are mostly silent: thousands of them share one buffer, and one that
// waits for its peer has none.
//
// Threading: any one executor that runs on one thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <string_view>

namespace relay {

// At least one byte, or an error (eof at the end of the connection). Good until the caller waits for
// anything.
inline boost::asio::awaitable<std::string_view> read_shared(boost::asio::ip::tcp::socket& socket,
                                                            boost::system::error_code& error) {
  thread_local std::array<char, 16 * 1024> buffer;
  do {
    co_await socket.async_wait(boost::asio::ip::tcp::socket::wait_read,
                               boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) co_return std::string_view();
    socket.non_blocking(true, error);
    const std::size_t n = socket.read_some(boost::asio::buffer(buffer), error);
    if (!error) co_return std::string_view(buffer.data(), n);
  } while (error == boost::asio::error::would_block);
  co_return std::string_view();
}

}  // namespace relay
