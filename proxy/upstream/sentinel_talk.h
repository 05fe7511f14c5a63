// What is said to a Sentinel: who is the master, and tell me when that changes.
//
//  (1) Nothing is believed of an answer but its form: what is no address, or no answer that a
//      Sentinel gives, is an error that says what came.
//  (2) Memory is bounded by the peer's: a line of a kilobyte.
//
// Coroutines over Peer, so that tests need no socket. Threading: the executor they are awaited on.
#pragma once

#include "proxy/config/addresses.h"
#include "proxy/upstream/handshake.h"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace relay {

// None: this Sentinel knows no master of that name. Throws HandshakeError, and what Peer throws.
boost::asio::awaitable<std::optional<Address>> ask_master(Peer& sentinel, std::string name);

// Asks to be told of every change of master from now on.
boost::asio::awaitable<void> subscribe_to_switches(Peer& sentinel);
// The next thing that it says: the text of a message, or "" for the answer to a PING.
boost::asio::awaitable<std::string> next_message(Peer& sentinel);

// "orders 10.0.0.1 6379 10.0.0.2 6379": where the master of that name is now. None: it is about
// another one, or no such text.
std::optional<Address> switched_to(std::string_view message, std::string_view name);

}  // namespace relay
