// The conversation in which a replica introduces itself to its master and asks for the stream:
// PING, AUTH, REPLCONF, PSYNC.
//
//  (1) It touches no log and no state. Its result is a value; running it twice against the same
//      master is harmless.
//  (2) PSYNC is sent only after every earlier reply has been read: a master refuses it while it has
//      a reply queued for us.
//  (3) What a master may answer at each step is protocol.md 1.2. A REPLCONF that an older master
//      does not know is no failure.
//  (4) Our password is in no error text, not even where a master repeats what we sent.
//  (5) Bytes that follow the PSYNC reply are not touched: they belong to the transfer or to the
//      stream.
//
// A coroutine over Peer, so that tests need no socket. Threading: the executor it is awaited on.
#pragma once

#include "proxy/upstream/introduction.h"
#include "proxy/upstream/psync_reply.h"

#include <boost/asio/awaitable.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace relay {

// How long a line may take: kReply for an answer that a master gives at once, kSilence for one it
// may have to prepare (it sends newlines meanwhile).
enum class Patience { kReply, kSilence };

// A master, as a conversation sees it. Both calls throw boost::system::system_error when the
// connection fails or the time is up.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual boost::asio::awaitable<void> send(std::string bytes) = 0;
  // The next line without its line break. A bare newline is an empty line.
  virtual boost::asio::awaitable<std::string> read_line(Patience patience) = 0;
};

class HandshakeError : public std::runtime_error {
 public:
  enum class Kind {
    kRefused,   // not now: LOADING, MASTERDOWN, too many clients, protected mode
    kAuth,      // the user or the password is wrong
    kProtocol,  // what came is no reply that a master gives
    kLoop,      // the master is, or follows, this very relay
  };
  HandshakeError(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};
const char* name_of(HandshakeError::Kind kind);  // refused, auth, protocol, loop

class LoopError : public HandshakeError {
 public:
  explicit LoopError(const std::string& text) : HandshakeError(Kind::kLoop, text) {}
};

struct Greeting {
  PsyncReply reply;  // never PsyncMalformed
  std::vector<std::string>
      relay_chain;  // the relays from our upstream to the master; empty if it is no relay
  std::vector<std::string>
      refusals;           // "capa: -ERR ...", for the log: REPLCONFs that were not taken
  bool rdb_only = false;  // asked for and granted
};

// The master and `me` must outlive the await. Throws HandshakeError, and what Peer throws.
boost::asio::awaitable<Greeting> greet(Peer& master, const Introduction& me, ResumePoint from);

// The part of it that says who we are: nothing with neither a user nor a password.
boost::asio::awaitable<void> authenticate(Peer& master, const Introduction& me);

// After PsyncUnsupported, on the same connection: what follows is the transfer, with no reply line
// before it.
boost::asio::awaitable<void> send_sync(Peer& master, const Introduction& me);

}  // namespace relay
