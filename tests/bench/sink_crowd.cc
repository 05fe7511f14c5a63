#include "tests/bench/sink_crowd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace relay::bench {
namespace {

constexpr unsigned kAckSlices = 20;
constexpr std::uint64_t kSliceTime = 1'000'000'000 / kAckSlices;
constexpr std::uint64_t kConnectAgain = 20'000'000;
constexpr std::size_t kEventsAtOnce = 512;

std::unique_ptr<const TlsContext> context_of(bool in_tls) {
  if (!in_tls) return nullptr;
  TlsTerms terms;
  terms.peer = TlsTerms::Peer::kAny;
  return std::make_unique<const TlsContext>(terms);
}

}  // namespace

SinkCrowd::SinkCrowd(CrowdOptions options)
    : options_(std::move(options)),
      context_(context_of(options_.in_tls)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) throw system_fault("epoll_create1");
  sinks_.reserve(options_.sinks);
  for (unsigned i = 0; i < options_.sinks; ++i) {
    sinks_.emplace_back(totals_, options_.position, context_.get());
    waiting_.push_back(options_.sinks - 1 - i);
  }
  begun_at_ = now_nanoseconds();
}

void SinkCrowd::turn(int milliseconds) {
  connect_some();
  std::array<epoll_event, kEventsAtOnce> events{};
  const int n = ::epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()),
                             waiting_.empty() ? milliseconds : std::min(milliseconds, 5));
  if (n < 0 && errno != EINTR) throw system_fault("epoll_wait");
  for (int i = 0; i < n; ++i) serve(events[static_cast<std::size_t>(i)].data.u32);
  read_probe();
  acknowledge_some();
}

void SinkCrowd::connect_some() {
  if (waiting_.empty() || now_nanoseconds() < not_before_) return;
  while (!waiting_.empty() && handshakes_ < options_.in_flight) {
    const unsigned index = waiting_.back();
    Sink& sink = sinks_[index];
    if (!sink.begin(options_.port, index)) {
      not_before_ = now_nanoseconds() + kConnectAgain;
      return;
    }
    waiting_.pop_back();
    ++handshakes_;
    watch(index, EPOLL_CTL_ADD, EPOLLOUT);  // until it is connected
  }
}

void SinkCrowd::serve(unsigned index) {
  Sink& sink = sinks_[index];
  const Sink::State before = sink.state();
  if (before == Sink::State::kClosed) return;
  if (before == Sink::State::kConnecting) {
    sink.connected();
    watch(index, EPOLL_CTL_MOD, EPOLLIN);
  } else {
    sink.readable();
  }
  if (sink.state() == Sink::State::kClosed) return lost(index, before);
  if (before == Sink::State::kStreaming || sink.state() != Sink::State::kStreaming) return;
  --handshakes_;
  if (++streaming_ == sinks_.size()) all_streaming_since_ = now_nanoseconds();
  if (is_probe(index)) {
    watch(index, EPOLL_CTL_DEL, 0);
    probe_bytes_ = 0;
    probe_ = std::make_unique<ProbeReader>(sink.socket());
  }
}

void SinkCrowd::watch(unsigned index, int operation, std::uint32_t events) {
  const Sink& sink = sinks_[index];
  if (!sink.socket().is_open()) return;  // and epoll has forgotten it by itself
  epoll_event event{};
  event.events = events;
  event.data.u32 = index;
  if (::epoll_ctl(epoll_.fd(), operation, sink.socket().fd(), &event) != 0) {
    throw system_fault("epoll_ctl");
  }
}

void SinkCrowd::lost(unsigned index, Sink::State before) {
  ++totals_.lost_links;
  if (before == Sink::State::kStreaming) {
    --streaming_;
  } else {
    --handshakes_;
    not_before_ = now_nanoseconds() + kConnectAgain;
  }
  // The first connection is tried until it comes about: the server may still be loading.
  if (options_.reconnects || before != Sink::State::kStreaming) waiting_.push_back(index);
}

void SinkCrowd::drop_all() {
  probe_.reset();
  waiting_.clear();
  for (unsigned i = 0; i < sinks_.size(); ++i) {
    sinks_[i].close();
    waiting_.push_back(static_cast<unsigned>(sinks_.size()) - 1 - i);
  }
  handshakes_ = 0;
  streaming_ = 0;
  begun_at_ = now_nanoseconds();
}

void SinkCrowd::read_probe() {
  if (!probe_) return;
  const auto index = static_cast<unsigned>(sinks_.size() / 2);
  const std::uint64_t bytes = probe_->bytes();
  sinks_[index].count(bytes - probe_bytes_);
  probe_bytes_ = bytes;
  if (!probe_->has_ended()) return;
  probe_.reset();
  sinks_[index].close();
  lost(index, Sink::State::kStreaming);
}

void SinkCrowd::acknowledge_some() {
  const std::uint64_t now = now_nanoseconds();
  if (now < next_acks_) return;
  next_acks_ = now + kSliceTime;
  ack_slice_ = (ack_slice_ + 1) % kAckSlices;
  for (unsigned i = 0; i < sinks_.size(); ++i) {
    if (sinks_[i].state() != Sink::State::kStreaming) continue;
    if (i % kAckSlices != ack_slice_ && !sinks_[i].is_impatient()) continue;
    sinks_[i].acknowledge();
  }
}

std::uint64_t SinkCrowd::least_offset() const {
  std::uint64_t least = UINT64_MAX;
  for (const Sink& sink : sinks_) least = std::min(least, sink.offset());
  return least;
}

std::uint64_t SinkCrowd::most_offset() const {
  std::uint64_t most = 0;
  for (const Sink& sink : sinks_) most = std::max(most, sink.offset());
  return most;
}

}  // namespace relay::bench
