// CLIENT: what a connection says about itself, the list of all connections, and ending them
// (client_kill.h).
//
//  (1) Names are printable, without spaces, and of bounded length: they are repeated in CLIENT
//      LIST, one field of many.
//  (2) A client is of one type: replica, pubsub or normal. The link to the master is no client
//      here.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

enum class ClientType { kNormal, kReplica, kPubsub, kMaster };
ClientType type_of(const Client& client);
std::optional<ClientType> parse_client_type(std::string_view word);

// Sets the name, or returns the error to answer.
std::optional<std::string> set_name(Client& client, std::string_view name);

// The line of CLIENT LIST, with its newline.
std::string describe(const Client& client, std::chrono::steady_clock::time_point now);

CommandTable client_commands();

}  // namespace relay
