// How long to wait before the next attempt: exponential, with full jitter, so that many relays that
// lost one master together do not come back together.
//
//  (1) Every delay lies in [min, ceiling]; the ceiling is 2 * min for the first attempt, doubles
//      with each, and ends at max.
//  (2) reset() after a success: the next failure starts over.
//
// Inner ring: the caller brings the random number. Threading: none of its own.
#pragma once

#include <chrono>
#include <cstdint>

namespace relay {

class Backoff {
 public:
  // A min below one millisecond counts as one, a max below min as min: a delay is never nothing.
  Backoff(std::chrono::milliseconds min, std::chrono::milliseconds max);

  // The delay before the next attempt. `random` is any 64 evenly distributed bits.
  std::chrono::milliseconds next(std::uint64_t random);
  void reset();
  unsigned attempts() const { return attempts_; }  // since the last reset

 private:
  std::uint64_t min_;
  std::uint64_t max_;
  std::uint64_t ceiling_;
  unsigned attempts_ = 0;
};

}  // namespace relay
