// What the commands may ask of the relay: the narrow border between the words a client sends and
// the parts that act on them. Two implementations: the listener's, and the fake of the unit tests.
//
// Threading: the control executor, every call.
#pragma once

#include "proxy/config/config.h"
#include "proxy/downstream/client.h"
#include "proxy/status/status.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

class CommandHost {
 public:
  virtual ~CommandHost() = default;

  // the one in force, secrets included: for AUTH to compare with
  virtual const Config& config() const = 0;
  virtual Status status() const = 0;
  virtual std::vector<const Client*> clients() const = 0;  // in order of id
  // Ends the connections for which the predicate holds, `self` after its reply was sent. Returns
  // how many.
  virtual unsigned kill(const std::function<bool(const Client&)>& which, std::uint64_t self) = 0;
  // Sends a pub/sub message to the subscribers. Returns how many there are.
  virtual unsigned publish(std::string_view channel, std::string_view message) = 0;
  // Points the upstream link elsewhere, and remembers it. Returns an empty text, or why not.
  virtual std::string follow(const std::string& host, std::uint16_t port) = 0;
  // The ids of the relays from this one up to the master's replica, this one first: a relay that
  // follows us must not be among them.
  virtual std::vector<std::string> relay_chain() const = 0;
};

}  // namespace relay
