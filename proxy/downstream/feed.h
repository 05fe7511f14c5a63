// A feed: one replica's place in the log while it takes the log's bytes out of memory. A feeder
// moves it; the replica's session watches it, and takes it back.
//
//  (1) What the socket gets is [where it was attached, sent()), in order, each byte once.
//  (2) sent() <= offered(): an ack beyond offered() is a lie, one beyond sent() need not be, since it
//      can be here before the send() that it answers has returned.
//  (3) Between two sends it holds no chunk: a replica that has stopped reading costs a position.
//  (4) A feeder on a thread of its own sends through a descriptor of its own, so that the session
//      may close the connection at any time and nothing reaches whoever has its number next.
//  (5) In TLS, what is sent is encrypted; has_caught_up() means that all of that is the kernel's.
//
// Threading: the control executor, but for what is marked as the feeder's.
#pragma once

#include "common/base/offset.h"
#include "common/base/result.h"
#include "common/tls/tls_channel.h"
#include "proxy/log/log_tail.h"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace relay {

// Why a feeder has given a feed back.
enum class FeedEnd : std::uint8_t {
  kCold,    // the bytes that it needs next are no longer in memory
  kFailed,  // error()
};

class Feed : public std::enable_shared_from_this<Feed>,
             public boost::intrusive::list_base_hook<
                 boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `owns`: the descriptor is a copy for this feed alone.
  // `tls`: null without.
  Feed(int socket, bool owns, std::shared_ptr<TlsChannel> tls, Offset at,
       std::function<void()> on_news)
      : on_news_(std::move(on_news)),
        socket_(socket),
        owns_(owns),
        tls_(std::move(tls)),
        sent_(at.bytes()),
        offered_(at.bytes()) {}
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Any thread.
  Offset sent() const { return Offset::of_bytes(sent_.load(std::memory_order_acquire)); }
  Offset offered() const { return Offset::of_bytes(offered_.load(std::memory_order_acquire)); }

  bool has_caught_up() const { return caught_up_; }  // at least once
  const std::optional<FeedEnd>& ended() const { return ended_; }
  const ErrorCode& error() const { return error_; }
  // Nobody is told of anything from now on.
  void forget_owner() { on_news_ = nullptr; }

 private:
  friend class Feeder;
  friend class Feeders;

  // The control executor's.
  std::function<void()> on_news_;
  bool caught_up_ = false;
  std::optional<FeedEnd> ended_;
  ErrorCode error_;
  std::size_t feeder_ = 0;
  bool is_detached_ = false;

  // The feeder's.
  const int socket_;
  const bool owns_;
  const std::shared_ptr<TlsChannel> tls_;
  void* view_ = nullptr;  // while it is attached
  bool watched_ = false;  // by the feeder's epoll
  bool said_caught_up_ = false;
  std::optional<TailSample> awaited_;  // a sample that it has yet to send

  std::atomic<std::uint64_t> sent_;
  std::atomic<std::uint64_t> offered_;
};

}  // namespace relay
