// Asks the master what its replication link does not say: whether it wants replicas before it
// accepts writes (min-replicas-to-write). There the relay may be in the way, for it counts as one.
//
//  (1) On a connection of its own for two questions, with the link's user and password. It announces
//      nothing and asks for no stream: nobody takes it for a replica.
//  (2) Nothing depends on it. A master that refuses, or does not answer in time, leaves the answer
//      unknown: a line at debug level, and no more questions until the next stream.
//  (3) While the master wants more than the relay alone, it is asked again now and then, so that a
//      warning ends when its cause does; and, less often, while it does not, since that may change.
//
// Threading: the control executor.
#pragma once

#include "common/base/replid.h"
#include "common/io/notifier.h"
#include "common/io/stream.h"
#include "proxy/config/config.h"
#include "proxy/status/status.h"
#include "proxy/upstream/handshake.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace relay {

// The questions, on a connection that has just been made. None: the master does not let us know.
// Throws HandshakeError, and what Peer throws.
boost::asio::awaitable<std::optional<MasterDemand>> ask_demand(Peer& master,
                                                               const Introduction& me);

class MasterQuestions {
 public:
  struct Pace {
    // The master counts a replica from its first acks on.
    std::chrono::steady_clock::duration after_the_stream_began = std::chrono::seconds(3);
    std::chrono::steady_clock::duration while_it_is_not_enough = std::chrono::seconds(60);
    std::chrono::steady_clock::duration while_all_is_well = std::chrono::minutes(5);
  };

  MasterQuestions(boost::asio::any_io_executor home, ReplId run_id,
                  std::function<const Config&()> config);
  MasterQuestions(boost::asio::any_io_executor home, ReplId run_id,
                  std::function<const Config&()> config, Pace pace);

  // The stream from this master has begun. run() is for as long as it lasts; until stop().
  void begin(boost::asio::ip::tcp::endpoint master, std::string host);
  boost::asio::awaitable<void> run();
  void stop();

  // As the master answered last, whichever that was: a link that is lost and comes back does not end
  // a warning. None if it does not tell.
  const std::optional<MasterDemand>& demand() const { return demand_; }

 private:
  boost::asio::awaitable<void> ask();

  // Fixed after construction.
  const ReplId run_id_;
  const std::function<const Config&()> config_;
  const Pace pace_;

  // The control executor's.
  Stream stream_;
  TlsContextCache tls_;
  boost::asio::ip::tcp::endpoint master_;
  std::string host_;  // as it was asked for
  std::optional<MasterDemand> demand_;
  bool stopping_ = false;
  Notifier wake_;
};

}  // namespace relay
