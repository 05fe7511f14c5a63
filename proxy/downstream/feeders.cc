#include "proxy/downstream/feeders.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <pthread.h>

namespace relay {

namespace asio = boost::asio;

Feeders::Feeders(const asio::any_io_executor& home, unsigned threads)
    : home_(home), sockets_(home) {
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) {
    feeders_.push_back(std::make_unique<Feeder>(home));
  }
  shares_.resize(feeders_.size());
  pulses_.resize(feeders_.size());
  // A copy, for the descriptor closes what it has.
  sockets_.assign(::fcntl(feeders_.front()->watched(), F_DUPFD_CLOEXEC, 0));
  for (std::size_t i = 1; i < feeders_.size(); ++i) {
    threads_.emplace_back([feeder = feeders_[i].get()] { feeder->run(); });
    ::pthread_setname_np(threads_.back().native_handle(), ("feeder-" + std::to_string(i)).c_str());
  }
}

Feeders::~Feeders() {
  for (std::size_t i = 1; i < feeders_.size(); ++i) feeders_[i]->stop();
  for (std::thread& thread : threads_) thread.join();
}

std::shared_ptr<Feed> Feeders::attach(int socket, std::shared_ptr<TlsChannel> tls, Offset at,
                                      TailStart from, std::function<void()> on_news) {
  const auto least = std::min_element(shares_.begin(), shares_.end());
  const auto which = static_cast<std::size_t>(least - shares_.begin());
  const bool ours = which == 0;
  const int descriptor = ours ? socket : ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  auto feed = std::make_shared<Feed>(descriptor, !ours && descriptor >= 0, std::move(tls), at,
                                     std::move(on_news));
  if (descriptor < 0) {
    feed->ended_ = FeedEnd::kFailed;
    feed->error_ = {errno, boost::system::system_category()};
    feed->is_detached_ = true;
    return feed;
  }
  feed->feeder_ = which;
  ++*least;
  feeders_[which]->attach(feed, std::move(from));
  if (ours) {
    turn_here();
  } else {
    feeders_[which]->wake();
  }
  return feed;
}

void Feeders::detach(const std::shared_ptr<Feed>& feed) {
  feed->forget_owner();
  if (std::exchange(feed->is_detached_, true)) return;
  --shares_[feed->feeder_];
  feeders_[feed->feeder_]->detach(feed);
  if (feed->feeder_ == 0) {
    // Before the connection can be closed: this feed has no descriptor of its own.
    feeders_.front()->read_messages();
  } else {
    feeders_[feed->feeder_]->wake();
  }
}

void Feeders::wake() {
  for (std::size_t i = 1; i < feeders_.size(); ++i) feeders_[i]->wake();
  turn_here();
}

void Feeders::turn_here() {
  const bool more = feeders_.front()->turn();
  if (!more || goes_on_) return;
  goes_on_ = true;
  asio::post(home_, [this] {
    goes_on_ = false;
    turn_here();
  });
}

asio::awaitable<void> Feeders::run() {
  while (sockets_.is_open()) {
    boost::system::error_code error;
    co_await sockets_.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    feeders_.front()->look_at_sockets(0);
    turn_here();
  }
}

void Feeders::stop() {
  boost::system::error_code ignored;
  sockets_.close(ignored);
}

void Feeders::look_after(std::chrono::steady_clock::time_point now) {
  // Nobody turned while the whole process stood still; that says nothing about one of them.
  const bool we_stood_still = now - looked_after_ > kStuck / 2;
  looked_after_ = now;
  for (std::size_t i = 1; i < feeders_.size(); ++i) {
    const std::uint64_t looks = feeders_[i]->looks();
    if (looks != pulses_[i].looks || we_stood_still) pulses_[i] = {looks, now};
    feeders_[i]->wake();
  }
}

std::vector<std::string> Feeders::stuck(std::chrono::steady_clock::time_point now) const {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < feeders_.size(); ++i) {
    // Nobody has looked after them yet, or for as long as we stood still ourselves.
    if (now - looked_after_ > kStuck / 2) break;
    if (now - pulses_[i].at > kStuck) names.push_back("feeder-" + std::to_string(i));
  }
  return names;
}

std::uint64_t Feeders::sent_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& feeder : feeders_) sum += feeder->sent_bytes();
  return sum;
}

DurationHistogram Feeders::delays() const {
  DurationHistogram sum(kPropagationBounds);
  for (const auto& feeder : feeders_) feeder->add_delays_to(sum);
  return sum;
}

}  // namespace relay
