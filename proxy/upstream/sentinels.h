// The Sentinels that know who the master is (upstream.sentinels): they are asked before each attempt
// to connect, and one of them is listened to for changes.
//
//  (1) One that answers is enough; the one that answered last is asked first.
//  (2) Without any, the link goes on with the address that it had: the loss of the Sentinels never
//      costs a stream, nor an attempt.
//  (3) After each new subscription it is asked once more, for what was said in between.
//  (4) One that is listened to and says nothing is asked for a sign of life; without that it is lost.
//
// Threading: the control executor.
#pragma once

#include "common/base/backoff.h"
#include "common/io/notifier.h"
#include "common/io/stream.h"
#include "proxy/config/config.h"
#include "proxy/status/status.h"
#include "proxy/upstream/sentinel_talk.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace relay {

namespace asio = boost::asio;

class Sentinels {
 public:
  struct Pace {
    std::chrono::milliseconds silence = std::chrono::seconds(30);
  };

  // `on_master` is told whenever the one that is listened to names a master.
  Sentinels(asio::any_io_executor home, std::function<const Config&()> config,
            std::function<void(const Address&)> on_master);
  Sentinels(asio::any_io_executor home, std::function<const Config&()> config,
            std::function<void(const Address&)> on_master, Pace pace);

  bool are_wanted() const { return !config_().upstream.sentinels.empty(); }
  // None: nobody answers, or nobody knows it; last_fault() says why.
  asio::awaitable<std::optional<Address>> find();

  asio::awaitable<void> run();  // until stop()
  void stop();

  SentinelStatus status() const;

 private:
  asio::awaitable<std::optional<Address>> ask(Stream& stream, Address sentinel);
  asio::awaitable<void> open(Stream& stream, Address sentinel);
  asio::awaitable<void> listen_to(Address sentinel);
  void failed(const Address& sentinel, Stream& stream, const std::string& why);
  std::vector<Address> in_order() const;

  // Fixed after construction.
  const std::function<const Config&()> config_;
  const std::function<void(const Address&)> on_master_;
  const Pace pace_;

  // The control executor's.
  Stream asking_;
  Stream listening_;
  Stream checking_;  // asks the one that is listened to
  TlsContextCache tls_;
  std::string preferred_;  // "host:port" of the one that answered last
  SentinelStatus status_;
  std::string said_fault_;
  Backoff backoff_{std::chrono::milliseconds(200), std::chrono::seconds(5)};
  std::mt19937_64 random_{std::random_device{}()};
  bool stopping_ = false;
  Notifier wake_;
};

}  // namespace relay
