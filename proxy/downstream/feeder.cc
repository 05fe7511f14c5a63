#include "proxy/downstream/feeder.h"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace relay {
namespace {

constexpr std::size_t kPieces = 4;  // chunks that one send may span
constexpr std::size_t kEvents = 256;
constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

ErrorCode system_error(int error) { return {error, boost::system::system_category()}; }

// Nearly always it is one piece, and send() needs no list of them.
ssize_t send_plain(int socket, msghdr& message) {
  const iovec& first = message.msg_iov[0];
  return message.msg_iovlen == 1 ? ::send(socket, first.iov_base, first.iov_len, kFlags)
                                 : ::sendmsg(socket, &message, kFlags);
}

// A piece after the other, as long as they are taken whole.
ssize_t send_encrypted(TlsChannel& tls, const msghdr& message) {
  ssize_t sum = 0;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
    const iovec& piece = message.msg_iov[i];
    const std::string_view bytes(static_cast<const char*>(piece.iov_base), piece.iov_len);
    const ssize_t n = tls.send(bytes);
    if (n < 0) return sum > 0 ? sum : n;
    sum += n;
    if (static_cast<std::size_t>(n) < piece.iov_len) break;
  }
  return sum;
}

}  // namespace

Feed::~Feed() {
  if (owns_) ::close(socket_);
}

Feeder::Feeder(boost::asio::any_io_executor home)
    : home_(std::move(home)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll_ < 0 || event_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, event_, &event) != 0) {
    const int error = errno;
    if (epoll_ >= 0) ::close(epoll_);
    if (event_ >= 0) ::close(event_);
    throw boost::system::system_error(system_error(error), "a feeder");
  }
}

Feeder::~Feeder() {
  busy_.clear();
  for (View& view : views_) view.parked.clear();
  ::close(epoll_);
  ::close(event_);
}

void Feeder::attach(std::shared_ptr<Feed> feed, TailStart from) {
  const std::lock_guard lock(mutex_);
  mailbox_.push_back({std::move(feed), std::move(from)});
  has_mail_ = true;
}

void Feeder::detach(std::shared_ptr<Feed> feed) {
  const std::lock_guard lock(mutex_);
  mailbox_.push_back({std::move(feed), std::nullopt});
  has_mail_ = true;
}

// However many batches come while the feeder is at work, it is woken once.
void Feeder::wake() {
  if (signalled_.exchange(true)) return;
  const std::uint64_t one = 1;
  // It can fail only when the count is at its limit, and then the feeder is woken anyway.
  [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);
}

void Feeder::run() {
  bool more = false;
  while (!stopping_) {
    look_at_sockets(more ? 0 : -1);
    looks_.fetch_add(1, std::memory_order_relaxed);
    more = turn();
  }
}

void Feeder::stop() {
  stopping_ = true;
  wake();
}

void Feeder::look_at_sockets(int milliseconds) {
  std::array<epoll_event, kEvents> events;
  int count = 0;
  do {
    count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds);
    for (int i = 0; i < count; ++i) {
      auto* feed = static_cast<Feed*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (feed == nullptr) {
        std::uint64_t woken = 0;
        [[maybe_unused]] const auto got = ::read(event_, &woken, sizeof woken);
        // An exchange, so that all is seen that was published before the flag was found set.
        signalled_.exchange(false);
      } else if (!feed->is_linked()) {
        busy_.push_back(*feed);
      }
    }
    milliseconds = 0;
  } while (count == static_cast<int>(events.size()));
}

bool Feeder::turn() {
  if (has_mail_) read_messages();
  for (View& view : views_) {
    if (!view.tail.refresh()) continue;
    for (auto next = view.parked.begin(); next != view.parked.end();) {
      Feed& feed = *next++;
      serve(feed);
    }
  }
  // Those that become busy meanwhile have had their turn.
  Feeds now;
  now.swap(busy_);
  while (!now.empty()) {
    Feed& feed = now.front();
    now.pop_front();
    serve(feed);
  }
  views_.remove_if([](const View& view) { return view.feeds == 0; });
  return !busy_.empty();
}

void Feeder::read_messages() {
  std::vector<Message> mail;
  {
    const std::lock_guard lock(mutex_);
    mail.swap(mailbox_);
    has_mail_ = false;
  }
  for (Message& message : mail) {
    if (message.from) {
      enter(std::move(message.feed), std::move(*message.from));
    } else if (message.feed->view_ != nullptr) {
      leave(*message.feed);
    }
  }
}

