// Opens a TCP connection to a master: the name is looked up anew at each attempt (masters move),
// every address is tried in turn, IPv6 and IPv4 alike.
//
// Threading: the executor it is awaited on.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <string>

namespace relay {

// Into `socket`, which is closed before. Throws LinkError (resolve, connect). The socket's own
// close() ends it early.
boost::asio::awaitable<void> connect(boost::asio::ip::tcp::socket& socket, std::string host,
                                     std::uint16_t port, std::chrono::milliseconds limit);

}  // namespace relay
