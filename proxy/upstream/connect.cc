#include "proxy/upstream/connect.h"

#include "common/io/deadline.h"
#include "proxy/upstream/link_error.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace relay {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<tcp::resolver::results_type> resolve(std::string host, std::uint16_t port) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const std::string service = std::to_string(port);
  co_return co_await resolver.async_resolve(host, service, tcp::resolver::numeric_service,
                                            asio::use_awaitable);
}

asio::awaitable<void> try_each(tcp::socket& socket, const tcp::resolver::results_type& addresses) {
  co_await asio::async_connect(socket, addresses, asio::use_awaitable);
}

}  // namespace

asio::awaitable<void> connect(tcp::socket& socket, std::string host, std::uint16_t port,
                              std::chrono::milliseconds limit) {
  const std::string where = host + ":" + std::to_string(port);
  tcp::resolver::results_type addresses;
  try {
    addresses = co_await within(limit, resolve(host, port));
  } catch (const boost::system::system_error& error) {
    throw LinkError("resolve", "cannot resolve " + host + ": " + error.code().message());
  }
  try {
    co_await within(limit, try_each(socket, addresses));
  } catch (const boost::system::system_error& error) {
    throw LinkError("connect", "cannot connect to " + where + ": " + error.code().message());
  }
  socket.set_option(tcp::no_delay(true));
  socket.set_option(asio::socket_base::keep_alive(true));
}

}  // namespace relay