void Feeder::enter(std::shared_ptr<Feed> feed, TailStart from) {
  auto view = std::find_if(views_.begin(), views_.end(),
                           [&](const View& one) { return one.tail.tail() == from.tail.get(); });
  if (view == views_.end()) view = views_.emplace(views_.end(), std::move(from));
  ++view->feeds;
  Feed& entered = *feed;
  entered.view_ = &*view;
  attached_.insert(std::move(feed));
  busy_.push_back(entered);
}

// Nothing is sent to it once this has returned.
void Feeder::leave(Feed& feed) {
  feed.unlink();
  if (feed.watched_) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, feed.socket_, nullptr);
  feed.watched_ = false;
  --view_of(feed).feeds;
  feed.view_ = nullptr;
  attached_.erase(feed.shared_from_this());
}

void Feeder::serve(Feed& feed) {
  View& view = view_of(feed);
  const Outcome outcome = pump(feed, view.tail);
  const int error = errno;
  if (outcome == Outcome::kCaughtUp && feed.is_linked()) return;  // parked, as it was
  feed.unlink();
  switch (outcome) {
    case Outcome::kCaughtUp:
      view.parked.push_back(feed);
      if (std::exchange(feed.said_caught_up_, true)) return;
      return boost::asio::post(home_, [known = feed.shared_from_this()] {
        known->caught_up_ = true;
        if (known->on_news_) known->on_news_();
      });
    case Outcome::kMore:
      return busy_.push_back(feed);
    case Outcome::kBlocked:
      return await_room(feed);
    case Outcome::kCold:
      return give_back(feed, FeedEnd::kCold, 0);
    case Outcome::kFailed:
      return give_back(feed, FeedEnd::kFailed, error);
  }
}

Feeder::Outcome Feeder::pump(Feed& feed, const TailView& tail) {
  Offset at = feed.sent();
  if (feed.said_caught_up_ && !feed.awaited_) feed.awaited_ = tail.sample_behind(at);
  for (const Offset first = at;;) {
    if (at >= tail.end()) {
      if (!feed.tls_ || feed.tls_->flush()) return Outcome::kCaughtUp;
      return errno == EAGAIN ? Outcome::kBlocked : Outcome::kFailed;
    }
    if (at < tail.begin()) return Outcome::kCold;
    if (at.since(first) >= kTurn) return Outcome::kMore;
    std::array<iovec, kPieces> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    Offset until = at;
    while (until < tail.end() && message.msg_iovlen < pieces.size()) {
      const std::string_view bytes = tail.chunk_at(until)->published(until, tail.end());
      pieces[message.msg_iovlen++] = {const_cast<char*>(bytes.data()), bytes.size()};
      until += bytes.size();
    }
    feed.offered_.store(until.bytes(), std::memory_order_release);
    const ssize_t n =
        feed.tls_ ? send_encrypted(*feed.tls_, message) : send_plain(feed.socket_, message);
    if (n < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Outcome::kBlocked : Outcome::kFailed;
    }
    at += static_cast<std::uint64_t>(n);
    feed.sent_.store(at.bytes(), std::memory_order_release);
    sent_bytes_.store(sent_bytes_.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(n),
                      std::memory_order_relaxed);
    if (feed.awaited_ && at >= feed.awaited_->end) note_delay(feed);
  }
}

void Feeder::note_delay(Feed& feed) {
  const std::chrono::duration<double> delay =
      std::chrono::steady_clock::now() - feed.awaited_->received;
  delays_.observe(delay.count());
  feed.awaited_.reset();
}

// Edge-triggered, and for as long as it is fed: a socket that was full and has room again is
// reported once. One that got room before it was watched is reported too.
void Feeder::await_room(Feed& feed) {
  if (feed.watched_) return;
  epoll_event event{};
  event.events = EPOLLOUT | EPOLLET;
  event.data.ptr = &feed;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, feed.socket_, &event) != 0) {
    return give_back(feed, FeedEnd::kFailed, errno);
  }
  feed.watched_ = true;
}

void Feeder::give_back(Feed& feed, FeedEnd end, int error) {
  const std::shared_ptr<Feed> given = feed.shared_from_this();
  leave(feed);
  boost::asio::post(home_, [given, end, error] {
    given->ended_ = end;
    if (error != 0) given->error_ = system_error(error);
    if (given->on_news_) given->on_news_();
  });
}

}  // namespace relay
