// A number in a file that two programs have mapped: how far the slowest sink is, for a load that
// must not run away from it.
//
// Threading: one writer, any number of readers, in any process.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace relay::bench {

class SharedNumber {
 public:
  // The file is made where it is not there; the number then is 0.
  explicit SharedNumber(const std::string& path);
  ~SharedNumber();
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;

  void set(std::uint64_t value) { number_->store(value, std::memory_order_relaxed); }
  std::uint64_t get() const { return number_->load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t>* number_;
};

}  // namespace relay::bench
