// The last changes of state, as the log said them: for those who come later than the lines did (the
// API, the status page).
//
//  (1) What is logged at info or above is an event, whatever level the log shows.
//  (2) Ids count from 1, without a gap, and never repeat in the life of a process. Whoever asks for
//      what came after an id that is no longer held sees it by the id of the first event it gets.
//  (3) Bounded: the oldest make room.
//
// Threading: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

class EventRing {
 public:
  static constexpr std::size_t kHeld = 1000;

  explicit EventRing(std::size_t held = kHeld) : held_(held) {}

  // `line`: a JSON object, as the log writes it.
  void add(std::string_view line);
  // JSON objects, the oldest first, with "id" in front: the first `most` of those behind `id`.
  std::vector<std::string> after(std::uint64_t id, std::size_t most = kHeld) const;
  std::vector<std::string> last(std::size_t most) const;  // the newest so many, the oldest first
  std::uint64_t newest() const;                           // 0: nothing has happened yet

 private:
  const std::size_t held_;
  mutable std::mutex mutex_;
  std::deque<std::string> events_;
  std::uint64_t newest_ = 0;
};

// What the log of this process fills.
EventRing& logged_events();

}  // namespace relay
