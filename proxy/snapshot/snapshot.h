// A snapshot: one RDB of the master, named by the history's id and the offset at which it was
// taken, in a file of ours.
//
//  (1) It is arriving, being verified (a file found at start-up), whole, or failed. Whole and
//      failed are final.
//  (2) Readers may read file bytes [0, readable()). While it arrives the last kWithheld bytes stay
//      out of reach: the end of an RDB reaches nobody before its checksum has been found right, for
//      a replica that loads a bad one exits.
//  (3) The file stays open as long as a reader holds the Snapshot, whatever becomes of its name.
//
// Written by its SnapshotSpool; read by any number of replica sessions at their own pace.
// Threading: the control executor. file() may be read from on disk threads.
#pragma once

#include "common/base/offset.h"
#include "common/base/replid.h"
#include "common/io/file.h"
#include "common/io/notifier.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace relay {

class Snapshot {
 public:
  enum class State { kArriving, kVerifying, kWhole, kFailed };
  // More than the checksum, so that not even a replica that parses as it receives can reach the
  // end.
  static constexpr std::uint64_t kWithheld = 64;

  Snapshot(const boost::asio::any_io_executor& home, const ReplId& id, Offset offset, State state)
      : id_(id),
        offset_(offset),
        state_(state),
        since_(std::chrono::system_clock::now()),
        changed_(home) {}

  const ReplId& id() const { return id_; }
  Offset offset() const { return offset_; }
  State state() const { return state_; }
  bool is_whole() const { return state_ == State::kWhole; }
  bool has_failed() const { return state_ == State::kFailed; }
  const std::string& failure() const { return failure_; }

  // Known before the end where the master sent $length.
  std::optional<std::uint64_t> size() const { return size_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t readable() const {
    if (is_whole()) return received_;
    if (state_ != State::kArriving) return 0;
    return received_ > kWithheld ? received_ - kWithheld : 0;
  }
  const std::shared_ptr<File>& file() const { return file_; }
  std::chrono::system_clock::time_point since() const { return since_; }
  // The framing is known: readers can be told a length, or that there is none yet.
  bool has_begun() const { return begun_; }
  bool checksum_disabled() const { return checksum_disabled_; }
  // Of a whole one: CRC-64 of its content, also where the master wrote none.
  std::uint64_t checksum() const { return checksum_; }

  // For readers: wait here inside a loop; woken by every change.
  Notifier& changed() { return changed_; }
  unsigned readers() const { return readers_; }
  void enter_reader() { ++readers_; }
  void leave_reader() { --readers_; }
  // Counts a full sync that is given from it. True: it is not the first.
  bool give() { return given_++ > 0; }

  // For its writer.
  void opened(std::shared_ptr<File> file) { file_ = std::move(file); }
  void begun(std::optional<std::uint64_t> size) {
    size_ = size;
    begun_ = true;
    changed_.wake_all();
  }
  void grew(std::uint64_t received) {
    received_ = received;
    changed_.wake_all();
  }
  void complete(std::uint64_t size, bool checksum_disabled,
                std::chrono::system_clock::time_point taken, std::uint64_t checksum) {
    received_ = size;
    size_ = size;
    checksum_disabled_ = checksum_disabled;
    since_ = taken;
    checksum_ = checksum;
    begun_ = true;
    state_ = State::kWhole;
    changed_.wake_all();
  }
  void fail(std::string why) {
    if (is_whole() || has_failed()) return;
    failure_ = std::move(why);
    state_ = State::kFailed;
    changed_.wake_all();
  }

 private:
  const ReplId id_;
  const Offset offset_;
  State state_;
  bool begun_ = false;
  bool checksum_disabled_ = false;
  std::uint64_t checksum_ = 0;
  std::optional<std::uint64_t> size_;
  std::uint64_t received_ = 0;
  std::string failure_;
  std::shared_ptr<File> file_;
  std::chrono::system_clock::time_point since_;
  unsigned readers_ = 0;
  unsigned given_ = 0;
  Notifier changed_;
};

using SnapshotPtr = std::shared_ptr<Snapshot>;

}  // namespace relay
