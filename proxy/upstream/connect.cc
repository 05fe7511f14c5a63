#include "proxy/upstream/connect.h"

#include "common/io/deadline.h"
#include "proxy/config/tls_terms.h"
#include "proxy/status/address_text.h"
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

asio::awaitable<void> connect(Stream& stream, std::string host, std::uint16_t port,
                              const Config::Upstream& settings, TlsContextCache& contexts) {
  const std::string where = address_text(host, port);
  tcp::resolver::results_type addresses;
  stream.renew();
  try {
    addresses = co_await within(settings.connect_timeout, resolve(host, port));
  } catch (const boost::system::system_error& error) {
    throw LinkError("resolve", "cannot resolve " + host + ": " + error.code().message());
  }
  tcp::socket& socket = stream.socket();
  try {
    co_await within(settings.connect_timeout, try_each(socket, addresses));
  } catch (const boost::system::system_error& error) {
    throw LinkError("connect", "cannot connect to " + where + ": " + error.code().message());
  }
  socket.set_option(tcp::no_delay(true));
  socket.set_option(asio::socket_base::keep_alive(true));
  if (!settings.tls) co_return;
  auto securing = secure(stream, host, settings, contexts);
  co_await std::move(securing);
}

asio::awaitable<void> secure(Stream& stream, std::string host, const Config::Upstream& settings,
                             TlsContextCache& contexts) {
  const std::string peer = settings.tls_server_name.empty() ? host : settings.tls_server_name;
  const std::string failed = "no TLS connection with " + host + ": ";
  try {
    const std::shared_ptr<const TlsContext> context = contexts.get(tls_terms(settings));
    auto work = stream.secure(*context, peer);
    auto limited = within(settings.connect_timeout, std::move(work));
    co_await std::move(limited);
  } catch (const TlsFault& fault) {
    throw LinkError("tls", failed + fault.what());
  } catch (const boost::system::system_error& error) {
    throw LinkError("tls", failed + error.code().message());
  }
}

}  // namespace relay
