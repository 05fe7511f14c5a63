// Opens a connection to a master: the name is looked up anew at each attempt (masters move), every
// address is tried in turn, IPv6 and IPv4 alike. Where the configuration wants TLS the master's
// certificate is verified before a byte of ours is sent.
//
// Threading: the executor it is awaited on.
#pragma once

#include "common/io/stream.h"
#include "proxy/config/config.h"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace relay {

// Into `stream`, which is renewed before. Throws LinkError (resolve, connect, tls). The stream's own
// close() ends it early.
boost::asio::awaitable<void> connect(Stream& stream, std::string host, std::uint16_t port,
                                     const Config::Upstream& settings, TlsContextCache& contexts);

// The part of it that comes when there is a connection to `host`.
boost::asio::awaitable<void> secure(Stream& stream, std::string host,
                                    const Config::Upstream& settings, TlsContextCache& contexts);

}  // namespace relay
