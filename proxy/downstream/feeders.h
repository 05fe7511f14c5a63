// The feeders, and which of them has which replica.
//
//  (1) `threads` threads send: the control executor's own, and threads - 1 beside it. With one, a
//      byte goes from the master's socket to the replicas' without changing threads.
//  (2) A replica goes to the feeder that has the fewest.
//  (3) wake() costs each feeder at most one wake-up per batch, however many replicas it has.
//
// Threading: the control executor, which must no longer run when this is destroyed.
#pragma once

#include "proxy/downstream/feeder.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace relay {

class Feeders {
 public:
  Feeders(const boost::asio::any_io_executor& home, unsigned threads);
  ~Feeders();
  Feeders(const Feeders&) = delete;
  Feeders& operator=(const Feeders&) = delete;

  // From now on `socket` gets the log's bytes from `at` on. `on_news` is called, on the control
  // executor and never from in here, when it has caught up for the first time and when it is given
  // back.
  // `tls`: null without.
  std::shared_ptr<Feed> attach(int socket, std::shared_ptr<TlsChannel> tls, Offset at,
                               TailStart from, std::function<void()> on_news);
  // Takes it back. A send that is under way on another thread may still end; then nothing more is
  // sent.
  void detach(const std::shared_ptr<Feed>& feed);
  void wake();

  boost::asio::awaitable<void> run();  // the control executor's own share; until stop()
  void stop();

  // Each second: whether the threads beside ours still turn. One that does not for kStuck is named
  // by stuck(), until it does again.
  static constexpr std::chrono::seconds kStuck{10};
  void look_after(std::chrono::steady_clock::time_point now);
  std::vector<std::string> stuck(std::chrono::steady_clock::time_point now) const;

  std::size_t threads() const { return feeders_.size(); }
  std::uint64_t sent_bytes() const;
  // How long samples took from the master's socket to a replica's, of all feeders.
  DurationHistogram delays() const;

 private:
  void turn_here();

  const boost::asio::any_io_executor home_;
  std::vector<std::unique_ptr<Feeder>> feeders_;  // the first one is ours
  std::vector<std::size_t> shares_;
  std::vector<std::thread> threads_;
  struct Pulse {
    std::uint64_t looks = 0;
    std::chrono::steady_clock::time_point at{};
  };
  std::vector<Pulse> pulses_;  // of each feeder, as it was seen last
  std::chrono::steady_clock::time_point looked_after_{};
  boost::asio::posix::stream_descriptor sockets_;  // of the first one
  bool goes_on_ = false;                           // another turn of ours is posted
};

}  // namespace relay
