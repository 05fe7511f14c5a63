// The feeder: wakes the sessions that have caught up, once per batch of bytes, and lets each send
// what its socket takes.
//
//  (1) A parked session has nothing to send. wake() comes after the bytes were published, never
//      before.
//  (2) A session that cannot send all of it (its socket is full, it fell behind memory, it failed)
//      is no longer parked; it goes on in its own coroutine and parks again when it has caught up.
//      Nobody waits for it here.
//
// Threading: one executor; the sessions it feeds are on the same one.
#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>

namespace relay {

// What became of an attempt to send.
enum class Pumped {
  kCaughtUp,
  kMore,       // enough for one turn; there is more
  kBlocked,    // the socket is full
  kCold,       // the next bytes are no longer in memory
  kOvertaken,  // the next bytes are no longer anywhere
  kFailed,
};

class Feedable : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual Pumped pump() = 0;
  virtual void unparked(Pumped why) = 0;

 protected:
  ~Feedable() = default;
};

class Feeder {
 public:
  void park(Feedable& session) { parked_.push_back(session); }

  void wake() {
    for (auto it = parked_.begin(); it != parked_.end();) {
      Feedable& session = *it++;
      const Pumped outcome = session.pump();
      if (outcome == Pumped::kCaughtUp) continue;
      session.unlink();
      session.unparked(outcome);
    }
  }

 private:
  boost::intrusive::list<Feedable, boost::intrusive::constant_time_size<false>> parked_;
};

}  // namespace relay
