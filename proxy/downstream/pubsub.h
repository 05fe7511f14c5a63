// SUBSCRIBE, UNSUBSCRIBE, PUBLISH, PUBSUB: as much as Sentinel needs to meet itself on the relay,
// for any channel. Messages stay on this relay: the master's own come to replicas in the stream.
//
//  (1) A client has a bounded number of channels with names of bounded length, and no patterns.
//  (2) One reply per channel; on RESP3 they are pushes.
//
// Threading: the control executor.
#pragma once

#include "proxy/downstream/command_spec.h"

#include <cstddef>

namespace relay {

constexpr std::size_t kMaxChannels = 64;
constexpr std::size_t kLongestChannel = 256;

CommandTable pubsub_commands();

}  // namespace relay
