// A feeder: sends to its share of the replicas what has been published, as soon as it is, and as
// much as each socket takes.
//
//  (1) A feed is parked while it has everything, busy while there is something to send, blocked
//      while its socket is full. A blocked one costs nothing until its socket has room: nobody waits
//      for it.
//  (2) Under load a send() carries all that has been published since the last one; when idle a byte
//      leaves at once. There is no timer.
//  (3) No turn is longer than kTurn bytes per feed: a replica that catches up holds up the others no
//      longer than that.
//  (4) Nobody is called from here: what is to be known of a feed is posted to the control executor.
//  (5) Of the tail's samples each feed that had caught up takes one at a time, and how long it took
//      from the master's socket to the replica's is counted. One that is stuck takes the first that
//      it could not send. It costs a comparison per send; the clock is read for samples alone.
//
// Threading: attach() and detach() put a message into a mailbox, wake() sets a flag, and are for the
// control executor. All else happens in turn(), on one thread: the control executor's, or run()'s.
#pragma once

#include "proxy/downstream/feed.h"
#include "proxy/status/shared_histogram.h"

#include <boost/asio/any_io_executor.hpp>

#include <list>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

namespace relay {

class Feeder {
 public:
  static constexpr std::size_t kTurn = std::size_t{1} << 20;

  explicit Feeder(boost::asio::any_io_executor home);
  ~Feeder();
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;

  void attach(std::shared_ptr<Feed> feed, TailStart from);
  void detach(std::shared_ptr<Feed> feed);
  void wake();  // something has been published, or there is a message

  // Any thread.
  std::uint64_t sent_bytes() const { return sent_bytes_.load(std::memory_order_relaxed); }
  void add_delays_to(DurationHistogram& into) const { delays_.add_to(into); }

  // Any thread. Rises with each look at the sockets: a feeder that was woken and stands still is
  // stuck.
  std::uint64_t looks() const { return looks_.load(std::memory_order_relaxed); }

  // Turns until stop(), waiting for wake() and for sockets in between.
  void run();
  void stop();

  // One round over all that is to do. True: there is more, though nothing new may come.
  bool turn();
  void read_messages();
  // Sockets that have room again are busy from the next turn on. Waits for at most so long.
  void look_at_sockets(int milliseconds);
  // Readable while look_at_sockets() would find something.
  int watched() const { return epoll_; }

 private:
  using Feeds = boost::intrusive::list<Feed, boost::intrusive::constant_time_size<false>>;
  struct View {
    explicit View(TailStart start) : tail(std::move(start)) {}
    TailView tail;
    Feeds parked;
    std::size_t feeds = 0;
  };
  struct Message {
    std::shared_ptr<Feed> feed;
    std::optional<TailStart> from;  // none: detach
  };
  enum class Outcome : std::uint8_t { kCaughtUp, kMore, kBlocked, kCold, kFailed };

  void enter(std::shared_ptr<Feed> feed, TailStart from);
  void leave(Feed& feed);
  void serve(Feed& feed);
  Outcome pump(Feed& feed, const TailView& tail);
  void note_delay(Feed& feed);
  void await_room(Feed& feed);
  void give_back(Feed& feed, FeedEnd end, int error);
  static View& view_of(Feed& feed) { return *static_cast<View*>(feed.view_); }

  // Fixed after construction.
  const boost::asio::any_io_executor home_;
  int epoll_ = -1;
  int event_ = -1;

  std::mutex mutex_;
  std::vector<Message> mailbox_;  // under mutex_

  std::atomic<bool> has_mail_{false};
  std::atomic<bool> signalled_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> looks_{0};
  std::atomic<std::uint64_t> sent_bytes_{0};
  SharedHistogram<kPropagationBounds.size()> delays_{kPropagationBounds};

  // The feeder's.
  std::unordered_set<std::shared_ptr<Feed>> attached_;
  std::list<View> views_;  // one, but while a new history takes over
  Feeds busy_;
};

}  // namespace relay
