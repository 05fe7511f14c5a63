// Sends a replica what is on disk: a snapshot, or the older part of the log. On a reader's thread,
// so that a page that is not in memory holds up nobody but the transfers.
//
//  (1) Sends what the socket takes and no more: a thread never waits for a replica.
//  (2) A snapshot goes from the page cache to the socket without passing through us, where the file
//      and the kernel can do that and there is no TLS. Bytes of a segment go only when their frame's
//      checksum was found right, so they pass.
//  (3) Through a descriptor of its own, so that the session may close the connection at any time.
//
// Threading: one call at a time, any thread; offered() from every thread.
#pragma once

#include "common/io/file.h"
#include "common/tls/tls_channel.h"
#include "proxy/log/cold_reader.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace relay {

class BulkSender {
 public:
  // What became of one call. It sent something, or it says why not; a `blocked` one is to be
  // repeated when the socket has room.
  struct Outcome {
    std::uint64_t sent = 0;
    bool blocked = false;
    ErrorCode read_error;  // of the file
    ErrorCode send_error;  // of the connection
  };

  // Where the copy cannot be had, each call's send_error says why. `tls`: null without.
  explicit BulkSender(int socket, std::shared_ptr<TlsChannel> tls = nullptr);
  ~BulkSender();
  BulkSender(const BulkSender&) = delete;
  BulkSender& operator=(const BulkSender&) = delete;

  // `at_most` bytes from `position`, all of which the file is said to have.
  Outcome send_file(File& file, std::uint64_t position, std::uint64_t at_most);
  // Bytes of the log from `at` on, `at_most` or a frame's worth more, from the segment that begins
  // at `base`.
  Outcome send_log(ColdReader& reader, const std::string& path, Offset base, Offset at,
                   Offset limit, std::uint64_t at_most);

  // No byte of the log after this place was given to the kernel by send_log().
  Offset offered() const { return Offset::of_bytes(offered_.load(std::memory_order_acquire)); }

 private:
  void send_some(std::string_view bytes, Outcome& outcome);

  ssize_t send_now(std::string_view bytes);

  ErrorCode no_socket_;
  int socket_;
  const std::shared_ptr<TlsChannel> tls_;
  std::atomic<std::uint64_t> offered_{0};
};

}  // namespace relay
